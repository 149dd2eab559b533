#!/usr/bin/env python3
"""Live articles keep their place while history is replayed into the same topic and sinks.

usage: live_drill.py [--bus log|kafka] [--live N] [--replayed N] [--rate N] [--most X]

A history lies in a topic and in two sinks, a database and a webhook.  Live files are dropped,
in turn alone and while that history is replayed into the topic that it lies in, by one line that
is stopped and run again.  In the end each article has one row and has had one call, and each of
the history was enriched twice.

A live file's time is from its rename to its row.  With --most, the 99th of a hundred may be at
most so many times what it is without the replay.
"""
import argparse
import collections
import http.server
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("B", "build")
NEWSWIRE = BUILD / "newswire"
ENDS_S = 1800
SLICE_S = 4


def article(name):
    return (f"Day {name} of the strike\n\nLISBON, March 3 (Wire) - Portugal urged Spain on Tuesday "
            f"to end day {name} of the strike.\n")


class Hook(http.server.BaseHTTPRequestHandler):
    """Counts the calls that were made for each article."""
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        for record in json.loads(self.rfile.read(int(self.headers["Content-Length"]))):
            self.server.calls[record["article"]["uri"]] += 1
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Line:
    """Workers, their broker if they have one, and what lies in their sinks."""

    def __init__(self, bus, home):
        self.home, self.spool, self.workers = home, home / "spool", []
        self.spool.mkdir()
        self.hook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
        self.hook.calls, self.hook.daemon_threads = collections.Counter(), True
        threading.Thread(target=self.hook.serve_forever, daemon=True).start()
        self.broker = home / "broker" if bus == "kafka" else None
        self.address = self.ask_broker("start") if self.broker else None
        kafka = f"[kafka]\nbootstrap.servers = {self.address}\n" if self.broker else ""
        (home / "newswire.conf").write_text(
            f"[newswire]\nstate = {home}/state\n{kafka}"
            f"[sink db]\ntype = sqlite\npath = {home}/news.db\n"
            f"[sink hook]\ntype = webhook\nbatch = 100\nurl = http://127.0.0.1:{self.hook.server_port}/\n")

    def ask_broker(self, verb):
        return subprocess.run([ROOT / "tests/lib/broker.sh", verb, self.broker], check=True, text=True,
                              capture_output=True, env=dict(os.environ, OWNER=str(os.getpid()))).stdout.strip()

    def start(self, *words, **more):
        log = open(self.home / "log", "a")
        return subprocess.Popen([NEWSWIRE, words[0], "--config", self.home / "newswire.conf", *words[1:]],
                                stderr=log, text=True, **more)

    def __enter__(self):
        if self.start("topics", stdout=subprocess.DEVNULL).wait():
            raise SystemExit("no topics")
        self.workers = [self.start(*words) for words in
                        (("watch", self.spool), ("enrich",), ("sink", "db"), ("sink", "hook"))]
        return self

    def __exit__(self, *_):
        for w in self.workers:
            w.send_signal(signal.SIGTERM)
        for w in self.workers:
            w.wait(30)
        self.hook.shutdown()
        if self.broker:
            self.ask_broker("kill")

    def tap(self, topic):
        words = ["--set", f"bootstrap.servers={self.address}"] if self.broker else ["--log", self.home / "state/log.db"]
        with subprocess.Popen([BUILD / "tests/tap", *words, topic], stdout=subprocess.PIPE, text=True) as p:
            yield from map(json.loads, p.stdout)

    def drop(self, name):
        """A file renamed in; gives when."""
        (self.spool / f".{name}").write_text(article(name))
        at = time.monotonic()
        (self.spool / f".{name}").rename(self.spool / f"{name}.txt")
        return at

    def open_rows(self):
        until = time.monotonic() + 60
        while True:
            try:
                db = sqlite3.connect(f"file:{self.home}/news.db?mode=ro", uri=True, isolation_level=None)
                db.execute("SELECT count(*) FROM articles")
                return db
            except sqlite3.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)


def wait_for(what, count, n):
    """Until it is n; while it grows there is time."""
    last, then = -1, time.monotonic()
    while (now := count()) < n:
        if now != last:
            last, then = now, time.monotonic()
        if time.monotonic() > then + 60:
            sys.exit(f"{what}: {now} of {n}, and no more for a minute")
        time.sleep(0.1)


def last_id(db):
    return db.execute("SELECT coalesce(max(id), 0) FROM articles").fetchone()[0]


def drop_live(line, db, prefix, n, rate, is_enough=lambda: False):
    """Milliseconds from each rename to its row, in the order of the drops; n of them, or until it is enough."""
    last, at, seen, version = last_id(db), {}, {}, None
    start = time.monotonic()
    while len(seen) < n:
        now = time.monotonic()
        if now > start + n / rate + 60:
            sys.exit(f"{prefix}: {len(seen)} of {n} came through")
        if is_enough():
            n = len(at)
        if len(at) < n and now >= start + len(at) / rate:
            name = f"{prefix}{len(at)}"
            at[name] = line.drop(name)
        if (new := db.execute("PRAGMA data_version").fetchone()) != version:
            version = new
            rows = db.execute("SELECT id, headline FROM articles WHERE id > ?", (last,)).fetchall()
            for i, headline in rows:
                last = max(last, i)
                if (name := headline.split()[1]) in at:
                    seen.setdefault(name, time.monotonic())
        time.sleep(0.001)
    return [(seen[name] - at[name]) * 1000 for name in at]


def percentile(values, p):
    return sorted(values)[min(len(values) - 1, int(len(values) * p / 100))]


def tell(what, ms):
    print(f"  {what}: {len(ms)} live articles, p50 {percentile(ms, 50):.1f} ms, p90 {percentile(ms, 90):.1f} ms, "
          f"p99 {percentile(ms, 99):.1f} ms", flush=True)
    return percentile(ms, 99)


def load(line, db, n):
    start = time.monotonic()
    for i in range(n):
        line.drop(f"old{i}")
    wait_for("rows of the history", lambda: db.execute("SELECT count(*) FROM articles").fetchone()[0], n)
    wait_for("calls for the history", lambda: len(line.hook.calls), n)
    for f in line.spool.iterdir():
        f.unlink()
    print(f"  a history of {n} articles in {time.monotonic() - start:.0f} s", flush=True)


def check(line, db, n, replayed):
    marked = sum(1 for record in line.tap("news.enriched") if "nw-replay" in record["headers"])
    if marked != replayed:
        sys.exit(f"{marked} of {replayed} articles were enriched again")
    counts = {what: db.execute(f"SELECT count(*) FROM {what}").fetchone()[0] for what in ("articles", "events")}
    doubled = [uri for uri, calls in line.hook.calls.items() if calls > 1]
    if counts != {"articles": n, "events": n}:
        sys.exit(f"of {n} articles with an event each there are {counts}")
    if doubled or len(line.hook.calls) != n:
        sys.exit(f"of {n} articles {len(line.hook.calls)} were called for, {len(doubled)} more than once")


class Replay:
    """The history into its own topic, by a line that is stopped and run again until it is done."""

    def __init__(self, line, most):
        self.line, self.most, self.seconds, self.sent, self.p = line, most, 0, 0, None

    def start(self):
        self.began = time.monotonic()
        self.p = self.line.start("replay", "news.articles", "--into", "news.articles", "--limit", str(self.most),
                                 "--quiet", stdout=subprocess.PIPE)
        threading.Thread(target=self.see_end, args=(self.p,), daemon=True).start()

    def see_end(self, p):
        p.wait()
        self.seconds += time.monotonic() - self.began

    def is_done(self):
        return self.p is not None and self.p.poll() == 0

    def stop(self):
        if self.p.poll() is None:
            self.p.send_signal(signal.SIGTERM)
        said = self.p.communicate(timeout=ENDS_S)[0]
        if self.p.returncode not in (0, 75, -signal.SIGTERM):
            sys.exit(f"the replay ended with {self.p.returncode}: {said}")


def drill(args, line):
    db = line.open_rows()
    load(line, db, args.replayed)
    drop_live(line, db, "warm", 2 * args.rate, args.rate)
    replay, alone, beside = Replay(line, args.replayed), [], []
    piece, n = SLICE_S * args.rate, args.replayed + 2 * args.rate
    while len(beside) < args.live and not replay.is_done():  # in turns, as the machine has moods
        alone += drop_live(line, db, f"alone{n}-", piece, args.rate)
        replay.start()
        beside += drop_live(line, db, f"live{n}-", piece, args.rate, replay.is_done)
        n = args.replayed + 2 * args.rate + len(alone) + len(beside)
        replay.stop()
    p99 = tell("without a replay", alone), tell("beside the replay", beside)
    if not replay.is_done():
        replay.start()
        replay.p.wait(ENDS_S)
    drop_live(line, db, "last", 10, args.rate)  # behind all that was replayed
    n += 10
    wait_for("calls", lambda: len(line.hook.calls), n)
    check(line, db, n, args.replayed)
    print(f"{args.bus}: {args.replayed} articles replayed into their topic in {replay.seconds:.0f} s beside "
          f"{n - args.replayed} live ones, {args.replayed / replay.seconds:.0f}/s; no row and no call twice; "
          f"p99 {p99[1] / p99[0]:.2f} times what it is alone", flush=True)
    if args.most and p99[1] > args.most * p99[0]:
        sys.exit(f"that is more than {args.most:.1f} times")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--bus", choices=["log", "kafka"], default="log")
    p.add_argument("--live", type=int, default=500)
    p.add_argument("--replayed", type=int, default=5000)
    p.add_argument("--rate", type=int, default=50, help="live articles a second")
    p.add_argument("--most", type=float, default=0, help="times that the p99 may grow")
    args = p.parse_args()
    with tempfile.TemporaryDirectory(prefix="live_drill.") as home:
        with Line(args.bus, pathlib.Path(home)) as line:
            drill(args, line)


if __name__ == "__main__":
    main()
