#!/usr/bin/env python3
"""score_events.py [--part dev|kept] [--show N] [--prove] -- CMD...: how well CMD (`newswire
extract -`) codes the articles of tests/cases/wire, whose events were written down by people who
had not seen what it says.

A coded event is a gold one where its trigger overlaps the gold's, or that of another mention
(`also`). found: gold events with such a one; typed: of the right type too; precision: coded events
that are one of the gold's. triple: actor, type and recipient all right. Errors of the kept part
are not shown.
"""
import argparse, collections, glob, json, os, subprocess, sys

def article(text, case, published):
    paragraphs = [p.strip() for p in text.strip().split("\n\n")]
    a = {"uri": case, "version": "1", "language": "en", "versioncreated": published + "T12:00:00Z"}
    if not paragraphs[0].endswith("."):
        a["headline"] = paragraphs.pop(0)
    if paragraphs[0].startswith("By "):
        paragraphs.pop(0)
    a["body_text"] = "\n".join(paragraphs)
    return a

def place(a, sentence, trigger):
    """Where a trigger stands: (in headline, start, end)."""
    for in_headline, text in ((False, a["body_text"]), (True, a.get("headline", ""))):
        at = text.find(sentence)
        if at >= 0:
            t = text.find(trigger, at)
            if t >= 0:
                return in_headline, t, t + len(trigger)
    raise SystemExit("%s: %r of %r is not in the text" % (a["uri"], trigger, sentence))

def ontology():
    """The types, and the modes with their types, of the lexicon."""
    rows = [l.rstrip("\n").split("\t") for l in open("lexicon/ontology.tsv") if l[0] != "#"]
    return {r[1] for r in rows if r[0] == "type"}, {(r[2], r[1]) for r in rows if r[0] == "mode"}

def check(case, gold, a, types, modes):
    """Gold is refused that could never be met, or be met by what it does not mean."""
    def wrong(what, where):
        raise SystemExit("%s: %s: %s; see tests/cases/wire/README.md" % (case, where, what))
    text, taken = a["body_text"] + "\n" + a.get("headline", ""), []
    none = [{"sentence": w, "trigger": w} for w in gold.get("no_event_at", [])]
    for g in gold["events"]:
        for t in [g["type"]] + g.get("or", []):
            if t not in types:
                wrong("the ontology has no such type", t)
        if "mode" in g and (g["type"], g["mode"]) not in modes:
            wrong("the ontology has no such mode of " + g["type"], g["mode"])
    for m in [m for g in gold["events"] for m in [g] + g.get("also", [])] + none:
        if text.count(m["sentence"]) != 1:
            wrong("is %d times in the text, not once" % text.count(m["sentence"]), repr(m["sentence"]))
        if m["trigger"] not in m["sentence"]:
            wrong("is not in its sentence", repr(m["trigger"]))
        taken.append(place(a, m["sentence"], m["trigger"]) + (m["trigger"],))
    taken.sort()
    for p, q in zip(taken, taken[1:]):
        if p[0] == q[0] and q[1] < p[2]:
            wrong("overlaps with %r" % p[3], repr(q[3]))
    if sum(g.get("main", False) for g in gold["events"]) != 1:
        wrong("one event is the main one", "main")

def overlaps(p, e):
    t = e["trigger"]
    return p[0] == (t["in"] == "headline") and p[1] < t["end"] and t["start"] < p[2]

def is_actor(gold, got):
    """CCC|CCC/SEC|SEC, - for none; or words of the text."""
    if "/" not in gold:
        return gold.lower() in (got["text"] or "").lower() or gold.lower() in (got["name"] or "").lower()
    country, sectors = gold.split("/", 1)
    sectors = sectors.split("|")
    if (got["country"] or "-") not in country.split("|"):
        return False
    return "-" in sectors or any(s in sectors for s in got["sector"])

def are_actors(gold, got):
    return not gold if not got else any(is_actor(g, x) for g in gold for x in got)

def fields(g, e):
    """Each field that the gold has: whether it is right."""
    out = {"actor": are_actors(g.get("actor", []), e["actor"]),
           "recipient": are_actors(g.get("recipient", []), e["recipient"])}
    if "mode" in g:
        out["mode"] = g["mode"] in e["mode"]
    if "date" in g:
        out["date"] = (e["date"] or "").startswith(g["date"])
    if "place" in g:
        got = e["location"] or {}
        out["place"] = g["place"].lower() in ((got.get("text") or "") + "|" + (got.get("name") or "")).lower()
    out["aux"] = set(g.get("aux", [])) == set(e["aux"]) - {"historical"} | set(g.get("aux", [])) & {"historical"}
    for k in ("dead", "injured", "arrested"):
        if k in g:
            out[k] = e.get(k) == g[k] or (e.get("casualties") or {}).get(k) == g[k]
    if "attribution" in g:
        got = e["attribution"] or {}
        out["attribution"] = g["attribution"].split()[-1].lower() in ((got.get("text") or "") + "|" + (got.get("name") or "")).lower()
    return out

def said(e, field):
    """What an event says in a field, for a person."""
    if field in ("actor", "recipient"):
        return " ".join("%s=%s/%s" % (x["name"] or x["text"], x["country"] or "-", "|".join(x["sector"]) or "-")
                        for x in e[field]) or "nobody"
    got = e.get({"place": "location"}.get(field, field))
    return got["text"] if isinstance(got, dict) else got

def score(case, gold, a, events, n, types, errors):
    spans = [[place(a, g["sentence"], g["trigger"])] +
             [place(a, m["sentence"], m["trigger"]) for m in g.get("also", [])] for g in gold["events"]]
    matched = set()
    for g, where in zip(gold["events"], spans):
        hits = [(i, e) for i, e in enumerate(events) if any(overlaps(p, e) for p in where)]
        right = [e for _, e in hits if e["type"] in [g["type"]] + g.get("or", [])]
        n["gold"] += 1
        n["found"] += bool(hits)
        n["typed"] += bool(right)
        types[g["type"]]["gold"] += 1
        types[g["type"]]["typed"] += bool(right)
        if not hits:
            errors.append((case, "missed", g["type"], g["sentence"], g["trigger"]))
        elif not right:
            errors.append((case, "typed " + hits[0][1]["type"], g["type"], g["sentence"], hits[0][1]["pattern"]))
        matched.update(i for i, _ in hits)
        if right:
            best, e = max(((fields(g, e), e) for e in right), key=lambda f: sum(f[0].values()))
            n["triple"] += best["actor"] and best["recipient"]
            for k, v in best.items():
                n[k + " of"] += 1
                n[k] += v
                if not v:
                    errors.append((case, k, g["type"], g["sentence"], "%s, not %s" % (said(e, k), json.dumps(g.get(k)))))
    n["said"] += len(events)
    n["matched"] += len(matched)
    for i, e in enumerate(events):
        types[e["type"]]["said"] += 1
        types[e["type"]]["matched"] += i in matched
        if i not in matched:
            text = a["headline"] if e["trigger"]["in"] == "headline" else a["body_text"]
            errors.append((case, "extra", e["type"], text[max(0, e["start"] - 30):e["end"] + 40].replace("\n", " "), e["pattern"]))
    none = [place(a, w, w) for w in gold.get("no_event_at", []) if w in a["body_text"] + a.get("headline", "")]
    n["trap"] += len(none)
    n["trapped"] += sum(any(overlaps(p, e) for e in events) for p in none)

def proof(gold, a):
    """The gold as an answer."""
    out = []
    for g in gold["events"]:
        in_headline, start, end = place(a, g["sentence"], g["trigger"])
        actors = lambda l: [{"text": x, "name": x, "country": x.split("/")[0].split("|")[0],
                             "sector": [y for y in x.split("/")[-1].split("|") if y != "-"]} for x in l]
        out.append({"type": g["type"], "mode": [g.get("mode")], "pattern": "", "date": g.get("date"),
                    "actor": actors(g.get("actor", [])), "recipient": actors(g.get("recipient", [])),
                    "location": {"text": g.get("place")}, "aux": g.get("aux", []),
                    "attribution": {"text": g.get("attribution")}, "start": start, "end": end,
                    "dead": g.get("dead"), "injured": g.get("injured"), "arrested": g.get("arrested"),
                    "trigger": {"in": "headline" if in_headline else "body", "start": start, "end": end}})
    return out

def main():
    p = argparse.ArgumentParser()
    p.add_argument("--part", default="dev", choices=["dev", "kept"])
    p.add_argument("--show", type=int, default=0)
    p.add_argument("--prove", action="store_true")
    p.add_argument("command", nargs="*")
    o = p.parse_args()
    cases, known = {}, ontology()
    for path in sorted(glob.glob("tests/cases/wire/%s/*" % o.part)):
        gold = json.load(open(path + "/events.json"))
        cases[os.path.basename(path)] = gold, article(open(path + "/in.txt").read(), os.path.basename(path), gold["published"])
        check(os.path.basename(path), *cases[os.path.basename(path)], *known)
    if o.prove:
        answers = {c: proof(g, a) for c, (g, a) in cases.items()}
    else:
        text = "".join(json.dumps(a) + "\n" for _, a in cases.values())
        r = subprocess.run(o.command, input=text, capture_output=True, text=True)
        if r.returncode:
            sys.exit("%s: %s" % (" ".join(o.command), r.stderr[:500]))
        answers = {d["article"]["uri"]: d["events"] for d in map(json.loads, r.stdout.splitlines())}
    n, types, errors = collections.Counter(), collections.defaultdict(collections.Counter), []
    for case, (gold, a) in cases.items():
        score(case, gold, a, answers[case], n, types, errors)
    if o.part == "dev":
        for e in errors[:o.show]:
            print("%s: %s: %s: %s [%s]" % e)
    for t in sorted(types):
        print("%-12s gold %3d found with it %3d; said %3d, of the gold %3d" % (
            t, types[t]["gold"], types[t]["typed"], types[t]["said"], types[t]["matched"]))
    f1 = lambda right: 2 * right / (n["gold"] + n["said"])
    rate = lambda k: "%s=%.3f" % (k, n[k] / n[k + " of"]) if n[k + " of"] else k + "=none"
    print(" ".join(rate(k) for k in ("actor", "recipient", "mode", "date", "place", "aux", "attribution",
                                     "dead", "injured", "arrested")), "trapped=%d/%d" % (n["trapped"], n["trap"]))
    print("events-wire part=%s found=%.3f typed=%.3f precision=%.3f type_f1=%.3f triple_f1=%.3f gold=%d said=%d" % (
        o.part, n["found"] / n["gold"], n["typed"] / n["gold"], n["matched"] / max(1, n["said"]),
        f1(n["typed"]), f1(n["triple"]), n["gold"], n["said"]))

main()
