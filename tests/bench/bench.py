#!/usr/bin/env python3
"""Measures newswire beside what the same work costs without it, in one run.

usage: bench.py [watch-log] [watch-kafka] [enrich] [sinks] [latency] [replay] [memory]  (all without names)

Subject and floor take turns, five times after a warm-up; the median ratio counts.
Files are of 3 kB on average, written by this script from a small vocabulary.
FILES=200000 takes half an hour and 3 GB, and is what counts: a start, which a
floor does not have, takes no part of it to speak of.  ROUNDS is five by default.
"""
import json
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import sqlite3
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
    """Both are lists of (seconds, seconds of CPU), one a round; the first round was the warm-up."""
    (wall, cpu), (floor_wall, floor_cpu) = (zip(*rounds[1:]) for rounds in (subject, floor))
    ratios = [f / s for s, f in zip(wall, floor_wall)]
    print(f"{name}: {n / statistics.median(wall):.0f}/s, floor {n / statistics.median(floor_wall):.0f}/s, "
          f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f}); "
          f"CPU a file {statistics.median(cpu) / n * 1e6:.0f} us, "
          f"floor {statistics.median(floor_cpu) / n * 1e6:.0f} us", flush=True)


def floor(*words):
    out = subprocess.run([BUILD / "tests/floor", *words], check=True, capture_output=True, text=True)
    return tuple(map(float, out.stdout.split()[1:]))


def watch_log(home):
    spool = home / "spool"
    make_files(spool, FILES)
    subject, bare = [], []
    for i in range(ROUNDS + 1):
        shutil.rmtree(home / "state", ignore_errors=True)
        subprocess.run(newswire(home, "topics"), check=True, stdout=subprocess.DEVNULL)
        subject.append(timed(newswire(home, "watch", "--once", spool)))
        to = home / "floor.db"
        for f in home.glob("floor.db*"):
            f.unlink()
        bare.append(floor("log", home / "state/log.db", to, str(BATCH)))
    say("watch into the embedded log, files", subject, bare, FILES)


class Server:
    script = None

    def __init__(self, home):
        self.home = home / f"{self.script}-server"
        home.chmod(0o711)  # a server that refuses to be root's finds its own
        self.address = self.do("start")

    def do(self, verb):
        return subprocess.run([ROOT / f"tests/lib/{self.script}.sh", verb, self.home], check=True, text=True,
                              capture_output=True, env=dict(os.environ, OWNER=str(os.getpid()))).stdout.strip()


class Postgres(Server):
    script = "postgres"

    def env(self):
        """The conninfo as libpq's variables."""
        names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE"}
        said = dict(word.split("=", 1) for word in self.address.split())
        return {"PGPASSWORD": "secret", **{names[k]: v for k, v in said.items()}}


class Broker(Server):
    script = "broker"

    def conf(self, prefix):
        return f"prefix = {prefix}\n[kafka]\nbootstrap.servers = {self.address}\n"


def watch_kafka(home):
    spool = home / "spool"
    make_files(spool, FILES)
    broker = Broker(home)
    subject, bare = [], []
    try:
        for i in range(ROUNDS + 1):
            shutil.rmtree(home / "state", ignore_errors=True)
            for prefix in (f"f{i}", f"s{i}"):
                subprocess.run(newswire(home, "topics", conf=broker.conf(prefix)), check=True,
                               stdout=subprocess.DEVNULL)
            subject.append(timed(newswire(home, "watch", "--once", spool, conf=broker.conf(f"s{i}"))))
            bare.append(floor("kafka", broker.address, f"s{i}", f"f{i}", str(BATCH)))
    finally:
        broker.do("kill")
    say("watch into Kafka, files", subject, bare, FILES)


def enrich(home):
    subprocess.run([BUILD / "tests/extract_bench", ROOT / "lexicon", *sorted((ROOT / "demo").glob("*.txt"))],
                   check=True)
    subprocess.run([BUILD / "tests/parse_bench", ROOT / "lexicon/english.model"], check=True)


def story(home):
    """What the window decides on in its own time, as it fills to a million; FILES for another number."""
    subprocess.run([BUILD / "tests/story_bench", os.environ.get("FILES", "1000000")], check=True)


def alert(home):
    records = home / "records.jsonl"
    with records.open("wb") as out:
        subprocess.run([NEWSWIRE, "extract", *sorted((ROOT / "demo").glob("*.txt"))], check=True, stdout=out)
    subprocess.run([BUILD / "tests/alert_bench", ROOT / "lexicon", records, "10000"], check=True)


def sinks(home):
    make_files(home / "spool", FILES // 4)
    records = home / "records.jsonl"
    with records.open("wb") as out:
        subprocess.run([NEWSWIRE, "extract", *sorted((home / "spool").iterdir())], check=True, stdout=out)
    for name in ("sqlite", "jsonl", "postgres"):
        where = home / name
        where.mkdir()
        server = Postgres(home) if name == "postgres" else None
        env = dict(os.environ, **server.env()) if server else None
        try:
            subprocess.run([BUILD / "tests/sink_bench", name, records, where, str(ROUNDS)], check=True, env=env)
        finally:
            if server:
                server.do("stop")


def percentile(values, p):
    return sorted(values)[min(len(values) - 1, int(len(values) * p / 100))]


class Rows:
    """Which drops stand in the sink's database, told as soon as they are committed there."""

    def __init__(self, path):
        until = time.monotonic() + 60
        while True:
            try:
                self.db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
                self.db.execute("SELECT count(*) FROM articles")
                break
            except sqlite3.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
        self.version, self.last = None, 0

    def new(self):
        version = self.db.execute("PRAGMA data_version").fetchone()
        if version == self.version:
            return []
        self.version = version
        rows = self.db.execute("SELECT id, body FROM articles WHERE id > ?", (self.last,)).fetchall()
        self.last = max([self.last] + [r[0] for r in rows])
        return [int(re.search(r"This is drop (\d+)\.", body)[1]) for _, body in rows]


def drop(spool, i, rng):
    """A file renamed in; gives when."""
    (spool / f".{i}").write_text(text(rng, 3000) + f"\nThis is drop {i}.\n")
    at = time.monotonic()
    (spool / f".{i}").rename(spool / f"{i:06}.txt")
    return at


def drop_and_wait(spool, db, n, rate):
    """Milliseconds from each rename to its row; after so many drops that the line is warm."""
    rng, rows, at, seen, warm = random.Random(7), Rows(db), {}, {}, 2 * rate
    drop(spool, 10 ** 6, rng)
    until = time.monotonic() + 60
    while not rows.new() and time.monotonic() < until:
        time.sleep(0.01)
    start = time.monotonic() + 0.5
    while len(seen) < n + warm and time.monotonic() < start + (n + warm) / rate + 30:
        if len(at) < n + warm and time.monotonic() >= start + len(at) / rate:
            at[len(at)] = drop(spool, len(at), rng)
        for i in rows.new():
            seen.setdefault(i, time.monotonic())
        time.sleep(0.0002)
    if len(seen) < n + warm:
        raise SystemExit(f"{len(seen)} of {n + warm} came through")
    return [(seen[i] - at[i]) * 1000 for i in range(warm, n + warm)]


def subject(where, broker):
    """Its processes, and the database to look at."""
    conf = broker.conf(where.name) if broker else ""
    subprocess.run(newswire(where, "topics", conf=conf), check=True, stdout=subprocess.DEVNULL)
    commands = [newswire(where, *words, conf=conf)
                for words in (("sink", "sqlite"), ("watch", where / "spool"), ("enrich",))]
    return [subprocess.Popen(c) for c in commands], where / "state/sqlite.db"


def bare(where, broker):
    spool, rows = where / "spool", where / "rows.db"
    if not broker:
        return [subprocess.Popen([BUILD / "tests/hops", "log", spool, rows, where / "hops.db"])], rows
    subprocess.run(newswire(where, "topics", conf=broker.conf(where.name)), check=True, stdout=subprocess.DEVNULL)
    return [subprocess.Popen([BUILD / "tests/hops", "kafka", spool, rows, broker.address, where.name])], rows


def one_way(where, broker, start, n, rate):
    (where / "spool").mkdir(parents=True)
    workers, rows = start(where, broker)
    try:
        return drop_and_wait(where / "spool", rows, n, rate)
    finally:
        for w in workers:
            w.send_signal(signal.SIGTERM)
        for w in workers:
            w.wait(20)


def latency(home):
    n, rate = 500, 50
    for bus in ("log", "kafka"):
        broker = Broker(home) if bus == "kafka" else None
        ms = {subject: [], bare: []}
        try:
            for i in range(ROUNDS):
                for way in ms:
                    ms[way].append(one_way(home / f"{way.__name__}-{bus}-{i}", broker, way, n, rate))
        finally:
            if broker:
                broker.do("kill")
        for p in (50, 90, 99):
            ours, floor_ms = ([percentile(run, p) for run in ms[way]] for way in (subject, bare))
            ratios = [s / f for s, f in zip(ours, floor_ms)]
            print(f"rename to a row in SQLite, {bus}, {rate}/s, p{p}: {statistics.median(ours):.1f} ms, "
                  f"floor {statistics.median(floor_ms):.1f} ms, ratio {statistics.median(ratios):.2f} "
                  f"({min(ratios):.2f}-{max(ratios):.2f})", flush=True)


def write_lines(path, n):
    """A file of the log's lines, as replay reads it: articles with their headers."""
    rng = random.Random(n)
    with path.open("w") as out:
        for i in range(n):
            headers = [[f"nw-header-{k}", f"{k:030}"] for k in range(9)] + [["ce_time", "2026-11-24T08:00:00Z"]]
            out.write(json.dumps({
                "topic": "x", "partition": 0, "offset": i, "timestamp": 1795507200000, "key": f"urn:bench:{i}",
                "headers": headers,
                "value": {"uri": f"urn:bench:{i}", "body_text": text(rng, min(20000, max(500, rng.lognormvariate(7.8, 0.5))))},
            }, separators=(",", ":")) + "\n")


def sent_all(command, n):
    """The seconds that a replay takes, and its peak memory."""
    start, most = time.monotonic(), 0
    p = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    while p.poll() is None:
        most = max(most, peak(p.pid))
        time.sleep(0.005)
    wall = time.monotonic() - start
    if f"{n} sent" not in p.stdout.read():
        raise SystemExit("not all were sent")
    return wall, most


def replay(home):
    """A topic into another, beside a bare loop that consumes and produces in transactions."""
    n = FILES * 5
    write_lines(home / "lines", n)
    for bus in ("log", "kafka"):
        where = home / bus
        where.mkdir()
        broker = Broker(home) if bus == "kafka" else None
        conf = broker.conf("b") if broker else ""
        go = lambda source, into, *more: newswire(where, "replay", source, "--into", into, *more, conf=conf)
        subject, bare, peaks = [], [], []
        try:
            subprocess.run(newswire(where, "topics", conf=conf), check=True, stdout=subprocess.DEVNULL)
            sent_all(go(home / "lines", "b.from"), n)
            for i in range(ROUNDS + 1):
                for topic in (f"b.to{i}", f"b.bare{i}"):  # made before anything is timed
                    sent_all(go("b.from", topic, "--limit", "1"), 1)
                wall, most = sent_all(go("b.from", f"b.to{i}"), n)
                subject.append(wall)
                peaks.append(most)
                words = ("kafka", broker.address, "b.from", f"b.bare{i}") if broker else \
                    ("log", where / "state/log.db", "b.from", where / "bare.db")
                out = subprocess.run([BUILD / "tests/copy", *words, str(BATCH)], check=True, capture_output=True, text=True)
                count, seconds = out.stdout.split()
                if int(count) < n:
                    raise SystemExit("the floor did not copy all")
                bare.append(float(seconds))
                for f in where.glob("bare.db*"):
                    f.unlink()
        finally:
            if broker:
                broker.do("kill")
        ratios = [s / f for s, f in zip(subject[1:], bare[1:])]  # the first round was the warm-up
        print(f"replay topic to topic, {bus}: {n / statistics.median(subject[1:]):.0f} records/s, "
              f"floor {n / statistics.median(bare[1:]):.0f}/s, {statistics.median(ratios):.2f} times its time "
              f"({min(ratios):.2f}-{max(ratios):.2f}); peak memory {max(peaks) // 1024} MB", flush=True)
        shutil.rmtree(where)


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


ALL = {"watch-log": watch_log, "watch-kafka": watch_kafka, "enrich": enrich, "story": story, "alert": alert, "sinks": sinks, "latency": latency, "replay": replay, "memory": memory}


def main():
    for name in sys.argv[1:] or ALL:
        with tempfile.TemporaryDirectory(prefix="bench.") as home:
            ALL[name](pathlib.Path(home))


if __name__ == "__main__":
    main()
