#!/bin/bash
# alert_channel_test.sh [TEST...]: newswire alert --channel, to receivers on the loopback that
# answer, hang, refuse and hang up.
set -uo pipefail
. "$(dirname "$0")/lib/facts.sh"
PUT=$(realpath "${PUT:-build/tests/put}")
export NEWSWIRE_NEWSWIRE_LEXICON=${NEWSWIRE_NEWSWIRE_LEXICON:-$PWD/lexicon}

# ---- words ----

started=()
stop_all() {
	[ ${#started[@]} = 0 ] || { kill -KILL "${started[@]}"; wait "${started[@]}"; } 2>/dev/null
	started=()
}
trap 'stop_all; clean' EXIT
topic() { "$TAP" --log "$NEWSWIRE_NEWSWIRE_STATE/log.db" "news.$1"; }
# An alert of this number for these channels: N CHANNELS [PRIORITY [HEADERS]].
alert() {
	local channels=\"${2//,/\",\"}\"
	printf '{"topic":"news.alerts","key":"floods/s%d","headers":%s,"value":{"id":"%032x","kind":"match","rule":"floods","priority":"%s","time":"2026-11-24T08:15:00Z","story":"s%d","uri":"u:%d","event":null,"headline":"Flood “%d” rises\\r\\nBcc: x@y","articles":2,"sources":2,"why":["first sight"],"channels":[%s],"repeated":false}}\n' \
		"$1" "${4:-"{}"}" "$1" "${3:-normal}" "$1" "$1" "$1" "$channels" |
		"$PUT" --log "$NEWSWIRE_NEWSWIRE_STATE/log.db" || fail "cannot send"
}
receiver() { # KIND NAME: sets $port
	mkdir "$dir/$2"
	: >"$dir/$2/got"
	tests/lib/receiver.py "$1" "$dir/$2" 2>"$dir/$2/log" &
	started+=($!)
	until_true test -s "$dir/$2/port"
	port=$(cat "$dir/$2/port")
}
mode() { echo "$2" >"$dir/$1/mode"; }
got() { # NAME EXPRESSION of g, the list of what came
	python3 -c 'import json, sys
g = [json.loads(line) for line in open(sys.argv[1])]
print(eval(sys.argv[2]))' "$dir/$1/got" "$2"
}
got_is() { [ "$(got "$1" "$2")" = "$3" ]; }
channel() { # NAME SETTINGS: a section
	printf '[channel %s]\n%b\n' "$1" "$2" >>"$dir/conf"
}
go() { # NAME: its worker, $worker
	"$NEWSWIRE" alert --channel "$1" --config "$dir/conf" >>"$dir/log.$1" 2>&1 &
	worker=$!
	started+=($worker)
}
end() { kill "-${2:-TERM}" "$1"; wait "$1" 2>/dev/null; }
statuses() { topic state | python3 -c '
import json, sys
last = {}
for line in sys.stdin:
    r = json.loads(line)
    if r["key"].startswith("effect/"):
        last[r["key"]] = r["value"] and r["value"]["status"]
print(*("%s=%s" % (k.split("/")[1] + "/" + k[-1], v) for k, v in sorted(last.items())))'; }
statuses_are() { [ "$(statuses)" = "$1" ]; }
valid() { topic state | tests/schemas_test.sh log >"$dir/valid" 2>&1 || { fail "not valid"; head -3 "$dir/valid"; }; }

begin() {
	stop_all
	export NEWSWIRE_NEWSWIRE_STATE=$dir/state
	mkdir "$dir/state"
	: >"$dir/conf"
	nw topics >/dev/null 2>&1 || fail "no topics"
}

# ---- facts ----

an_alert_is_one_signed_call() {
	receiver http hook
	channel desk "type = webhook\nurl = http://127.0.0.1:$port/x\nsecret = s3\nmin_priority = normal"
	go desk
	alert 1 desk
	alert 2 other
	alert 3 other,desk
	alert 4 desk low
	alert 5 desk high '{"nw-replay": "r1"}'
	alert 6 desk high
	until_true got_is hook 'len(g)' 3
	is "the keys" "$(got hook '" ".join(x["key"][-1] for x in g)')" "1 3 6"
	is "the body" "$(got hook 'json.loads(g[0]["body"])["headline"]')" "$(printf 'Flood “1” rises\r\nBcc: x@y')"
	is "the signature" "$(got hook '__import__("hmac").new(b"s3", (g[0]["signature"][2:].split(",")[0] + "." + g[0]["body"]).encode(), "sha256").hexdigest() == g[0]["signature"].split("v1=")[1]')" True
	until_true statuses_are "desk/1=done desk/3=done desk/6=done"
	end $worker
	is "the status" $? 0
	go desk
	alert 7 desk
	until_true got_is hook 'len(g)' 4
	valid
}

a_chat_gets_words() {
	receiver http hook
	channel slack "type = webhook\nformat = slack\nurl = http://127.0.0.1:$port/"
	channel own "type = webhook\nformat = template\ntemplate = {\"t\": \"%{rule}|%{headline}|%{why}\"}\nurl = http://127.0.0.1:$port/"
	go slack
	alert 1 slack
	until_true got_is hook 'len(g)' 1
	is "the message" "$(got hook 'json.loads(g[0]["body"])["text"].splitlines()[0]')" '[normal] floods: Flood “1” rises'
	go own
	alert 2 own
	until_true got_is hook 'len(g)' 2
	is "the other" "$(got hook 'json.loads(g[1]["body"])["t"].split("|")[2]')" 'first sight'
}

one_that_fails_is_tried_again_and_holds_up_no_other() {
	receiver http bad
	channel bad "type = webhook\nurl = http://127.0.0.1:$port/\ntimeout_ms = 500"
	mode bad hang
	receiver http good
	channel good "type = webhook\nurl = http://127.0.0.1:$port/"
	go bad
	go good
	alert 1 bad,good
	alert 2 good,bad
	until_true got_is good 'len(g)' 2
	until_true got_is bad 'len(g) > 1' True
	mode bad 500
	until_true got_is bad '[x["mode"] for x in g].count("500") > 1' True
	mode bad 200
	until_true got_is bad 'sorted(x["key"][-1] for x in g if x["mode"] == "200")' "['1', '2']"
	until_true statuses_are "bad/1=done bad/2=done good/1=done good/2=done"
	says "the log" "$(cat "$dir/log.bad")" 'the webhook answered 500'
}

one_that_keeps_failing_is_left_alone() {
	receiver http hook
	channel desk "type = webhook\nurl = http://127.0.0.1:$port/\nrest_ms = 3600000"
	mode hook 503
	go desk
	alert 1 desk
	until_true grep -q 'has failed 5 times in a row' "$dir/log.desk"
	is "the calls" "$(got hook 'len(g)')" 5
}

what_is_refused_is_set_aside_and_may_be_sent_again() {
	receiver http hook
	channel desk "type = webhook\nurl = http://127.0.0.1:$port/"
	mode hook 400
	go desk
	alert 1 desk
	until_true statuses_are "desk/1=refused"
	is "dead letters" "$(topic deadletter | wc -l)" 1
	mode hook 200
	alert 2 desk
	until_true got_is hook 'len(g)' 2
	nw dlq retry --all >"$dir/retry" 2>&1 || fail "$(cat "$dir/retry")"
	until_true got_is hook '[x["key"][-1] for x in g]' "['1', '2', '1']"
	until_true statuses_are "desk/1=done desk/2=done"
}

killed_while_it_calls_it_calls_with_the_same_key() {
	receiver http hook
	channel desk "type = webhook\nurl = http://127.0.0.1:$port/"
	mode hook hang
	go desk
	alert 1 desk
	until_true got_is hook 'len(g)' 1
	is "what is stated" "$(statuses)" "desk/1=intent"
	end $worker KILL
	mode hook 200
	go desk
	until_true got_is hook 'len(g)' 2
	is "the keys" "$(got hook 'len({x["key"] for x in g})')" 1
	until_true statuses_are "desk/1=done"
}

a_mail_has_its_words_and_no_header_of_others() {
	receiver smtp box
	channel mail "server = smtp://127.0.0.1:$port\nfrom = wire@example.org\nto = a@example.org, b@example.org"
	go mail
	alert 1 mail
	until_true got_is box 'len(g)' 1
	is "to whom" "$(got box 'g[0]["to"]')" "['a@example.org', 'b@example.org']"
	is "the subject" "$(got box '" ".join(g[0]["subject"].split())')" '[normal] floods: Flood “1” rises Bcc: x@y'
	is "its id" "$(got box 'g[0]["id"]')" '<00000000000000000000000000000001@example.org>'
	says "the text" "$(got box 'g[0]["text"]')" 'articles: 2, sources: 2'
	mode box 450
	alert 2 mail
	until_true got_is box 'len(g) > 2' True
	mode box ok
	until_true statuses_are "mail/1=done mail/2=done"
	mode box 550
	alert 3 mail
	until_true statuses_are "mail/1=done mail/2=done mail/3=refused"
}

a_mail_that_may_have_left_is_held_or_sent_with_a_word_of_it() {
	receiver smtp box
	channel hold "type = mail\nserver = smtp://127.0.0.1:$port\nfrom = w@e.org\nto = a@e.org\non_unknown = hold"
	channel resend "type = mail\nserver = smtp://127.0.0.1:$port\nfrom = w@e.org\nto = a@e.org"
	mode box drop
	go hold
	alert 1 hold
	until_true statuses_are "hold/1=held"
	is "the mails" "$(got box 'len(g)')" 1
	go resend
	alert 2 resend
	until_true got_is box 'len(g) > 1' True
	mode box ok
	until_true statuses_are "hold/1=held resend/2=done"
	is "the last" "$(got box 'g[-1]["subject"][:19]')" "(possibly repeated)"
}

a_command_gets_the_alert_and_says_what_came_of_it() {
	printf 'cat >>%s; echo "$NEWSWIRE_ALERT_ID $NEWSWIRE_ALERT_REPEATED" >>%s; exit $(cat %s)\n' "$dir/lines" "$dir/ids" "$dir/status" >"$dir/ring.sh"
	channel ring "type = exec\ncommand = sh $dir/ring.sh\ntimeout_ms = 1000"
	: >"$dir/lines" >"$dir/ids"
	echo 0 >"$dir/status"
	go ring
	alert 1 ring
	until_true statuses_are "ring/1=done"
	is "the id" "$(cat "$dir/ids")" "00000000000000000000000000000001 0"
	is "the line" "$(python3 -c 'import json; print(json.load(open("'"$dir/lines"'"))["rule"])')" floods
	echo 75 >"$dir/status"
	alert 2 ring
	until_true sh -c '[ $(grep -c 02 "$0") -gt 1 ]' "$dir/ids"
	echo 0 >"$dir/status"
	until_true statuses_are "ring/1=done ring/2=done"
	grep -q ' 1' "$dir/ids" && fail "what was not taken counts as repeated"
	echo 3 >"$dir/status"
	alert 3 ring
	until_true statuses_are "ring/1=done ring/2=done ring/3=refused"
}

killed_while_a_command_runs_it_holds_the_alert_or_says_so() {
	channel hold "type = exec\ncommand = echo x >>$dir/hold; sleep 30\non_unknown = hold"
	channel again "type = exec\ncommand = echo \$NEWSWIRE_ALERT_REPEATED >>$dir/again; [ \$NEWSWIRE_ALERT_REPEATED = 1 ] || sleep 30"
	go hold
	alert 1 hold
	until_true test -s "$dir/hold"
	end $worker KILL
	go hold
	until_true statuses_are "hold/1=held"
	is "how often it ran" "$(wc -l <"$dir/hold")" 1
	go again
	alert 2 again
	until_true test -s "$dir/again"
	end $worker KILL
	go again
	until_true statuses_are "again/2=done hold/1=held"
	is "what it was told" "$(tr '\n' ' ' <"$dir/again")" "0 1 "
	valid
}

a_command_that_hangs_is_ended_with_all_that_it_started() {
	channel ring "type = exec\ncommand = sleep 987 & echo \$! >$dir/pid; wait\ntimeout_ms = 300\non_unknown = hold"
	go ring
	alert 1 ring
	until_true statuses_are "ring/1=held"
	until_true sh -c '! kill -0 $(cat "$0")' "$dir/pid"
}

what_cannot_be_is_said() {
	channel a "type = webhok"
	nw alert --channel a --config "$dir/conf" 2>"$dir/said"
	is "the status" $? 2
	says "a type" "$(cat "$dir/said")" "did you mean 'webhook'"
	: >"$dir/conf"
	channel desk "type = webhook\nurl = http://127.0.0.1/\nformat = template\ntemplate = {\"t\": \"%{headlin}\"}"
	nw alert --channel desk --config "$dir/conf" 2>"$dir/said"
	says "a word" "$(cat "$dir/said")" "[channel desk]: template: no %{headlin}; there are message, "
	nw alert --channel dsk --config "$dir/conf" 2>"$dir/said"
	says "a name" "$(cat "$dir/said")" "no channel 'dsk'; did you mean 'desk'"
	printf '[r]\nwords = x\nchannel = dsk\n' >"$dir/rules"
	nw alert --rules "$dir/rules" --config "$dir/conf" 2>"$dir/said"
	is "the status" $? 2
	says "a rule's channel" "$(cat "$dir/said")" "rules:1: [r]: no channel 'dsk'; did you mean 'desk'"
}

facts
