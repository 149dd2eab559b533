#!/usr/bin/env python3
"""Kills parts of a running newswire and checks that every file arrived once.

usage: drill.py [--bus log|kafka] [--files N] [--kills N] [--cuts N] [--seed N]

Files are dropped into a spool while `newswire run` works on them.  Meanwhile
parts are killed with SIGKILL: watch, an enrich worker, a sink, the supervisor
with all of them, on Kafka the broker too.  With --cuts, everything is killed
at once and what was written but not synced is taken back (powercut.h).

What counts is read from outside: the topics by `tap`, the files of the JSON
Lines sink, the database.  Each article is there once, with the bytes of its
file, and what a reader has once seen committed never goes again.
"""
import argparse
import gzip
import hashlib
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("B", "build")
PLACES = ["Lisbon", "Nairobi", "Lima", "Hanoi", "Oslo", "Quito", "Accra", "Riga"]


def article(i):
    place = PLACES[i % len(PLACES)]
    return (f"Officials in {place} sign plan number {i}\n\n"
            f"{place.upper()} (Drill) - The president met the prime minister on Monday and signed "
            f"plan number {i}, officials said.\n\nPolice arrested {i % 7 + 2} people at a protest.\n")


class Line:
    """A newswire run, its broker if it has one, and what is known of both."""

    def __init__(self, args, home):
        self.args, self.home = args, home
        self.spool, self.state = home / "spool", home / "state"
        self.spool.mkdir()
        self.state.mkdir()
        self.env = dict(os.environ, NEWSWIRE_CONFIG=str(home / "newswire.conf"))
        self.env.pop("NEWSWIRE_SUPERVISOR", None)
        self.run = None
        self.brokers = self.broker("start") if args.bus == "kafka" else None
        kafka = f"[kafka]\nbootstrap.servers = {self.brokers}\n" if self.brokers else ""
        (home / "newswire.conf").write_text(
            f"[newswire]\nstate = {self.state}\n{kafka}"
            f"[topics]\npartitions = 4\n"
            f"[sink db]\ntype = sqlite\npath = {home}/news.db\n"
            f"[sink files]\ntype = jsonl\npath = {home}/lines\n")
        if args.cuts:
            (home / "unsynced").mkdir()
            self.env.update(LD_PRELOAD=str(BUILD / "tests/powercut.so"), POWERCUT_ROOT=str(home),
                            POWERCUT_DIR=str(home / "unsynced"))

    def broker(self, verb):
        out = subprocess.run([ROOT / "tests/lib/broker.sh", verb, self.home / "broker"], check=True,
                             env=dict(os.environ, OWNER=str(os.getpid())), capture_output=True, text=True)
        return out.stdout.strip()

    def start(self):
        self.log = open(self.home / "log", "ab")
        self.run = subprocess.Popen([BUILD / "newswire", "run", "--workers", "2", str(self.spool)],
                                    env=self.env, stdout=self.log, stderr=self.log,
                                    stdin=subprocess.DEVNULL)

    def children(self):
        found = {}
        for p in pathlib.Path("/proc").iterdir():
            try:
                stat = (p / "stat").read_text().rsplit(")", 1)[1].split()
                if p.name.isdigit() and int(stat[1]) == self.run.pid and stat[0] != "Z":
                    words = (p / "cmdline").read_bytes().split(b"\0")
                    found[int(p.name)] = words[1].decode() if len(words) > 1 else ""
            except (OSError, IndexError, ValueError):
                pass
        return found

    def kill_one(self, rng):
        victims = [(pid, name) for pid, name in self.children().items() if name]
        victims.append((self.run.pid, "run"))
        name = rng.choice(sorted({name for _, name in victims}))
        pid = rng.choice([pid for pid, n in victims if n == name])
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return f"{name} (had ended)"
        if name == "run":
            self.run.wait()
            self.start()
        return name

    def cut(self, rng):
        """Everything stops between two instructions, and the disk forgets."""
        pids = [self.run.pid, *self.children()]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self.run.wait()
        while any(pathlib.Path(f"/proc/{pid}").exists() for pid in pids[1:]):
            time.sleep(0.01)
        out = subprocess.run([BUILD / "tests/powercut", self.home / "unsynced", str(rng.randrange(1 << 30))],
                             check=True, capture_output=True, text=True)
        self.start()
        return out.stdout.strip()

    def topic(self, name):
        where = ["--set", f"bootstrap.servers={self.brokers}"] if self.brokers else ["--log", self.state / "log.db"]
        out = subprocess.run([BUILD / "tests/tap", *where, name], check=True, capture_output=True, text=True)
        return [json.loads(line) for line in out.stdout.splitlines()]

    def rows(self):
        try:
            with sqlite3.connect(f"file:{self.home}/news.db?mode=ro", uri=True, timeout=30) as db:
                return [r[0] for r in db.execute("SELECT uri FROM articles")]
        except sqlite3.OperationalError:
            return []

    def lines(self):
        found = []
        for f in sorted((self.home / "lines").rglob("*.jsonl.gz")):
            with gzip.open(f, "rt", encoding="utf-8") as g:
                found += [json.loads(line) for line in g]
        return found


def feed(line, n, seconds, rng):
    """Half are renamed in, half written slowly in place."""
    for i in range(n):
        text = article(i).encode()
        to = line.spool / f"{i:06}.txt"
        if i % 2:
            part = line.spool / f".{i:06}.part"
            part.write_bytes(text)
            part.rename(to)
        else:
            with open(to, "wb") as f:
                f.write(text[:40])
                f.flush()
                if rng.random() < 0.05:
                    time.sleep(0.05)
                f.write(text[40:])
        time.sleep(seconds / n)


def wait_for_all(line, deadline):
    while time.time() < deadline:
        if len(line.rows()) >= line.args.files and len(line.lines()) >= line.args.files:
            return True
        if line.run.poll() is not None:
            sys.exit(f"run ended with {line.run.returncode}:\n" + (line.home / "log").read_text()[-3000:])
        time.sleep(0.5)
    return False


def key_counts(keys):
    counts = {}
    for k in keys:
        counts[k] = counts.get(k, 0) + 1
    return counts


def check(line, seen):
    bad = []
    n = line.args.files
    wanted = {}
    for i in range(n):
        digest = hashlib.sha256(article(i).encode()).hexdigest()
        wanted[digest] = i
    articles, enriched, dead = line.topic("news.articles"), line.topic("news.enriched"), line.topic("news.deadletter")
    for name, keys in (("articles", [r["key"] for r in articles]), ("enriched", [r["key"] for r in enriched]),
                       ("rows", line.rows()), ("lines", [r["key"] for r in line.lines()])):
        counts = key_counts(keys)
        twice = [k for k, c in counts.items() if c > 1]
        print(f"{name}: {len(keys)} of {n}, {len(twice)} more than once")
        if len(counts) != n or twice:
            bad.append(name)
    hashes = key_counts(r["headers"]["nw-sha256"] for r in articles)
    if set(hashes) != set(wanted):
        bad.append(f"{len(set(wanted) - set(hashes))} files' bytes are missing")
    by_uri = {json.loads(r["value"])["uri"] if isinstance(r["value"], str) else r["value"]["uri"] for r in articles}
    if by_uri != set(line.rows()):
        bad.append("the database has other articles than the topic")
    places = {(r["partition"], r["offset"]): r["key"] for r in articles}
    lost = [p for p, k in seen.items() if places.get(p) != k]
    if lost:
        bad.append(f"{len(lost)} records that a reader had seen are gone or others")
    if dead:
        bad.append(f"{len(dead)} dead letters")
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bus", choices=["log", "kafka"], default="log")
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--cuts", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0, help="time to drop the files in")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    args = parser.parse_args()
    rng = random.Random(args.seed)
    events = args.kills + args.cuts
    seconds = args.seconds or max(4, events * 1.0)
    seen = {}
    with tempfile.TemporaryDirectory(prefix="drill.") as home:
        line = Line(args, pathlib.Path(home))
        print(f"seed {args.seed}: {args.files} files in {seconds:.0f} s, {args.kills} kills, {args.cuts} power cuts")
        line.start()
        feeder = threading.Thread(target=feed, args=(line, args.files, seconds, random.Random(args.seed + 1)))
        feeder.start()
        brokers = args.kills // 10 if args.bus == "kafka" else 0
        what = ["broker"] * brokers + ["kill"] * (args.kills - brokers) + ["cut"] * args.cuts
        rng.shuffle(what)
        struck = {}
        for w in what:
            time.sleep(rng.uniform(0.2, 2) * seconds / max(events, 1))
            if w == "broker":
                line.broker("restart")
                struck[w] = struck.get(w, 0) + 1
                continue
            if w == "cut":
                for r in line.topic("news.articles"):
                    seen[(r["partition"], r["offset"])] = r["key"]
            name = line.cut(rng) if w == "cut" else line.kill_one(rng)
            struck[name] = struck.get(name, 0) + 1
        feeder.join()
        start = time.time()
        print("all are" if wait_for_all(line, start + 120) else "not all are",
              f"through {time.time() - start:.1f} s after the last file and kill", flush=True)
        line.run.send_signal(signal.SIGTERM)
        line.run.wait(60)
        print("struck:", ", ".join(f"{k} {v}" for k, v in sorted(struck.items())))
        bad = check(line, seen)
        if bad:
            print((line.home / "log").read_text()[-6000:])
            keep = pathlib.Path(tempfile.mkdtemp(prefix="drill.failed."))
            subprocess.run(["cp", "-r", home, keep])
            print("FAILED:", "; ".join(bad), "- kept in", keep)
        if args.bus == "kafka":
            line.broker("kill")
    print("0 passed, 1 failed" if bad else "1 passed, 0 failed")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
