#!/usr/bin/env python3
"""Kills a running `newswire alert` and checks that each thing was told once.

usage: alert_drill.py [--bus log|kafka] [--channel] [--stories N] [--kills N] [--seed N]

Stories of four articles each are put on the bus while the worker is killed
with SIGKILL and started again at random moments, now and then two of them at
once (one stands by).  Counted from outside, by `tap`: each story was told of
twice, at first sight and with its third article, and each alert has an id of
its own.  With --channel a webhook is called as well, by a process that is
killed too; the receiver hangs up and fails now and then, and counts by
Idempotency-Key: each alert came, and under no key came two.
"""
import argparse
import collections
import datetime
import http.server
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("B", "build")
RULES = """[floods]
type = ACCUSE
actor = Portugal
again = articles >= 3
max_age = 2d
"""


class Receiver(http.server.ThreadingHTTPServer):
    """Every tenth call fails, every tenth is taken and not answered."""

    def __init__(self, seed):
        super().__init__(("127.0.0.1", 0), Call)
        self.daemon_threads = True
        self.taken, self.lock, self.rng = collections.defaultdict(list), threading.Lock(), random.Random(seed)
        self.calls = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Call(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            self.server.calls += 1
            luck = self.server.rng.random()
            if luck >= 0.1:
                self.server.taken[self.headers["Idempotency-Key"]].append(body)
        if luck >= 0.9:
            self.close_connection = True
            self.connection.close()
            return
        self.send_response(500 if luck < 0.1 else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass

    def finish(self):
        try:
            super().finish()
        except (OSError, ValueError):
            pass

    def log_message(self, *args):
        pass


class Drill:
    def __init__(self, args, home):
        self.args, self.home = args, home
        self.state = home / "state"
        self.state.mkdir()
        (home / "rules").write_text(RULES + ("channel = desk\n" if args.channel else ""))
        self.receiver = Receiver(args.seed) if args.channel else None
        port = self.receiver.server_address[1] if self.receiver else 0
        (home / "conf").write_text(f"[channel desk]\ntype = webhook\nurl = http://127.0.0.1:{port}/\n"
                                   "rest_ms = 100\n" if args.channel else "")
        self.env = dict(os.environ, NEWSWIRE_NEWSWIRE_STATE=str(self.state),
                        NEWSWIRE_NEWSWIRE_LEXICON=str(ROOT / "lexicon"), NEWSWIRE_ALERT_RULES=str(home / "rules"),
                        NEWSWIRE_CONFIG=str(home / "conf"))
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

    def start(self, *words):
        return subprocess.Popen([BUILD / "newswire", "alert", *words], env=self.env, stdout=self.log, stderr=self.log,
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
        sender = self.start("--channel", "desk") if self.receiver else None
        batch = max(1, self.args.stories // (self.args.kills + 1))
        sent = 0
        for kill in range(self.args.kills):
            self.put(sent, batch)
            sent += batch
            time.sleep(rng.random() * self.args.longest)
            if sender and rng.random() < 0.7:
                sender.send_signal(signal.SIGKILL)
                sender.wait()
                sender = self.start("--channel", "desk")
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
        self.wait_for_calls(len(told))
        for w in workers + ([sender] if sender else []):
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

    def wait_for_calls(self, n):
        end = time.monotonic() + 90
        while self.receiver and len(self.receiver.taken) < n and time.monotonic() < end:
            time.sleep(0.2)

    def count_calls(self, told):
        ids = {r["value"]["id"] for r in told}
        taken = self.receiver.taken
        wrong = [f"{i} was never taken" for i in ids - set(taken)]
        wrong += [f"{k} is no alert" for k in set(taken) - ids]
        wrong += [f"{k}: not the alert of its key" for k, bodies in taken.items()
                  if any(json.loads(b)["id"] != k for b in bodies)]
        again = sum(len(b) - 1 for b in taken.values())
        print(f"{self.receiver.calls} calls, {len(taken)} keys taken, {again} of them again")
        return wrong

    def count(self, told, stories):
        wrong = self.count_calls(told) if self.receiver else []
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
    p.add_argument("--channel", action="store_true")
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
