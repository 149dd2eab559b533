#!/bin/bash
# Who acts: the tables of names, what they refuse, a newsroom's own, and how often they are right.
set -uo pipefail
here=$PWD
. "$(dirname "$0")/lib/facts.sh"

own() { # a newsroom's copy of the lexicon
	cp -r "$here/lexicon" "$dir/own"
	export NEWSWIRE_NEWSWIRE_LEXICON=$dir/own
}
row() { printf '%b\n' "$2" >>"$dir/own/$1"; }
local_row() { # KIND NAME COUNTRY SECTORS FROM TO ALIASES
	[ -e "$dir/own/actors.local" ] || printf 'kind\tname\tcountry\tsectors\tfrom\tto\taliases\n' >"$dir/own/actors.local"
	row actors.local "$1"
}
actors() { # DATE TEXT: country/sectors of the first event's actor and recipient
	printf '%s\n' "$2" >"$dir/a.txt"
	nw extract --published "$1" "$dir/a.txt" |
		jq -r '.events[0] | [(.actor, .recipient)[0] | "\(.country)/\(.sector | join("+"))"] | join(" ")'
}
refused() { # TABLE ROW WHAT: the row, added at the end, is refused with its line and this
	own
	row "$1" "$2"
	nw lexicon check >"$dir/said" 2>&1
	is "the status" $? 2
	says "the place and the reason" "$(cat "$dir/said")" "$1:$(wc -l <"$dir/own/$1"): $3"
	rm -r "$dir/own"
}

an_organisation_is_read_with_care() {
	refused organisations.tsv 'Blue Lagoon Bank\tXYZ\tBUS\t\tgeneral\t2026-11' 'country: "XYZ" is no code'
	refused organisations.tsv 'Blue Lagoon Bank\tISL\tBUZ\t\tgeneral\t2026-11' 'sectors: BUZ is no sector'
	refused organisations.tsv '\tISL\tBUS\tBlue Lagoon\tgeneral\t2026-11' 'name: a row has a name'
	refused organisations.tsv 'Microsoft\tUSA\tBUS\t\tgeneral\t2026-11' 'name: Microsoft of USA has a row already'
}

a_leader_is_read_with_care() {
	local of='Anna Beispiel\tISL\tPresident'
	refused leaders.tsv "$of\tGOV\t2020-13\t\t\tgeneral\t2026-11" 'from: no date'
	refused leaders.tsv "$of\tGOV\t2020-02-30\t\t\tgeneral\t2026-11" 'from: no date'
	refused leaders.tsv "$of\tGOV\t2020 or so\t\t\tgeneral\t2026-11" 'from: no date'
	refused leaders.tsv "$of\tGOV\t2020\t2019\t\tgeneral\t2026-11" 'to: before the term began'
	refused leaders.tsv "$of\t\t2020\t2021\t\tgeneral\t2026-11" 'sectors: a term has a sector'
	refused leaders.tsv "$of\tKING\t2020\t2021\t\tgeneral\t2026-11" 'sectors: KING is no sector'
	refused leaders.tsv 'Anna Beispiel\tICE\tPresident\tGOV\t2020\t\t\tgeneral\t2026-11' 'country: "ICE" is no code'
	refused leaders.tsv "$of\tGOV\t2010\t2014\t\tgeneral\t2026-11\n$of\tGOV\t2014\t2018\t\tgeneral\t2026-11" \
		'from: it runs into the term of line'
}

two_terms_may_meet_on_a_day() {
	own
	row leaders.tsv 'Anna Beispiel\tISL\tPresident\tGOV\t2010-08-01\t2014-08-01\t\tgeneral\t2026-11'
	row leaders.tsv 'Anna Beispiel\tISL\tPresident\tGOV\t2014-08-01\t\t\tgeneral\t2026-11'
	says "check" "$(nw lexicon check)" "all tables are whole"
}

places_and_countries_are_read_with_care() {
	refused places.tsv 'Nowhere Palace\tseat\tNOW\t\t\t' 'country: "NOW" is no code'
	refused places.tsv 'Kremlin\tseat\tRUS\t\t\t' 'name: Kremlin has a row already'
	refused countries.tsv 'Nowhereland\tFRA\t\t\t\t' "country: FRA is another country's"
}

a_newsroom_adds_an_actor_without_a_compiler() {
	own
	is "before" "$(actors 2025-05-05 'Blue Lagoon Skyr criticised Zorbland Herning.')" "null/ null/"
	local_row 'organisation\tBlue Lagoon Skyr\tISL\tBUS\t\t\tBLS'
	local_row 'person\tZorbland Herning\tDNK\tLEG\t2020\t2024-06\tHerning'
	is "while in office" "$(actors 2023-05-05 'Blue Lagoon Skyr criticised Zorbland Herning.')" "ISL/BUS DNK/LEG"
	is "after it" "$(actors 2025-05-05 'Zorbland Herning criticised Blue Lagoon Skyr.')" "DNK/ELI ISL/BUS"
	local_row 'organisation\tMicrosoft\tISL\tEDU\t\t\t'
	says "check" "$(nw lexicon check)" "all tables are whole"
}

a_newsroom_knows_better_than_we() {
	own
	is "ours" "$(actors 2025-05-05 'Gazprom criticised Denmark.')" "RUS/BUS DNK/GOV"
	local_row 'organisation\tGazprom\tRUS\tGOV BUS\t\t\t'
	is "theirs" "$(actors 2025-05-05 'Gazprom criticised Denmark.')" "RUS/GOV+BUS DNK/GOV"
}

its_own_table_is_read_with_care() {
	printf 'kind\tname\tcountry\tsectors\tfrom\tto\taliases\n' >"$dir/head"
	for wrong in \
		'club\tBlue Lagoon\tISL\tCVL\t\t\t|kind: "club" is not person or organisation' \
		'organisation\tBlue Lagoon\tISL\tBUS\t2020\t\t|from: dates are a person'"'"'s' \
		'person\tAnna Beispiel\tISL\t\t\t\t|sectors: a person has a sector' \
		'person\tAnna Beispiel\tISL\tGOV\t2020\t2019\t|to: before the term began' \
		'person\t\tISL\tGOV\t\t\t|name: a row has a name' \
		'person\tAnna Beispiel\tICE\tGOV\t\t\t|country: "ICE" is no code'; do
		own
		local_row "${wrong%|*}"
		nw lexicon check >"$dir/said" 2>&1
		is "the status" $? 2
		says "the place and the reason" "$(cat "$dir/said")" "actors.local:2: ${wrong##*|}"
		rm -r "$dir/own"
	done
}

a_name_of_many_countries_is_of_the_one_spoken_of() {
	export NEWSWIRE_NEWSWIRE_LEXICON=$here/lexicon
	is "of India" "$(actors 2025-05-05 'The Supreme Court in New Delhi criticised Maharashtra. India waits.')" "IND/JUD IND/"
	is "of none: ours" "$(actors 2025-05-05 'The Supreme Court criticised Microsoft.')" "USA/JUD USA/BUS"
}

a_word_is_no_name_where_nothing_speaks_of_its_country() {
	export NEWSWIRE_NEWSWIRE_LEXICON=$here/lexicon
	printf 'The firm said its PPP with the Garda lake ferry was off.\n' >"$dir/a.txt"
	is "ids" "$(nw extract --published 2025-05-05 "$dir/a.txt" | jq -r '[.entities[].id | select(. != null)] | join(" ")')" ""
	printf 'In Pakistan the PPP criticised the army.\n' >"$dir/a.txt"
	says "ids" "$(nw extract --published 2025-05-05 "$dir/a.txt" | jq -r '[.entities[].id | select(. != null)] | join(" ")')" \
		"organisation/pakistan-peoples-party"
}

actors_of_the_world_are_known() {
	export NEWSWIRE_NEWSWIRE_LEXICON=$here/lexicon
	python3 "$here/tests/lib/score_actors.py" --part dev --min 0.72 -- "$NEWSWIRE" extract - ||
		fail "score_actors.py --part dev is below 0.72"
}

begin() { :; }
facts
