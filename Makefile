# newswire.  `make` builds, `make demo` shows, `make check` tests; DEV=1 makes warnings errors,
# SAN=address,undefined builds beside, CC=clang too.
comma := ,
B := build$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))$(if $(VALGRIND),/valgrind)$(if $(filter clang,$(CC)),/clang)
PREFIX ?= /usr/local
CFLAGS ?= -O2 -g
VERSION := 0.1.0
PKGS := rdkafka jansson zlib glib-2.0 sqlite3 libcrypto libmicrohttpd uchardet libutf8proc libpcre2-8 libpq libcurl libzstd
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
	-Wformat=2 -Wno-format-truncation -Wno-missing-field-initializers -Wvla -Wswitch-enum \
	$(if $(filter clang,$(CC)),-Wno-unknown-warning-option)
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
OURS = -std=c11 -D_GNU_SOURCE -pthread -Icommon -I. -MMD -MP $(WARN) $(if $(DEV),-Werror) \
	$(SANFLAGS) -DVERSION='"$(VERSION)"' -DDATADIR='"$(PREFIX)/share/newswire"' $(PKG_CFLAGS)
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS))
PKG_LIBS = $(shell pkg-config --libs $(PKGS)) -ljq -lm

COMMAND_SRC := $(filter-out commands/main.c,$(wildcard commands/*.c)) $(wildcard producers/*.c consumers/*.c)
GEN := command_list format_list section_list sink_list channel_list sqlite_steps sqlite_views postgres_steps postgres_views opensearch_template
LIB_SRC := $(wildcard common/*/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$B/%.o) $(GEN:%=$B/gen/%.o)
CMD_OBJ := $(COMMAND_SRC:%.c=$B/%.o)
UNIT := $(patsubst tests/unit/%.c,$B/tests/unit/%,$(wildcard tests/unit/*_test.c))
KAFKA := $(patsubst tests/kafka/%.c,$B/tests/kafka/%,$(wildcard tests/kafka/*_test.c))
STORES := $(patsubst tests/stores/%.c,$B/tests/stores/%,$(wildcard tests/stores/*_test.c))
FUZZ := $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
TESTLIB_OBJ := $(patsubst %.c,$B/%.o,$(filter-out $(addprefix tests/lib/,tap.c put.c c11threads.c),$(wildcard tests/lib/*.c)))

all: $B/newswire $B/libnewswire.a
$B/newswire $B/tests/tap $B/tests/put $(UNIT) $(KAFKA) $(STORES): $(if $(filter thread,$(SAN)),$B/tests/lib/c11threads.o)

$B/newswire: $B/commands/main.o $(CMD_OBJ) $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread $(LDFLAGS) -o $@ $^ $(PKG_LIBS)
	$(if $(filter build/%,$B),@ln -sfn "$(CURDIR)/lexicon" $B/../lexicon) # it looks there first

$B/libnewswire.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) qcs $@ $^

$B/%.o: %.c
	@mkdir -p $(@D)
	@echo "  cc $<"; $(CC) $(OURS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# Most of the time that reading a text takes is in the loops of these.
$B/common/language/net.o $B/common/language/matrix.o: CFLAGS += -O3

$B/gen/%.o: $B/gen/%.c
	@echo "  cc $<"; $(CC) $(OURS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# The folders too: a file that has gone must leave the list.
$B/gen/command_list.c: $(COMMAND_SRC) $(wildcard commands producers consumers) tools/family.sh Makefile
	@mkdir -p $(@D)
	tools/family.sh command command ops/command.h $(COMMAND_SRC) >$@.tmp && mv $@.tmp $@

# Left as it was when the sections are, so that a change elsewhere compiles nothing here.
$B/gen/section_list.c: commands/main.c $(COMMAND_SRC) $(LIB_SRC) tools/sections.sh
	@mkdir -p $(@D); tools/sections.sh $(filter %.c,$^) >$@.tmp
	@if cmp -s $@.tmp $@; then rm $@.tmp; else mv $@.tmp $@; fi

$B/gen/%_list.c: common/% tools/family.sh Makefile
	@mkdir -p $(@D)
	tools/family.sh $* $*_type $*/$*.h $(wildcard common/$*/$*_*.c) >$@.tmp && mv $@.tmp $@

# The SQL of a sink with tables: NAME_NN.sql, a step each, and the views, made anew after the last.
$B/gen/%_steps.c: $(wildcard common/sink/*_[0-9]*.sql) common/sink tools/text.sh
	@mkdir -p $(@D)
	tools/text.sh $*_steps $(wildcard common/sink/$*_[0-9]*.sql) >$@.tmp && mv $@.tmp $@
$B/gen/%_views.c: common/sink/words.sql common/sink/%_views.sql tools/text.sh
	@mkdir -p $(@D)
	tools/text.sh $*_views $(filter %.sql,$^) >$@.tmp && mv $@.tmp $@

$B/gen/%_template.c: common/sink/%.json tools/text.sh
	@mkdir -p $(@D)
	tools/text.sh $*_template $< >$@.tmp && mv $@.tmp $@

# Prints what is on a topic, and puts records there, for test scripts.
$B/tests/tap $B/tests/put: $B/tests/%: $B/tests/lib/%.o $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS)

$B/tests/lib/lib.a: $(TESTLIB_OBJ)
	@rm -f $@; $(AR) rcs $@ $^

$B/tests/unit/%: $B/tests/unit/%.o $B/tests/lib/lib.a $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS) -lcmocka
$B/tests/kafka/dlq_test $B/tests/kafka/copy_test: private LDFLAGS += \
	-Wl,--wrap=bus_begin,--wrap=bus_send,--wrap=bus_commit,--wrap=bus_place
$B/tests/kafka/bus_kafka_test: private LDFLAGS += \
	-Wl,--wrap=rd_kafka_assign,--wrap=rd_kafka_pause_partitions,--wrap=rd_kafka_resume_partitions
$B/tests/kafka/%: $B/tests/kafka/%.o $B/tests/lib/lib.a $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread $(LDFLAGS) -o $@ $^ $(PKG_LIBS) -lcmocka
$B/tests/stores/%: $B/tests/stores/%.o $B/tests/lib/lib.a $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS) -lcmocka

# A passed test leaves a stamp; nothing that has not changed runs again.
# $(call run,NAME,COMMAND); with SAN or VALGRIND=1 what any process of it does wrong fails it.
define run
	@mkdir -p $(@D); rm -f $@; echo "  test $1"
	@{ $(if $(SAN)$(VALGRIND),tests/lib/reports.sh $(@:.ok=.reports)) $2; } >$(@:.ok=.log) 2>&1 || \
		{ cat $(@:.ok=.log); echo "FAILED: $1"; exit 1; }
	@touch $@
endef
UNDER := $(if $(VALGRIND),valgrind)
PROGRAM := $B/$(if $(VALGRIND),under/)newswire
$B/under/newswire: $B/newswire
	@mkdir -p $(@D)
	@printf '#!/bin/sh\nexec valgrind "%s" "$$@"\n' "$(abspath $<)" >$@ && chmod +x $@

$B/%.ok: $B/%
	$(call run,$*,$(UNDER) $<)
SCRIPTS := $(patsubst %.sh,$B/%.ok,$(wildcard tests/*_test.sh))
$B/tests/%_test.ok: tests/%_test.sh $(PROGRAM) $B/tests/tap $B/tests/put
	$(call run,$<,env B=$B NEWSWIRE=$(PROGRAM) TAP=$B/tests/tap PUT=$B/tests/put $(if $(VALGRIND),DROP=20000) $<)

# What a test reads besides.
$(UNIT:=.ok) $(SCRIPTS): $(wildcard lexicon/*)
$B/tests/unit/event_cases_test.ok $B/tests/cases_test.ok: $(wildcard tests/cases/*/*/*)
$B/tests/schemas_test.ok: tests/lib/validate.py $(wildcard schemas/*.json schemas/examples/*.json schemas/examples/bad/*)
$B/tests/unit/examples_test.ok: $(wildcard schemas/examples/*.json)
$B/tests/actors_test.ok: tests/lib/score_actors.py $(wildcard tests/cases/actors/*)
$B/tests/docs_test.ok: $(wildcard docs/*) README.md $(wildcard demo/*)
$B/tests/fuzz/parse_fuzz.ok: lexicon/english.model
$B/tests/parse_test.ok: $(wildcard tests/cases/parse/*/*)
$B/tests/wire_test.ok: tests/lib/score_events.py $(wildcard tests/cases/wire/*/*/*)
$B/tests/story_cases_test.ok: tests/lib/score_stories.py $(wildcard tests/cases/story/*/*)
$B/tests/compose_test.ok: docker-compose.yml Dockerfile .dockerignore
$B/tests/watch_kafka_test.ok: tests/watch_test.sh
$B/tests/alert_worker_kafka_test.ok: tests/alert_worker_test.sh
$B/tests/alert_channel_test.ok: tests/lib/receiver.py

# Parts of a running line are killed and the disk forgets: short here, long in check-long.
$B/tests/powercut.so: tests/torture/powercut_so.c tests/torture/powercut.h
	@mkdir -p $(@D); $(CC) $(OURS) $(CPPFLAGS) $(CFLAGS) -shared -fPIC -o $@ $< -ldl
$B/tests/powercut: $B/tests/torture/powercut.o
	$(CC) -o $@ $^
$B/tests/powercut_check.ok: tests/torture/powercut_check.py $B/tests/powercut.so $B/tests/powercut
	$(call run,a disk that forgets,env B=$B python3 $<)
drill-log = --bus log --files 200 --kills 10
drill-kafka = --bus kafka --files 200 --kills 10
drill-cut = --bus log --files 200 --kills 0 --cuts 6
drill-long-log = --bus log --files 2000 --kills 50
drill-long-kafka = --bus kafka --files 2000 --kills 50
drill-long-cut = --bus log --files 2000 --kills 0 --cuts 40
replay-other = --records 5000 --kills 10
replay-same = --into same --records 5000 --kills 10
replay-archive = --into archive --records 5000 --kills 10
replay-kafka = --bus kafka --records 5000 --kills 5 --longest 1.5
replay-long-other = --records 50000 --kills 100
replay-long-same = --into same --records 50000 --kills 100
replay-long-archive = --into archive --records 50000 --kills 100
replay-long-kafka = --bus kafka --records 20000 --kills 50 --longest 1.5
replay-long-kafka-same = --bus kafka --into same --records 20000 --kills 50 --longest 1.5
$B/tests/replay-%.ok: tests/torture/replay_drill.py $B/newswire $B/tests/tap
	$(call run,drill of a replay $* $(replay-$*),env B=$B python3 $< $(replay-$*))
live-log = --live 200 --replayed 8000
live-kafka = --bus kafka --live 200 --replayed 3000
live-long-log = --live 20000 --replayed 200000 --rate 100 --most 2
live-long-kafka = --bus kafka --live 20000 --replayed 200000 --rate 100 --most 2
$B/tests/live-%.ok: tests/torture/live_drill.py $B/newswire $B/tests/tap
	$(call run,live drill $* $(live-$*),env B=$B python3 $< $(live-$*))
alert-log = --stories 200 --kills 20
alert-kafka = --bus kafka --stories 100 --kills 10
alert-channel = --channel --stories 100 --kills 10
alert-long-log = --channel --stories 2000 --kills 100
alert-long-kafka = --bus kafka --channel --stories 1000 --kills 50
$B/tests/alert-%.ok: tests/torture/alert_drill.py $B/newswire $B/tests/tap $B/tests/put
	$(call run,alert drill $* $(alert-$*),env B=$B python3 $< $(alert-$*))
$B/tests/drill-%.ok: tests/torture/drill.py $B/newswire $B/tests/tap $B/tests/powercut.so $B/tests/powercut
	$(call run,drill $* $(drill-$*),env B=$B python3 $< $(drill-$*))

story-log = --bus log
story-kafka = --bus kafka --articles 200 --kills 6
story-long-log = --bus log --articles 2000 --kills 100
story-long-kafka = --bus kafka --articles 2000 --kills 100
$B/tests/story-%.ok: tests/torture/story_drill.py tests/torture/live_drill.py $B/newswire $B/tests/tap
	$(call run,story drill $*,env B=$B python3 $< $(story-$*))

$B/tests/kills-kafka.ok: $B/tests/kafka/sink_kafka_test
	$(call run,a sink to Kafka killed 100 times,$< --kills 100)

# The corpus of each harness, with any compiler; `make fuzz` looks for more, with clang.
FUZZ_SECONDS ?= 120
$B/tests/fuzz/%_fuzz: $B/tests/fuzz/%_fuzz.o $B/tests/fuzz/replay.o $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS)
$B/tests/fuzz/%_fuzzer: $B/tests/fuzz/%_fuzz.o $B/libnewswire.a
	$(CC) $(SANFLAGS) -fsanitize=fuzzer -pthread -o $@ $^ $(PKG_LIBS)
.SECONDEXPANSION:
$B/tests/fuzz/%_fuzz.ok: $B/tests/fuzz/%_fuzz $$(wildcard tests/fuzz/corpus/$$*/*)
	$(call run,tests/fuzz/$*,$(UNDER) $< tests/fuzz/corpus/$*)
$B/found/%.ok: $B/tests/fuzz/%_fuzzer
	@mkdir -p $B/found/$*
	$(call run,fuzz $* for $(FUZZ_SECONDS) s,$< -max_total_time=$(FUZZ_SECONDS) -max_len=65536 \
		-print_final_stats=1 -artifact_prefix=$B/found/$*- $B/found/$* tests/fuzz/corpus/$* && \
		echo "1 passed$(comma) 0 failed")
	@echo "  fuzz $*:" $$(sed -n 's/^stat::number_of_executed_units: *//p' $(@:.ok=.log)) inputs
FUZZED = CC=clang SAN=fuzzer-no-link,address,undefined
fuzz:
	@rm -f build/san-fuzzer-no-link-address-undefined/clang/found/*.ok
	@$(MAKE) -s -k $(FUZZED) check-found

$B/tests/floor: $B/tests/bench/floor.o $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS)
$B/tests/copy: $B/tests/bench/copy.o $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS)
$B/tests/hops: $(patsubst %.c,$B/%.o,$(wildcard tests/bench/hops*.c)) $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS)
$B/tests/extract_bench $B/tests/parse_bench: $B/tests/%: $B/tests/bench/%.o $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS)
$B/tests/alert_bench $B/tests/story_bench: $B/tests/%: $B/tests/bench/%.o $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS)
$B/tests/sink_bench: $B/tests/bench/sink_bench.o $B/tests/bench/sink_bench_pg.o $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS)
bench: all $B/tests/floor $B/tests/copy $B/tests/hops $B/tests/extract_bench $B/tests/parse_bench $B/tests/alert_bench $B/tests/story_bench $B/tests/sink_bench $B/tests/tap
	tests/lib/kafka-jars.sh
	B=$B python3 tests/bench/bench.py $(BENCH)

# Groups of tests, by what they leave when they have passed: check-GROUP runs one.
unit := $(UNIT:=.ok)
kafka := $(KAFKA:=.ok)
stores := $(STORES:=.ok)
scripts := $(SCRIPTS)
fuzz := $(FUZZ:%=$B/tests/fuzz/%_fuzz.ok)
found := $(FUZZ:%=$B/found/%.ok)
drills := $(patsubst %,$B/tests/%.ok,powercut_check drill-log drill-kafka drill-cut story-log story-kafka \
	replay-other replay-same replay-archive replay-kafka live-log live-kafka alert-log alert-kafka alert-channel)
long-drills := $(patsubst %,$B/tests/%.ok,kills-kafka story-long-log story-long-kafka drill-long-log drill-long-kafka drill-long-cut \
	replay-long-other replay-long-same replay-long-archive replay-long-kafka replay-long-kafka-same \
	live-long-log live-long-kafka alert-long-log alert-long-kafka)
GROUPS := unit kafka stores scripts fuzz found drills long-drills
$(foreach g,$(GROUPS),$(eval check-$g: $$($g)))
$(GROUPS:%=list-%): list-%:
	@echo $($*)

# Parts of a check, each as make is called for it.  All are run, whatever fails; the end is one line.
# Two tests at a time: most of what a test of a broker does is to wait.
plain = -j2 all check-unit check-fuzz check-scripts check-kafka check-stores
short = -j2 check-drills
sane = -j2 SAN=address,undefined check-unit
clang = DEV=1 CC=clang all check-unit check-fuzz
address = SAN=address,undefined check-unit check-fuzz check-scripts check-kafka check-stores
thread = SAN=thread check-unit check-scripts check-kafka check-stores
valgrind = VALGRIND=1 check-unit check-fuzz check-scripts check-kafka check-stores
search = $(FUZZED) check-found
long = check-long-drills
parts = @s=0; $(foreach p,$1,$(if $(word 2,$1),echo "== $p: $($p)";) $(MAKE) -s -k $($p) || s=1;) \
	tools/summary.sh $$s $$($(foreach p,$1,$(MAKE) -s $(patsubst check-%,list-%,$(filter-out all -j2,$($p)));))

# Installs what the tests need, runs them all.
check:
	@tools/deps.sh test
	$(call parts,plain)
# What a change must pass, besides lint: .ci/run.
check-ci:
	$(call parts,plain short sane)
# By hand, some hours: each tool over the whole suite, clang, fuzzing, long drills.
check-long:
	@tools/deps.sh long
	$(call parts,plain clang address thread valgrind search long)

# The expected output of tests/cases and the table in the README, written anew: read the
# difference before it is committed.
cases-update: $B/newswire
	@NEWSWIRE=$B/newswire tests/cases_test.sh update
	@NEWSWIRE=$B/newswire tests/parse_test.sh update
	@NEWSWIRE=$B/newswire tests/docs_test.sh update

# The language core's model, made from UD English EWT with its names (UNER) and the tags and names of
# a part of the Groningen Meaning Bank, which are not part of the project; the tables of words come by pip.  `make model-check` says how well it does; docs/language.md has the method.
TREEBANKS ?= ../shared/data/treebanks
EWT = $(TREEBANKS)/ewt/en_ewt-ud
NAMES = $(TREEBANKS)/../ner
TAGGED ?= $(NAMES)/gmb/gmb.tsv.gz
TRAIN_SRC := $(wildcard tools/train*.c)
$B/tools/train: $(TRAIN_SRC) tools/train.h tools/train_net.h tools/gemm.h $B/libnewswire.a
	@mkdir -p $(@D)
	$(CC) $(OURS) -O3 -march=native -ffast-math -mrecip=none -o $@ $(TRAIN_SRC) $B/libnewswire.a $(PKG_LIBS)
$B/tools/model_check: $B/tools/model_check.o $B/tools/train_data.o $B/tools/train_copies.o $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS)
train: $B/tools/train
	tools/train_words.py $B/train
	$B/tools/train -t $B/train -T $(EWT)-train.conllu.gz -d $(EWT)-dev.conllu.gz -x $(TAGGED) -o lexicon/english.model \
		-n $(NAMES)/ewt/uner_ewt-train.jsonl.gz -N $(NAMES)/ewt/uner_ewt-dev.jsonl.gz \
		-n $(NAMES)/gmb/gmb-train.jsonl.gz -N $(NAMES)/gmb/gmb-dev.jsonl.gz
# The tables of newswire story; weights of story.tsv are printed, since dates and cuts stand there by hand.
STORIES = $(TREEBANKS)/../stories/ecbplus/ecbplus
$B/tools/story_weights: $B/tools/story_weights.o $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS)
train-story: $B/tools/story_weights
	(grep '^#\|^stem	per' lexicon/frequencies.tsv; $< frequencies $(wildcard $(TREEBANKS)/../times/tbaq/*.gz) \
		$(TREEBANKS)/../events/ngec/ngec-train.jsonl.gz) >$B/frequencies.tsv
	mv $B/frequencies.tsv lexicon
	$< weights $(STORIES)-full-train.jsonl.gz $(STORIES)-short-train.jsonl.gz
model-check: $B/tools/model_check
	$B/tools/model_check lexicon/english.model $(wildcard $(TREEBANKS)/*/*-dev.conllu.gz $(TREEBANKS)/*/*-test.conllu.gz)

lint:
	tools/layers.sh
	tools/headers.sh $(CC) $(OURS)
	tools/longest.sh

# Ten articles of our own through the whole line, on the embedded log; begins anew each time.
demo:
	@tools/deps.sh build
	@$(MAKE) -s -j$$(nproc) $B/newswire
	@rm -rf build/demo
	@$B/newswire run --once --quiet --state build/demo demo

MANDIR = $(PREFIX)/share/man
COMPLETIONS = $(PREFIX)/share/bash-completion/completions
DATA = $(PREFIX)/share/newswire
install: $B/newswire
	install -D -m 755 $B/newswire $(DESTDIR)$(PREFIX)/bin/newswire
	install -d $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man5
	install -m 644 docs/*.1 $(DESTDIR)$(MANDIR)/man1
	install -m 644 docs/*.5 $(DESTDIR)$(MANDIR)/man5
	install -D -m 644 docs/newswire.bash-completion $(DESTDIR)$(COMPLETIONS)/newswire
	for f in $$(find lexicon schemas -type f); do \
		install -D -m 644 $$f $(DESTDIR)$(DATA)/$$f || exit 1; done

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/newswire $(DESTDIR)$(COMPLETIONS)/newswire
	rm -f $(DESTDIR)$(MANDIR)/man1/newswire.1 $(DESTDIR)$(MANDIR)/man1/newswire-*.1
	rm -f $(DESTDIR)$(MANDIR)/man5/newswire.conf.5 $(DESTDIR)$(MANDIR)/man5/newswire-alert-rules.5
	rm -rf $(DESTDIR)$(DATA)

clean:
	rm -rf build

-include $(shell find $B -name '*.d' 2>/dev/null)
.PHONY: all bench demo train train-story model-check install uninstall cases-update check check-ci check-long $(GROUPS:%=check-%) $(GROUPS:%=list-%) fuzz lint clean
.SECONDARY:
