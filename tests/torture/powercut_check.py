#!/usr/bin/env python3
"""What powercut.h says, without newswire: what was not synced may be as before, what was synced stays.

Each fact is a program of its own under the shim, killed where it ends, and then the power cut, with
one seed after the other: each end that is said here is found, and no other.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("B", "build")
SEEDS = range(24)

BEGIN = """
import os, signal, sys
home = sys.argv[1]
def path(name): return home + "/" + name
def put(name, text, sync):
    f = os.open(path(name), os.O_WRONLY | os.O_CREAT)
    os.pwrite(f, text.encode(), 0)
    if sync: os.fsync(f)
    os.close(f)
def sync_directory():
    f = os.open(home, os.O_RDONLY)
    os.fsync(f)
    os.close(f)
"""
END = "\nos.kill(os.getpid(), signal.SIGKILL)\n"

RENAME = "put('f.tmp', 'new', True); os.rename(path('f.tmp'), path('f'))"

# What is done, and what f and f.tmp may hold after the cut; None: it is not there.
FACTS = {
    "a rename may be taken back":
        (RENAME, {("new", None), (None, "new")}),
    "what a rename replaced is there again":
        ("put('f', 'old', True); " + RENAME, {("new", None), ("old", "new")}),
    "so it is if the name for it is taken, by a process that had this pid":
        ("put('f', 'old', True)\n"
         "for i in range(3): put('unsynced/.saved-%d-%d' % (os.getpid(), i), 'of another', True)\n" + RENAME,
         {("new", None), ("old", "new")}),
    "a rename stays when its directory was synced":
        ("put('f', 'old', True); " + RENAME + "; sync_directory()", {("new", None)}),
    "a write may be taken back":
        ("put('f', 'old', True); put('f', 'new', False)", {("new", None), ("old", None)}),
    "a write stays when it was synced":
        ("put('f', 'old', True); put('f', 'new', True)", {("new", None)}),
}


def end(done, seed):
    with tempfile.TemporaryDirectory(prefix="powercut.") as home:
        home = pathlib.Path(home)
        (home / "unsynced").mkdir()
        env = dict(os.environ, LD_PRELOAD=str(BUILD / "tests/powercut.so"), POWERCUT_ROOT=str(home),
                   POWERCUT_DIR=str(home / "unsynced"))
        ended = subprocess.run([sys.executable, "-c", BEGIN + done + END, home], env=env, capture_output=True, text=True)
        if ended.returncode != -9:
            sys.exit("the program ended with %d: %s" % (ended.returncode, ended.stderr))
        subprocess.run([BUILD / "tests/powercut", home / "unsynced", str(seed)], check=True, capture_output=True)
        return tuple((home / n).read_text() if (home / n).exists() else None for n in ("f", "f.tmp"))


def main():
    bad = 0
    for name, (done, wanted) in FACTS.items():
        ends = {end(done, seed) for seed in SEEDS}
        if ends != wanted:
            print("FAILED: %s: f and f.tmp are %s" % (name, ends))
            bad += 1
    print("%d passed, %d failed" % (len(FACTS) - bad, bad))
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
