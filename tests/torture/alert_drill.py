#!/usr/bin/env python3
"""Kills a running `newswire alert` and checks that each thing was told once.

usage: alert_drill.py [--bus log|kafka] [--stories N] [--kills N] [--seed N]

Stories of four articles each are put on the bus while the worker is killed
with SIGKILL and started again at random moments, now and then two of them at
once (one stands by).  Counted from outside, by `tap`: each story was told of
twice, at first sight and with its third article, and each alert has an id of
its own.
"""
import argparse
import collections
import datetime
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("B", "build")
RULES = """[floods]
type = ACCUSE
actor = Portugal
again = articles >= 3
max_age = 2d
"""


class Drill:
    def __init__(self, args, home):
        self.args, self.home = args, home
        self.state = home / "state"
        self.state.mkdir()
        (home / "rules").write_text(RULES)
        self.env = dict(os.environ, NEWSWIRE_NEWSWIRE_STATE=str(self.state),
                        NEWSWIRE_NEWSWIRE_LEXICON=str(ROOT / "lexicon"), NEWSWIRE_ALERT_RULES=str(home / "rules"))
        if args.bus == "kafka":
            self.brokers = subprocess.run([ROOT / "tests/lib/broker.sh", "start", home / "broker"], check=True,
                                          env=dict(os.environ, OWNER=str(os.getpid())), capture_output=True,
                                          text=True).stdout.split()[-1]
            self.env["NEWSWIRE_KAFKA_BOOTSTRAP_SERVERS"] = self.brokers
            self.where = ["--set", f"bootstrap.servers={self.brokers}"]
        else:
            self.where = ["--log", str(self.state / "log.db")]
        subprocess.run([BUILD / "newswire", "topics"], check=True, env=self.env, capture_output=True)
        self.log = open(home / "log", "ab")
        self.example = json.loads((ROOT / "schemas/examples/story.json").read_text())

    def start(self):
        return subprocess.Popen([BUILD / "newswire", "alert"], env=self.env, stdout=self.log, stderr=self.log,
                                stdin=subprocess.DEVNULL)

    def put(self, first, count):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        lines = []
        for articles in range(1, 5):
            for n in range(first, first + count):
                e = self.example
                e["article"].update(uri=f"u:{n}", version=str(articles), versioncreated=now)
                e["story"].update(id=f"{n:016x}", articles=articles, sources=1)
                lines.append(json.dumps({"topic": "news.stories", "key": f"u:{n}", "value": e}))
        subprocess.run([BUILD / "tests/put", *self.where], input="\n".join(lines), text=True, check=True)

    def topic(self, name):
        out = subprocess.run([BUILD / "tests/tap", *self.where, name], check=True, capture_output=True, text=True)
        return [json.loads(line) for line in out.stdout.splitlines()]

    def run(self):
        rng = random.Random(self.args.seed)
        workers = [self.start()]
        batch = max(1, self.args.stories // (self.args.kills + 1))
        sent = 0
        for kill in range(self.args.kills):
            self.put(sent, batch)
            sent += batch
            time.sleep(rng.random() * self.args.longest)
            if self.args.bus == "log" and kill % 5 == 4:
                workers.append(self.start())
            victim = workers.pop(rng.randrange(len(workers)))
            victim.send_signal(signal.SIGKILL)
            victim.wait()
            if not workers:
                workers.append(self.start())
        self.put(sent, batch)
        sent += batch
        told = self.wait_for(2 * sent)
        for w in workers:
            w.send_signal(signal.SIGTERM)
            if w.wait(timeout=30) != 0:
                print(f"a worker ended with {w.returncode}")
                return 1
        return self.count(told, sent)

    def wait_for(self, n):
        end = time.monotonic() + 90
        told = []
        while len(told) < n and time.monotonic() < end:
            time.sleep(0.5)
            told = self.topic("news.alerts")
        time.sleep(1)
        return self.topic("news.alerts")

    def count(self, told, stories):
        wrong = []
        ids = collections.Counter(r["value"]["id"] for r in told)
        wrong += [f"{i} is there {n} times" for i, n in ids.items() if n > 1]
        by_story = collections.defaultdict(list)
        for r in told:
            by_story[int(r["value"]["story"], 16)].append(r["value"]["why"][0])
        for n in range(stories):
            if sorted(by_story[n]) != ["again: articles 3", "first sight"]:
                wrong.append(f"story {n}: {by_story[n]}")
        dead = len(self.topic("news.deadletter"))
        if dead:
            wrong.append(f"{dead} dead letters")
        print("\n".join(wrong[:20]))
        print(f"{stories} stories, {self.args.kills} kills, {len(told)} alerts, {len(wrong)} wrong "
              f"(seed {self.args.seed})")
        print(f"{0 if wrong else 1} passed, {1 if wrong else 0} failed")
        return 1 if wrong else 0


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--bus", choices=["log", "kafka"], default="log")
    p.add_argument("--stories", type=int, default=200)
    p.add_argument("--kills", type=int, default=20)
    p.add_argument("--longest", type=float, default=1.0, help="seconds between kills at most")
    p.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    args = p.parse_args()
    with tempfile.TemporaryDirectory(prefix="alert_drill.") as home:
        d = Drill(args, pathlib.Path(home))
        try:
            status = d.run()
            if status:
                print((pathlib.Path(home) / "log").read_text()[-3000:])
        finally:
            if args.bus == "kafka":
                subprocess.run([ROOT / "tests/lib/broker.sh", "stop", pathlib.Path(home) / "broker"], check=False)
    sys.exit(status)


if __name__ == "__main__":
    main()
