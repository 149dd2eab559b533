#!/bin/sh
# bare_root.sh [ROOT]: an empty Debian 12, nothing in it but apt; there what the README says, with
# the time of each step.  As root, with mmdebstrap installed; ROOT (about 1.5 GB) is left for a
# second look and used again if it is there.  Not part of `make check`: it needs the network.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
root=${1:-$(mktemp -d)}
log=$(mktemp)
sources=/etc/apt/sources.list.d/debian.sources

# A mount namespace of its own: nothing stays mounted and no process survives.
if [ "${INSIDE:-}" != yes ]; then
	exec env INSIDE=yes unshare --mount --pid --fork --kill-child "$0" "$root"
fi

step() {
	name=$1; shift
	start=$(date +%s)
	if "$@" >"$log" 2>&1; then end=; else end=" FAILED" lines=40; fi
	tail -n "${lines:-1}" "$log"
	echo "== $name: $(($(date +%s) - start)) s$end"
	[ -z "$end" ]
}
# USER is unset and HOME is bare, as in a container.
inside() { chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c "$1"; }

[ -f $sources ] || sources=
[ -e "$root/usr/bin/apt-get" ] ||
	lines=0 step "an empty Debian 12" mmdebstrap --variant=apt bookworm "$root" $sources
# The way to the network is this machine's: names, and certificates of its own (of a proxy).
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
mkdir -p "$root/usr/local/share/ca-certificates"
for c in /usr/local/share/ca-certificates/*.crt; do
	if [ -e "$c" ]; then cp "$c" "$root/usr/local/share/ca-certificates/"; fi
done
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
rm -rf "$root/srv/newswire.git" "$root/root/newswire"
git clone -q --bare "$here" "$root/srv/newswire.git"

lines=0 step "apt-get install make git" inside "apt-get update && apt-get install -y make git"
inside "git clone -q /srv/newswire.git /root/newswire"
for try in first second; do
	lines=40 step "make demo, $try time" inside "cd /root/newswire && make demo" || exit 1
done
for try in first second; do
	lines=5 step "make check, $try time" inside "cd /root/newswire && make check" || exit 1
done
rm -f "$log"
echo "all of it in $root"
