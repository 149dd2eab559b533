#!/bin/sh
# layers.sh: a folder of common/ uses itself and those before it in this list, never those after.
order="base time ops text record format language event story bus sink channel alert spool work replay"
bad=0
for f in common/*/*.[ch]; do
	d=${f#common/} d=${d%%/*}
	after=$(echo " $order " | sed "s/.* $d //")
	for x in $after; do
		grep -Hn "#include \"$x/" "$f" && bad=1
	done
done
grep -rln --include='*.[ch]' 'rdkafka.h' common commands producers consumers |
	grep -v '^common/bus/bus_kafka' && bad=1
grep -rn '#include "../consumers' producers && bad=1
exit $bad
