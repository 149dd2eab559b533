#!/usr/bin/env python3
"""validate.py SCHEMA [FILE...]: every line (of stdin, of files, gzipped ones too) is a valid record; so is all of a
file named .json.

SCHEMA is a file, or the name of one in schemas/: article, enriched, event, story, alert, ledger, state, deadletter; `log`
takes lines of the log, as the JSON Lines sink and tap write them, each by its topic.  What a schema cannot say is
checked as well: no member twice, no half surrogates, and the text of every span of an enriched record is what stands
at its offsets.
Says FILE:LINE and why for each bad line, then how many were valid.  Exits 1 if one was not, or if there was none.
"""
import gzip
import json
import pathlib
import sys

import jsonschema

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "schemas"
TOPICS = {"articles": "article", "enriched": "enriched", "events": "event", "stories": "story", "alerts": "alert", "ledger": "ledger",
          "state": "state", "deadletter": "deadletter"}
# Beside a reference these ask nothing of a value; all other members count, as well as what is referred to.
SAYS_NOTHING = {"$comment", "$defs", "contentSchema", "default", "deprecated", "description", "examples", "title"}


def compile_schema(path):
    """References are put in place, since following them costs most of the time; only a recursive one stays."""
    files, recursive = {}, {}

    def read(p):
        if p not in files:
            files[p] = json.loads(p.read_text(encoding="utf-8"))
        return files[p]

    def follow(ref, p, within):
        name, _, pointer = ref.partition("#")
        target = p.parent / name if name else p
        if (target, pointer) in within:
            recursive[pointer.rsplit("/", 1)[1]] = (target, pointer)
            return {"$ref": "#/$defs/" + pointer.rsplit("/", 1)[1]}
        found = read(target)
        for part in pointer.split("/")[1:]:
            found = found[part]
        return inline(found, target, within | {(target, pointer)})

    def inline(node, p, within):
        if isinstance(node, list):
            return [inline(n, p, within) for n in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node and isinstance(node["$ref"], str):
            found = follow(node["$ref"], p, within)
            beside = {k: inline(v, p, within) for k, v in node.items() if k not in SAYS_NOTHING | {"$ref"}}
            return dict(beside, allOf=[*beside.get("allOf", []), found]) if beside else found
        return {k: inline(v, p, within) for k, v in node.items() if k not in ("$defs", "contentSchema")}

    schema = inline(read(path), path, frozenset())
    defs = {}
    for name, (target, pointer) in recursive.items():
        found = files[target]
        for part in pointer.split("/")[1:]:
            found = found[part]
        defs[name] = inline(found, target, frozenset({(target, pointer)}))
    schema["$defs"] = defs
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def validator(name, known={}):
    if name not in known:
        path = pathlib.Path(name) if "." in name else SCHEMAS / (name + ".schema.json")
        known[name] = compile_schema(path.resolve())
    return known[name]


def once(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member twice")
    return members


def no_constant(name):
    raise ValueError(name + " is no JSON")


def load(line):
    value = json.loads(line, object_pairs_hook=once, parse_constant=no_constant)
    if b"\\ud" in line.lower():
        json.dumps(value, ensure_ascii=False).encode()  # raises on half a surrogate
    return value


def span_problems(value, texts, path):
    if isinstance(value, list):
        for i, item in enumerate(value):
            yield from span_problems(item, texts, "%s[%d]" % (path, i))
    elif isinstance(value, dict):
        if "in" in value and "start" in value:
            text, start, end = texts.get(value["in"], ""), value["start"], value["end"]
            if not 0 <= start < end <= len(text):
                yield "%s: [%d:%d] of a %s of %d" % (path, start, end, value["in"], len(text))
            elif value.get("text", text[start:end]) != text[start:end]:
                yield "%s: text is %r, at [%d:%d] stands %r" % (path, value["text"], start, end, text[start:end])
        for k, v in value.items():
            yield from span_problems(v, texts, path + "." + k)


def problems(value, name):
    check = validator(name)
    if not check.is_valid(value):
        error = jsonschema.exceptions.best_match(check.iter_errors(value))
        yield "%s: %s" % (error.json_path, error.message[:300])
    elif name in ("enriched", "story"):
        texts = {"body": value["article"].get("body_text", ""), "headline": value["article"].get("headline", "")}
        for part in ("events", "times", "quotes", "entities"):
            yield from span_problems(value[part], texts, part)
    elif name == "deadletter":
        history = json.loads(value["nw-dlq-history"])
        if not history or any(not {"at", "stage", "reason", "text"} <= set(h) for h in history):
            yield "nw-dlq-history: an attempt without at, stage, reason or text"


def log_problems(line):
    """A value without (a deletion in a compacted topic) is valid."""
    kind = TOPICS.get(line["topic"].rsplit(".", 1)[-1])
    if kind == "deadletter":
        headers = line["headers"]
        if isinstance(headers, list):
            headers = {h[0]: h[1] for h in headers}
        yield from problems(headers, kind)
    elif kind and line["value"] is not None:
        yield from problems(line["value"], kind)


def check_lines(lines, shown, name):
    good = bad = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = load(line)
            found = list(log_problems(value) if name == "log" else problems(value, name))
        except (ValueError, KeyError, TypeError) as e:
            found = ["%s: %s" % (type(e).__name__, e)]
        for problem in found:
            print("%s:%d: %s" % (shown, number, problem))
        good, bad = good + (not found), bad + bool(found)
    return good, bad


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    good = bad = 0
    for path in sys.argv[2:] or ["-"]:
        opener = gzip.open if path.endswith(".gz") else open
        with sys.stdin.buffer if path == "-" else opener(path, "rb") as lines:
            if path.endswith(".json"):
                lines = [lines.read()]
            g, b = check_lines(lines, "stdin" if path == "-" else path, sys.argv[1])
        good, bad = good + g, bad + b
    print("%d valid, %d not" % (good, bad))
    sys.exit(1 if bad or not good else 0)


if __name__ == "__main__":
    main()
