#!/usr/bin/env python3
"""score_stories.py [--part dev|kept] [--show [--really]] [--prove | --tfidf T | -- CMD...]

How well CMD groups the articles of tests/cases/story (its README says what one story is) and
tells copies and versions:

    score_stories.py --part dev --show -- 'build/newswire extract - | build/newswire story -'

CMD is sent one ninjs article a line, in the order of time, and prints a record for each with
`story.id`, `story.version_of` and `story.copy_of` (schemas/story.schema.json). Several words are a
program and its arguments, one is given to the shell. What is stated of an article again counts as
it was stated last.

B-cubed is taken over articles: the versions of one uri are one, since none can lose its own uri.
An article without an answer stands alone. A copy is told where `copy_of` names an article of the
same text, a version where `version_of` is URI#VERSION of the text that it replaces.

--show prints the pairs that are wrong; of the kept part only with --really, since a set that was
looked into is kept no longer. --prove takes the gold for the answer. --tfidf T groups in one pass
by the cosine of word counts, the plain method that a better one has to beat.
"""
import argparse, collections, csv, hashlib, itertools, json, math, os, re, subprocess, sys

COPIED = 0.7  # of a copy's runs of four words stand in the text it was made of
WRITTEN = 0.3  # at most, of a text that somebody wrote anew

class Text:
    """One file: a version of an article."""
    def __init__(self, folder, row, before):
        self.__dict__.update(row)
        self.kind, _, self.base = self.relation.partition(":")
        if self.kind not in ("first", "other", "version", "copy") or \
                (self.kind in ("version", "copy")) != bool(self.base):
            sys.exit("stories.tsv: %s: %r is no relation" % (self.file, self.relation))
        if self.base and self.base not in before:
            sys.exit("stories.tsv: %s: no text %r before it" % (self.file, self.base))
        self.of = before.get(self.base)
        again = self.kind == "version"
        self.version = self.of.version + 1 if again else 1
        self.uri = self.of.uri if again else \
            "urn:newswire:" + hashlib.sha256(self.file.encode()).hexdigest()[:16]
        with open(os.path.join(folder, self.file), encoding="utf-8") as f:
            self.headline, *paragraphs = [p.strip() for p in f.read().strip().split("\n\n")]
        self.byline = paragraphs.pop(0) if paragraphs[0].startswith("By ") else None
        self.body = "\n".join(paragraphs)

    def article(self):
        a = {"uri": self.uri, "type": "text", "version": str(self.version), "pubstatus": "usable",
             "versioncreated": self.published, "language": "en", "headline": self.headline,
             "infosource": [{"name": self.source}], "body_text": self.body}
        return dict(a, byline=self.byline) if self.byline else a

    def root(self):
        """The uri whose text this is."""
        return self.of.root() if self.kind == "copy" else self.uri

    def gold(self):
        return {"id": self.occurrence,
                "version_of": "%s#%d" % (self.uri, self.version - 1) if self.kind == "version" else None,
                "copy_of": self.of.uri if self.kind == "copy" else None}

def read(folder):
    with open(os.path.join(folder, "stories.tsv"), encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
    texts = {}
    for row in rows:
        texts[row["file"]] = Text(folder, row, texts)
    return list(texts.values())

# ---- is the set what it says it is ----------------------------------------------------------------

def shingles(text):
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i:i + 4]) for i in range(len(words) - 3)}

def shared(a, b):
    """The share of a's runs of four words that stand in b too."""
    a, b = shingles(a.body), shingles(b.body)
    return len(a & b) / len(a)

def faults(folder, texts):
    """What is wrong with the set; a score on a wrong set says nothing."""
    listed, there = {t.file for t in texts}, {f for f in os.listdir(folder) if f.endswith(".txt")}
    yield from ("%s: not in stories.tsv" % f for f in there - listed)
    if [t.published for t in texts] != sorted(t.published for t in texts):
        yield "not in the order of time"
    begun = set()
    for t in texts:
        if (t.kind == "first") == (t.occurrence in begun):
            yield "%s: is it the first of %s?" % (t.file, t.occurrence)
        begun.add(t.occurrence)
        if t.of and t.of.occurrence != t.occurrence:
            yield "%s: of another occurrence than %s" % (t.file, t.base)
        if t.kind == "version" and t.of.source != t.source or t.kind == "copy" and t.of.source == t.source:
            yield "%s: %s by %s?" % (t.file, t.kind, t.source)
        if t.kind == "copy" and shared(t, t.of) < COPIED:
            yield "%s: too little of %s for a copy" % (t.file, t.base)
    for a, b in itertools.combinations(texts, 2):
        if a.occurrence == b.occurrence and a.root() != b.root() and max(shared(a, b), shared(b, a)) > WRITTEN:
            yield "%s: is it a copy of %s?" % (b.file, a.file)
    superseded = collections.Counter(t.base for t in texts if t.kind == "version")
    yield from ("%s: has two next versions" % f for f, n in superseded.items() if n > 1)

# ---- answers --------------------------------------------------------------------------------------

def ask(command, texts):
    """The records that the command prints."""
    feed = "".join(json.dumps(t.article()) + "\n" for t in texts)
    words = command[0] if len(command) == 1 else command
    try:
        r = subprocess.run(words, shell=len(command) == 1, input=feed, capture_output=True, text=True)
    except OSError as e:
        sys.exit("score_stories.py: cannot run %s: %s" % (command[0], e.strerror))
    if r.returncode:
        sys.exit("%s: status %d: %s" % (" ".join(command), r.returncode, r.stderr[-500:]))
    return [json.loads(line) for line in r.stdout.splitlines() if line.strip()]

def one_pass(texts, threshold):
    """The records of grouping by the cosine to a story's summed words, idf learnt on the way."""
    seen, stories, n = collections.Counter(), [], 0
    for t in texts:
        words = collections.Counter(re.findall(r"[^\W_]+", (t.headline + " " + t.body).lower()))
        seen.update(words.keys())
        n += 1
        weight = lambda c: {w: (1 + math.log(k)) * math.log((n + 1) / seen[w]) for w, k in c.items()}
        length = lambda v: math.sqrt(sum(x * x for x in v.values())) or 1.0
        mine, best, at = weight(words), threshold, None
        for i, counts in enumerate(stories):
            theirs = weight(counts)
            near = sum(x * theirs.get(w, 0) for w, x in mine.items()) / length(mine) / length(theirs)
            if near >= best:
                best, at = near, i
        if at is None:
            at = len(stories)
            stories.append(collections.Counter())
        stories[at].update(words)
        yield {"article": t.article(), "story": {"id": str(at)}}

def last_stated(texts, records):
    """{uri: story id}, {(uri, version): story}; later lines over earlier ones."""
    uris, ids, told = {t.uri for t in texts}, {}, {}
    for r in records:
        uri, story = r["article"]["uri"], r.get("story") or {}
        if uri not in uris:
            sys.exit("the command speaks of %s, which it was not sent" % uri)
        ids[uri] = story.get("id")
        told[uri, int(r["article"]["version"])] = story
    return ids, told

# ---- scores ---------------------------------------------------------------------------------------

def bcubed(gold, said):
    """Precision and recall; both map an article to its group."""
    both = collections.Counter((gold[u], said[u]) for u in gold)
    g, s = collections.Counter(gold.values()), collections.Counter(said.values())
    return (sum(c * c / s[b] for (_, b), c in both.items()) / len(gold),
            sum(c * c / g[a] for (a, _), c in both.items()) / len(gold))

def relations(texts, told):
    """{copy, version: (told, right, gold)} and what is wrong."""
    out, wrong, roots = {}, [], {t.uri: t.root() for t in texts}
    for kind in ("copy", "version"):
        n = collections.Counter()
        for t in texts:
            says = told.get((t.uri, t.version), {}).get(kind + "_of")
            if kind == "copy":
                right = says is not None and t.kind == kind and says != t.uri and roots.get(says) == t.root()
            else:
                right = says is not None and says == t.gold()["version_of"]
            n["told"] += says is not None
            n["right"] += right
            n["gold"] += t.kind == kind
            if not right and (says is not None or t.kind == kind):
                wrong.append("%s %s: said %s, is %s" % (kind, t.file, says, t.relation))
        out[kind] = n["told"], n["right"], n["gold"]
    return out, wrong

def wrong_pairs(texts, gold, said):
    names = {t.uri: t.file for t in reversed(texts)}
    for a, b in itertools.combinations(gold, 2):
        if (gold[a] == gold[b]) != (said[a] == said[b]):
            yield "%s %s %s [%s]" % ("parted" if gold[a] == gold[b] else "joined", names[a], names[b],
                                     " ".join(sorted({gold[a], gold[b]})))

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--part", default="dev", choices=["dev", "kept"])
    p.add_argument("--show", action="store_true")
    p.add_argument("--really", action="store_true")
    p.add_argument("--prove", action="store_true")
    p.add_argument("--tfidf", type=float, metavar="T")
    p.add_argument("command", nargs="*")
    o = p.parse_args()
    if o.show and o.part == "kept" and not o.really:
        p.error("the kept part is not shown; --really if it shall be one to learn from")
    if (o.tfidf is not None) + o.prove + bool(o.command) != 1:
        p.error("give one of --prove, --tfidf T, and -- and the command to score")
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cases", "story", o.part)
    texts = read(folder)
    bad = sorted(faults(folder, texts))
    if bad:
        sys.exit("\n".join(bad))
    if o.prove:
        records = ({"article": t.article(), "story": t.gold()} for t in texts)
    else:
        records = ask(o.command, texts) if o.command else one_pass(texts, o.tfidf)
    ids, told = last_stated(texts, records)
    gold = {t.uri: t.occurrence for t in texts}
    said = {u: ids.get(u) or "\0" + u for u in gold}
    related, wrong = relations(texts, told)
    if o.show:
        print("\n".join([*wrong_pairs(texts, gold, said), *wrong]))
    precision, recall = bcubed(gold, said)
    share = lambda a, b: a / b if b else 0.0
    print("texts %d, articles %d, occurrences %d, stories said %d, articles without an answer %d" % (
        len(texts), len(gold), len(set(gold.values())), len(set(said.values())),
        sum(not ids.get(u) for u in gold)))
    for kind, (n, right, of) in related.items():
        print("%-8s told %2d, right %2d, of %2d: precision %.3f recall %.3f" % (
            kind, n, right, of, share(right, n), share(right, of)))
    print("stories part=%s bcubed_f1=%.4f bcubed_p=%.4f bcubed_r=%.4f copies=%d/%d versions=%d/%d" % (
        o.part, share(2 * precision * recall, precision + recall), precision, recall,
        related["copy"][1], related["copy"][2], related["version"][1], related["version"][2]))

main()
