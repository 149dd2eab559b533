#!/usr/bin/env python3
"""replay_drill.py --bus log|kafka --records N --kills K [--into other|same|archive]: kill -9 of a replay.

An archive of N records of every shape is replayed into a topic, and that topic into another,
into itself, or into a sink of JSON Lines, each line killed at random and run again until it is
done.  The checker knows the records from the archive and else reads only what lies in the
topics (or files): each once, unchanged, those of a key in order, all marked by their replay.
"""
import argparse
import base64
import collections
import glob
import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

B = os.environ.get("B", "build")
NEWSWIRE = os.path.abspath(os.environ.get("NEWSWIRE", B + "/newswire"))
TAP = os.path.abspath(B + "/tests/tap")
PARTITIONS, PER_FILE, HOUR = 4, 700, 3600


def shape(i):
    """Key, headers and value of record i; the number stands in a header in any case."""
    key = None if i % 11 == 0 else "k%d" % (i % 97)
    headers = [["n", str(i)], ["ce_time", "2026-11-24T08:%02d:00Z" % (i % 60)]]
    if i % 5 == 0:
        headers.append(["raw", base64.b64encode(bytes([0, 255, i % 256])).decode(), "base64"])
    value, value_as = {"n": i, "text": "é" * (i % 40)}, None
    if i % 13 == 0:
        value = None
    elif i % 17 == 0:
        value, value_as = base64.b64encode(b"\xff\x00" + str(i).encode()).decode(), "base64"
    elif i % 19 == 0:
        value, value_as = "no JSON, %d" % i, "text"
    return key, headers, value, value_as


def as_tap_says(i):
    """The same as tests/lib/tap.c prints it, without the mark."""
    key, headers, value, value_as = shape(i)
    if value_as == "base64":
        value = {"base64": value}
    said = {h[0]: {"base64": h[1]} if len(h) > 2 else h[1] for h in headers}
    return key, said, value


def write_archive(path, n):
    files, ends = {}, collections.Counter()
    for i in range(n):
        key, headers, value, value_as = shape(i)
        partition = (i % 97 if key else i) % PARTITIONS
        offset = ends[partition]
        ends[partition] += 1
        line = {"topic": "old", "partition": partition, "offset": offset,
                "timestamp": (1795507200 + i // 400 * 60) * 1000,
                "key": key, "headers": headers, "value": value}
        if value_as:
            line["value_as"] = value_as
        hour = time.strftime("%Y-%m-%dT%H", time.gmtime(line["timestamp"] / 1000))
        group = files.setdefault((partition, hour, offset // PER_FILE), [])
        group.append((offset, json.dumps(line, separators=(",", ":"))))
    for (partition, hour, _), lines in files.items():
        os.makedirs(f"{path}/{hour}", exist_ok=True)
        with gzip.open(f"{path}/{hour}/{partition}-{lines[0][0]}.jsonl.gz", "wt") as f:
            f.write("".join(line + "\n" for _, line in lines))


class Line:
    def __init__(self, args, top):
        self.args, self.top, self.kills = args, top, 0
        self.env = dict(os.environ, NEWSWIRE_NEWSWIRE_PREFIX="d",
                        NEWSWIRE_NEWSWIRE_STATE=top + "/state")
        if args.bus == "kafka":
            self.env["NEWSWIRE_KAFKA_BOOTSTRAP_SERVERS"] = args.broker

    def run(self, *words, **more):
        return subprocess.run([NEWSWIRE, *words], env=self.env, cwd=self.top, text=True,
                              capture_output=True, **more)

    def drill(self, kills, *words):
        """Runs the line again and again, killed so many times; ends when it says done."""
        killed = 0
        while True:
            log = open(self.top + "/log", "a")
            p = subprocess.Popen([NEWSWIRE, "replay", *words], env=self.env, cwd=self.top,
                                 stdout=subprocess.PIPE, stderr=log, text=True)
            try:
                said, _ = p.communicate(
                    timeout=random.uniform(0.02, self.args.longest) if killed < kills else 300)
            except subprocess.TimeoutExpired:
                p.kill()
                p.communicate()
                killed += 1
                continue
            if p.returncode:
                sys.exit(f"replay {words} ended with {p.returncode}: {said}\n"
                         + open(self.top + "/log").read()[-2000:])
            self.kills += killed
            return said, killed

    def tap(self, topic):
        words = ["--set", "bootstrap.servers=" + self.args.broker] \
            if self.args.bus == "kafka" else ["--log", self.top + "/state/log.db"]
        out = subprocess.run([TAP, *words, topic], capture_output=True, text=True, check=True)
        return [json.loads(line) for line in out.stdout.splitlines()]


def mark_of(headers):
    return json.loads(headers["nw-replay"])["id"]


def check(records, n, where):
    """Each of n records once, as it was; those of a key and a partition in order."""
    last, seen = {}, collections.Counter()
    for r in records:
        headers = dict(r["headers"])
        headers.pop("nw-replay")
        i = int(headers["n"])
        seen[i] += 1
        if (r["key"], headers, r["value"]) != as_tap_says(i):
            sys.exit(f"{where}: record {i} has changed: {r}")
        place = (r["partition"], r["key"])
        if last.get(place, -1) >= i:
            sys.exit(f"{where}: record {i} comes behind {last[place]} in {place}")
        last[place] = i
    lost = [i for i in range(n) if i not in seen]
    twice = [i for i, c in seen.items() if c > 1]
    if lost or twice or len(seen) != n:
        sys.exit(f"{where}: {len(lost)} lost {lost[:5]}, {len(twice)} twice {twice[:5]}")


def read_lines(path):
    """The sink's files, as tap would print them."""
    records = []
    for name in sorted(glob.glob(path + "/**/*.jsonl.gz", recursive=True),
                       key=lambda p: (int(os.path.basename(p).split("-")[0]),
                                      int(os.path.basename(p).split("-")[1].split(".")[0]))):
        for text in gzip.open(name, "rt"):
            line = json.loads(text)
            if line.get("value_as") == "base64":
                line["value"] = {"base64": line["value"]}
            line["headers"] = {h[0]: {"base64": h[1]} if len(h) > 2 else h[1]
                               for h in line["headers"]}
            records.append(line)
    return records


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--bus", choices=["log", "kafka"], default="log")
    p.add_argument("--records", type=int, default=20000)
    p.add_argument("--kills", type=int, default=30)
    p.add_argument("--into", choices=["other", "same", "archive"], default="other")
    p.add_argument("--longest", type=float, default=0.4, help="seconds before a kill")
    p.add_argument("--seed", type=int, default=time.time_ns() % 100000)
    args = p.parse_args()
    random.seed(args.seed)
    top = tempfile.mkdtemp(prefix="replay_drill.", dir="/tmp")
    here, broker = os.getcwd(), os.path.abspath("tests/lib/broker.sh")
    try:
        if args.bus == "kafka":
            env = dict(os.environ, OWNER=str(os.getpid()))
            args.broker = subprocess.run([broker, "start", top + "/broker"], env=env, check=True,
                                         capture_output=True, text=True).stdout.split()[-1]
        go(args, top)
    finally:
        if args.bus == "kafka":
            subprocess.run([broker, "stop", top + "/broker"], stdout=subprocess.DEVNULL)
        shutil.rmtree(top, ignore_errors=True)


def go(args, top):
    n, line = args.records, Line(args, top)
    write_archive(top + "/old", n)
    topics = line.run("topics")
    if topics.returncode:
        sys.exit(topics.stderr)
    # So slow that the kills fall into it; without a bound at the end of each line.
    rate = "--rate=%d/s" % max(n / (args.kills * args.longest * 0.4), 100)
    line.drill(args.kills // 3, "./old", "--into", "d.src", rate)
    src = line.tap("d.src")
    check(src, n, "archive into a topic")

    into = {"other": ["d.dst"], "same": ["d.src"],
            "archive": ["sink:jsonl", "--allow-effects=jsonl"]}[args.into]
    words = ["d.src", "--into", *into, rate]
    said, killed = line.drill(args.kills, *words)
    again, _ = line.drill(0, *words)
    if "nothing is left to do" not in again:
        sys.exit("what is done is done again: " + again)
    if args.into == "archive":
        out = read_lines(top + "/state/jsonl")
    else:
        out = line.tap(into[0])
    old = {mark_of(r["headers"]) for r in src}
    new = [r for r in out if mark_of(r["headers"]) not in old]
    check(new, n, "topic into " + into[0])
    if args.into == "same" and len(out) != 2 * n:
        sys.exit(f"{len(out)} records in a topic of {n} that was replayed into itself once")
    print(f"{args.bus}, {n} records, archive into a topic into {args.into}: "
          f"{line.kills} kills, each record once (seed {args.seed})")


main()
