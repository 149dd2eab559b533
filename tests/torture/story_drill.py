#!/usr/bin/env python3
"""Articles are grouped while the workers that group them, and the broker, are killed.

usage: story_drill.py [--bus log|kafka] [--articles N] [--kills N] [--seed N]

Two workers of the group run: one groups, the other stands by.  They are killed with -9 at random
points, at times both at once.  In the end each article has been stated once for itself; what is
remembered of it in the state says the same as what was stated last; and one process that is given
the same articles in the same order, and is never killed, comes to the same stories.
"""
import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from live_drill import BUILD, NEWSWIRE, Line  # noqa: E402

TOPICS, PIECE = 18, 7
WORDS = ("ferry harbour budget court minister quake strike storm rail market bank vote senate mayor school police army "
         "border treaty visit summit price wheat oil gas mine union dam flood fire crash pilot doctor vaccine river "
         "bridge judge jury fine appeal tunnel ship coach goal final cup race lake forest glacier").split()


def text(rng, topic):
    words = [f"{WORDS[(topic * 4 + rng.randrange(8)) % len(WORDS)]}{topic // 3}" for _ in range(rng.randrange(20, 60))]
    return " ".join(words[:15]).capitalize() + ". " + " ".join(words[15:]).capitalize() + "."


def articles(n, rng):
    """ninjs; some are copies of one before."""
    made = []
    for i in range(n):
        topic = rng.randrange(TOPICS)
        copy = rng.choice(made)["body_text"] if made and rng.random() < 0.1 else None
        body = copy or text(rng, topic)
        made.append({"uri": f"urn:drill:{i}", "type": "text", "version": "1", "pubstatus": "usable", "language": "en",
                     "versioncreated": f"2026-03-{2 + i * 3 // n:02}T{rng.randrange(24):02}:00:00Z",
                     "headline": " ".join(body.split()[:5]), "infosource": [{"name": f"Wire {rng.randrange(9)}"}],
                     "body_text": body})
    return made


class Stories(Line):
    def __enter__(self):
        if self.start("topics", stdout=subprocess.DEVNULL).wait():
            raise SystemExit("no topics")
        self.tellers = [self.start("story"), self.start("story")]
        return self

    def send(self, enriched):
        """In one transaction."""
        lines = self.home / "lines"
        lines.write_text("".join(json.dumps({"topic": "news.enriched", "offset": 0, "timestamp": 0,
                                             "partition": len(e["article"]["uri"]) % 2, "key": e["article"]["uri"], "headers": [],
                                             "value": e}) + "\n" for e in enriched))
        words = ["--set", f"bootstrap.servers={self.address}"] if self.broker else ["--log", self.home / "state/log.db"]
        subprocess.run([BUILD / "tests/tap", *words, "--send", lines, "news.enriched"], check=True)

    def kill(self, rng):
        both = rng.random() < 0.3
        for i in ([0, 1] if both else [rng.randrange(2)]):
            self.tellers[i].kill()
            self.tellers[i].wait()
            if not both:
                time.sleep(rng.uniform(0, 0.3))
            self.tellers[i] = self.start("story")

    def keep_alive(self):
        for i, t in enumerate(self.tellers):
            if t.poll() is not None:
                self.tellers[i] = self.start("story")

    def __exit__(self, *_):
        self.workers += self.tellers
        super().__exit__()


def is_own(r):
    why = r["value"]["story"]["why"]
    return not (why and why[0].startswith(("merged: ", "split: ")))


def check(line, wanted):
    bad, stated, last, kept = [], {}, {}, {}
    for r in line.tap("news.stories"):
        stated[r["key"]] = stated.get(r["key"], 0) + is_own(r)
        last[r["key"]] = r["value"]["story"]["id"]
    twice = sum(n != 1 for n in stated.values())
    print(f"stated: {len(stated)} of {len(wanted)}, {twice} not once for themselves; stories {len(set(last.values()))}")
    if set(stated) != {a["uri"] for a in wanted} or twice:
        bad.append("not each article was stated once")
    for r in line.tap("news.state"):
        if r["key"].startswith("member/"):
            kept[r["key"][7:]] = r["value"]
    wrong = sum(v is None or v["story"] != last.get(u) for u, v in kept.items())
    print(f"remembered: {len(kept)}, {wrong} otherwise than stated")
    if set(kept) != set(last) or wrong:
        bad.append("what is remembered is not what was stated")
    return bad or compare(line, last, kept)


def compare(line, last, kept):
    """With one process that reads the same in the same order, by the numbers of arrival."""
    enriched = {r["key"]: r["value"] for r in line.tap("news.enriched")}
    lines = [json.dumps(enriched[u]) for u in sorted(kept, key=lambda u: kept[u]["order"])]
    said = subprocess.run([NEWSWIRE, "story", "-"], input="\n".join(lines) + "\n", text=True, check=True,
                          capture_output=True).stdout
    other, again = {}, 0
    for r in map(json.loads, said.splitlines()):
        again += not is_own({"value": r})
        other[r["article"]["uri"]] = r["story"]["id"]
    wrong = sum(other[u] != last[u] for u in last)
    print(f"one process says: {len(set(other.values()))} stories, {again} stated again, {wrong} otherwise")
    return ["other stories than those of one process"] if wrong else []


def own_statements(line):
    return sum(is_own(r) for r in line.tap("news.stories"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bus", choices=["log", "kafka"], default="log")
    parser.add_argument("--articles", type=int, default=400)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    o = parser.parse_args()
    rng = random.Random(o.seed)
    made = articles(o.articles, rng)
    lines = subprocess.run([NEWSWIRE, "extract", "-"], input="".join(json.dumps(a) + "\n" for a in made), text=True,
                           check=True, capture_output=True).stdout
    enriched = [json.loads(line) for line in lines.splitlines()]
    print(f"seed {o.seed}: {o.articles} articles, {o.kills} kills")
    with tempfile.TemporaryDirectory(prefix="story.") as home, Stories(o.bus, pathlib.Path(home)) as line:
        strikes = sorted(rng.randrange(o.articles) for _ in range(o.kills))
        for i in range(0, o.articles, PIECE):
            line.send(enriched[i:i + PIECE])
            line.keep_alive()
            while strikes and strikes[0] < i + PIECE:
                strikes.pop(0)
                time.sleep(rng.uniform(0, 1.5 if o.bus == "kafka" else 0.5))
                if o.bus == "kafka" and rng.random() < 0.1:
                    line.ask_broker("restart")
                else:
                    line.kill(rng)
        ends = time.monotonic() + 240
        while own_statements(line) < o.articles and time.monotonic() < ends:
            line.keep_alive()
            time.sleep(0.5)
        time.sleep(1)
        bad = check(line, made)
        if bad:
            print((line.home / "log").read_text()[-5000:])
            print("FAILED:", "; ".join(bad))
    print("0 passed, 1 failed" if bad else "1 passed, 0 failed")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
