#!/usr/bin/env python3
"""score_actors.py [--part dev|kept] [--show] [--min F] -- CMD...: whom CMD (`newswire extract -`)
takes the actors and recipients of tests/cases/actors/*.tsv to be.

The event is the sentence's main one.  Each cell that asks is one point: any one actor (recipient)
of a right country and sector, where they are said with `any`, gives it.  The last line has
the share of each; a sentence without an event has none.
"""
import argparse, csv, glob, json, os, subprocess, sys

def cases(part):
    here = os.path.dirname(os.path.abspath(__file__))
    for path in sorted(glob.glob(os.path.join(here, "../cases/actors/*.tsv"))):
        with open(path, encoding="utf-8") as f:
            rows = csv.DictReader((l for l in f if not l.startswith("#")), delimiter="\t",
                                  quoting=csv.QUOTE_NONE)
            yield from (r for r in rows if r["part"] == part)

def fits(gold, got):
    country, sectors = (x.split("|") for x in gold.split("/"))
    return (("-" in country or (got["country"] or "") in country) and
            ("-" in sectors or any(s in sectors for s in got["sector"])))

def said(actors):
    return ", ".join("%s %s/%s" % (a["text"], a["country"] or "-", "+".join(a["sector"]) or "-")
                     for a in actors) or "nobody"

def main():
    p = argparse.ArgumentParser()
    p.add_argument("--part", default="dev", choices=("dev", "kept"))
    p.add_argument("--show", action="store_true")
    p.add_argument("--min", type=float, default=0)
    p.add_argument("cmd", nargs=argparse.REMAINDER)
    args = p.parse_args()
    rows = list(cases(args.part))
    lines = [json.dumps({"uri": str(i), "version": "1", "language": "en",
                         "versioncreated": r["published"] + "T12:00:00Z", "body_text": r["text"]})
             for i, r in enumerate(rows)]
    out = subprocess.run(args.cmd[1:], input="\n".join(lines) + "\n", text=True, check=True,
                         stdout=subprocess.PIPE).stdout
    answers = [json.loads(line) for line in out.splitlines()]
    if [a["article"]["uri"] for a in answers] != [str(i) for i in range(len(rows))]:
        sys.exit("score_actors.py: not one record for each sentence, in their order")
    right = {"actor": 0, "recipient": 0}
    asked = {"actor": 0, "recipient": 0}
    silent = 0
    for r, a in zip(rows, answers):
        event = next((e for e in a["events"] if e.get("main")), None) or next(iter(a["events"]), None)
        silent += event is None
        for slot in right:
            if not r[slot]:
                continue
            asked[slot] += 1
            got = event[slot] if event else []
            ok = any(fits(r[slot], x) for x in got)
            right[slot] += ok
            if args.show and not ok and args.part == "dev":
                print("%s: %s: %s, not %s" % (r["text"], slot, r[slot],
                                              said(got) if event else "no event"))
    total = sum(right.values()) / sum(asked.values())
    print("actors part=%s actor=%.3f recipient=%.3f both=%.3f asked=%d silent=%d" % (
        args.part, right["actor"] / asked["actor"], right["recipient"] / asked["recipient"], total,
        sum(asked.values()), silent))
    sys.exit(total < args.min)

main()
