#!/usr/bin/env python3
"""Measures newswire beside what the same work costs without it, in one run.

usage: bench.py [watch-log] [watch-kafka] [enrich] [sinks] [latency] [memory]  (all without names)

Subject and floor take turns, five times after a warm-up; the median ratio counts.
Files are of 3 kB on average, written by this script from a small vocabulary.
"""
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("B", "build")
NEWSWIRE = BUILD / "newswire"
ROUNDS = int(os.environ.get("ROUNDS", "5"))
FILES = int(os.environ.get("FILES", "20000"))
BATCH = 1000

ACTS = ["met", "criticised", "praised", "visited", "accused", "warned", "phoned", "thanked"]
WHO = ["The president of Kenya", "Police in Lima", "The German chancellor", "Protesters in Accra",
       "The foreign ministry of Japan", "Rebels in Mali", "The mayor of Oslo", "UN officials"]


def sentence(rng):
    return (f"{rng.choice(WHO)} {rng.choice(ACTS)} {rng.choice(WHO).lower()} on "
            f"{rng.choice(['Monday', 'Tuesday', 'Friday'])} over plan {rng.randrange(10 ** 6)}, "
            f"a spokesman said in a statement that was published later in the day.")


def text(rng, size):
    out = [f"{rng.choice(WHO)} {rng.choice(ACTS)} over plan {rng.randrange(10 ** 9)}", ""]
    while sum(map(len, out)) < size:
        out += [" ".join(sentence(rng) for _ in range(3)), ""]
    return "\n".join(out)


def make_files(where, n):
    rng = random.Random(n)
    where.mkdir(parents=True)
    for i in range(n):
        f = where / f"{i:07}.txt"
        f.write_text(text(rng, min(20000, max(1000, rng.lognormvariate(8, 0.5)))))
        os.utime(f, (1.76e9, 1.76e9))


def newswire(home, *words, conf=""):
    (home / "newswire.conf").write_text(f"[newswire]\nstate = {home}/state\n" + conf)
    return [NEWSWIRE, words[0], "--config", home / "newswire.conf", "--quiet", *words[1:]]


def timed(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def say(name, subject, floor, n):
    ratios = [f / s for s, f in zip(subject, floor)]
    print(f"{name}: {n / statistics.median(subject):.0f}/s, floor {n / statistics.median(floor):.0f}/s, "
          f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})", flush=True)


def floor(*words):
    out = subprocess.run([BUILD / "tests/floor", *words], check=True, capture_output=True, text=True)
    return float(out.stdout.split()[1])


def watch_log(home):
    spool = home / "spool"
    make_files(spool, FILES)
    subject, bare, cpu = [], [], []
    for i in range(ROUNDS + 1):
        shutil.rmtree(home / "state", ignore_errors=True)
        subprocess.run(newswire(home, "topics"), check=True, stdout=subprocess.DEVNULL)
        wall, used = timed(newswire(home, "watch", "--once", spool))
        to = home / "floor.db"
        for f in home.glob("floor.db*"):
            f.unlink()
        bare.append(floor("log", home / "state/log.db", to, str(BATCH)))
        subject.append(wall)
        cpu.append(used)
    say("watch into the embedded log, files", subject[1:], bare[1:], FILES)
    print(f"  CPU a file: {statistics.median(cpu[1:]) / FILES * 1e6:.0f} us")


class Broker:
    def __init__(self, home):
        self.home = home / "broker"
        self.address = self.do("start")

    def do(self, verb):
        return subprocess.run([ROOT / "tests/lib/broker.sh", verb, self.home], check=True, text=True,
                              capture_output=True, env=dict(os.environ, OWNER=str(os.getpid()))).stdout.strip()

    def conf(self, prefix):
        return f"prefix = {prefix}\n[kafka]\nbootstrap.servers = {self.address}\n"


def watch_kafka(home):
    spool = home / "spool"
    make_files(spool, FILES)
    broker = Broker(home)
    subject, bare, cpu = [], [], []
    try:
        for i in range(ROUNDS + 1):
            shutil.rmtree(home / "state", ignore_errors=True)
            for prefix in (f"f{i}", f"s{i}"):
                subprocess.run(newswire(home, "topics", conf=broker.conf(prefix)), check=True,
                               stdout=subprocess.DEVNULL)
            wall, used = timed(newswire(home, "watch", "--once", spool, conf=broker.conf(f"s{i}")))
            bare.append(floor("kafka", broker.address, f"s{i}", f"f{i}", str(BATCH)))
            subject.append(wall)
            cpu.append(used)
    finally:
        broker.do("kill")
    say("watch into Kafka, files", subject[1:], bare[1:], FILES)
    print(f"  CPU a file: {statistics.median(cpu[1:]) / FILES * 1e6:.0f} us")


def enrich(home):
    subprocess.run([BUILD / "tests/extract_bench", ROOT / "lexicon", *sorted((ROOT / "demo").glob("*.txt"))],
                   check=True)


def sinks(home):
    make_files(home / "spool", FILES // 4)
    records = home / "records.jsonl"
    with records.open("wb") as out:
        subprocess.run([NEWSWIRE, "extract", *sorted((home / "spool").iterdir())], check=True, stdout=out)
    for name in ("sqlite", "jsonl"):
        where = home / name
        where.mkdir()
        subprocess.run([BUILD / "tests/sink_bench", name, records, where, str(ROUNDS)], check=True)


def percentile(values, p):
    return sorted(values)[min(len(values) - 1, int(len(values) * p / 100))]


def drop_and_wait(home, run, n, rate):
    """Each file is renamed in; the sink prints its uri when it has it."""
    rng = random.Random(7)
    spool, at, seen = home / "spool", {}, {}
    os.set_blocking(run.stdout.fileno(), False)
    rest = b""
    (spool / ".warm").write_text(text(rng, 3000))  # the line is warm when this one is through
    (spool / ".warm").rename(spool / "warm.txt")
    until = time.monotonic() + 60
    while not (run.stdout.read() or b"").endswith(b"\n") and time.monotonic() < until:
        time.sleep(0.01)
    start = time.monotonic() + 0.5
    i = 0
    while len(seen) < n and time.monotonic() < start + n / rate + 30:
        if i < n and time.monotonic() >= start + i / rate:
            name = f"lat{i:05}.txt"
            (spool / ("." + name)).write_text(text(rng, 3000))
            at[name] = time.monotonic()
            (spool / ("." + name)).rename(spool / name)
            i += 1
        data = run.stdout.read()
        if data:
            now = time.monotonic()
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                name = dict(h[:2] for h in json.loads(line)["headers"])["nw-file"]
                seen.setdefault(name.rsplit("/", 1)[-1], now)
        time.sleep(0.0005)
    return [(seen[f] - at[f]) * 1000 for f in at if f in seen]


def latency(home):
    n, rate = 500, 50
    for bus in ("log", "kafka"):
        where = home / bus
        (where / "spool").mkdir(parents=True)
        broker = Broker(where) if bus == "kafka" else None
        conf = broker.conf("news") if broker else ""
        try:
            subprocess.run(newswire(where, "topics", conf=conf), check=True, stdout=subprocess.DEVNULL)
            workers = [subprocess.Popen(newswire(where, *words, conf=conf), stdout=subprocess.PIPE)
                       for words in (("sink", "stdout"), ("watch", where / "spool"), ("enrich",))]
            ms = drop_and_wait(where, workers[0], n, rate)
            for w in workers:
                w.send_signal(signal.SIGTERM)
            for w in workers:
                w.wait(20)
        finally:
            if broker:
                broker.do("kill")
        print(f"rename to sink, {bus}, {rate}/s: p50 {percentile(ms, 50):.1f} ms, p90 {percentile(ms, 90):.1f} ms, "
              f"p99 {percentile(ms, 99):.1f} ms, {len(ms)} of {n} seen", flush=True)


def peak(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1])
    return 0


def run_and_measure(home, spool):
    run = subprocess.Popen(newswire(home, "run", "--once", spool), stdout=subprocess.DEVNULL)
    most = {}
    while run.poll() is None:
        for p in pathlib.Path("/proc").iterdir():
            try:
                if p.name.isdigit() and f"\nPPid:\t{run.pid}\n" in (p / "status").read_text():
                    name = (p / "cmdline").read_bytes().split(b"\0")[1].decode()
                    most[name] = max(most.get(name, 0), peak(p.name))
            except (OSError, IndexError):
                pass
        time.sleep(0.2)
    return most


def memory(home):
    for n in (FILES, FILES * 10):
        where = home / str(n)
        make_files(where / "spool", n)
        most = run_and_measure(where, where / "spool")
        print(f"peak memory over {n} files: " + ", ".join(f"{k} {v // 1024} MB" for k, v in sorted(most.items())),
              flush=True)


ALL = {"watch-log": watch_log, "watch-kafka": watch_kafka, "enrich": enrich, "sinks": sinks, "latency": latency, "memory": memory}


def main():
    for name in sys.argv[1:] or ALL:
        with tempfile.TemporaryDirectory(prefix="bench.") as home:
            ALL[name](pathlib.Path(home))


if __name__ == "__main__":
    main()
