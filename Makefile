# newswire.  `make` builds, `make demo` shows, `make check` tests; DEV=1 makes warnings errors,
# SAN=address,undefined builds beside, CC=clang too.
comma := ,
B := build$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))$(if $(filter clang,$(CC)),/clang)
PREFIX ?= /usr/local
CFLAGS ?= -O2 -g
VERSION := 0.1.0
PKGS := rdkafka jansson zlib glib-2.0 sqlite3 libcrypto libmicrohttpd uchardet libutf8proc libpcre2-8 libpq libcurl
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
	-Wformat=2 -Wno-format-truncation -Wno-missing-field-initializers -Wvla -Wswitch-enum \
	$(if $(filter clang,$(CC)),-Wno-unknown-warning-option)
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
OURS = -std=c11 -D_GNU_SOURCE -pthread -Icommon -I. -MMD -MP $(WARN) $(if $(DEV),-Werror) \
	$(SANFLAGS) -DVERSION='"$(VERSION)"' -DDATADIR='"$(PREFIX)/share/newswire"' $(PKG_CFLAGS)
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS))
PKG_LIBS = $(shell pkg-config --libs $(PKGS)) -ljq -lm

COMMAND_SRC := $(filter-out commands/main.c,$(wildcard commands/*.c)) $(wildcard producers/*.c consumers/*.c)
GEN := command_list format_list section_list sink_list sqlite_steps sqlite_views postgres_steps postgres_views
LIB_SRC := $(wildcard common/*/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$B/%.o) $(GEN:%=$B/gen/%.o)
CMD_OBJ := $(COMMAND_SRC:%.c=$B/%.o)
UNIT := $(patsubst tests/unit/%.c,$B/tests/unit/%,$(wildcard tests/unit/*_test.c))
KAFKA := $(patsubst tests/kafka/%.c,$B/tests/kafka/%,$(wildcard tests/kafka/*_test.c))
STORES := $(patsubst tests/stores/%.c,$B/tests/stores/%,$(wildcard tests/stores/*_test.c))
FUZZ := $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
TESTLIB_OBJ := $(patsubst %.c,$B/%.o,$(filter-out tests/lib/tap.c tests/lib/put.c,$(wildcard tests/lib/*.c)))

all: $B/newswire $B/libnewswire.a

$B/newswire: $B/commands/main.o $(CMD_OBJ) $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$B/libnewswire.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) qcs $@ $^

$B/%.o: %.c
	@mkdir -p $(@D)
	@echo "  cc $<"; $(CC) $(OURS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

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
$B/gen/%_steps.c: $(wildcard common/sink/*_[0-9]*.sql) common/sink tools/sql.sh
	@mkdir -p $(@D)
	tools/sql.sh $*_steps $(wildcard common/sink/$*_[0-9]*.sql) >$@.tmp && mv $@.tmp $@
$B/gen/%_views.c: common/sink/words.sql common/sink/%_views.sql tools/sql.sh
	@mkdir -p $(@D)
	tools/sql.sh $*_views $(filter %.sql,$^) >$@.tmp && mv $@.tmp $@

# Prints what is on a topic, and puts records there, for test scripts.
$B/tests/tap $B/tests/put: $B/tests/%: $B/tests/lib/%.o $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS)

$B/tests/lib/lib.a: $(TESTLIB_OBJ)
	@rm -f $@; $(AR) rcs $@ $^

# A passed test leaves a stamp; nothing that has not changed runs again.
$B/tests/unit/%: $B/tests/unit/%.o $B/tests/lib/lib.a $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS) -lcmocka
$B/tests/kafka/dlq_test: private LDFLAGS += -Wl,--wrap=bus_begin,--wrap=bus_send,--wrap=bus_commit
$B/tests/kafka/%: $B/tests/kafka/%.o $B/tests/lib/lib.a $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread $(LDFLAGS) -o $@ $^ $(PKG_LIBS) -lcmocka
$B/tests/stores/%: $B/tests/stores/%.o $B/tests/lib/lib.a $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS) -lcmocka
$B/%.ok: $B/%
	@echo "  test $*"
	@$(TESTENV) $< >$<.log 2>&1 || { cat $<.log; echo "FAILED: $*"; exit 1; }
	@touch $@

check-unit: $(UNIT:=.ok)
check-kafka: $(KAFKA:=.ok)
check-stores: $(STORES:=.ok)
SCRIPTS := $(patsubst %.sh,$B/%.ok,$(wildcard tests/*_test.sh))
check-scripts: $(SCRIPTS)
$B/tests/%_test.ok: tests/%_test.sh $B/newswire $B/tests/tap $B/tests/put
	@mkdir -p $(@D); echo "  test tests/$*_test.sh"
	@NEWSWIRE=$B/newswire TAP=$B/tests/tap PUT=$B/tests/put $< >$(@:.ok=.log) 2>&1 || { cat $(@:.ok=.log); echo "FAILED: $<"; exit 1; }
	@touch $@
$B/tests/schemas_test.ok: tests/lib/validate.py $(wildcard schemas/*.json schemas/examples/*.json schemas/examples/bad/*)
$B/tests/unit/examples_test.ok: $(wildcard schemas/examples/*.json)
$B/tests/docs_test.ok: $(wildcard docs/*) README.md $(wildcard demo/* lexicon/*)
$B/tests/compose_test.ok: docker-compose.yml Dockerfile .dockerignore

# Parts of a running line are killed and the disk forgets: short here, long in check-long.
$B/tests/powercut.so: tests/torture/powercut_so.c tests/torture/powercut.h
	@mkdir -p $(@D); $(CC) $(OURS) $(CPPFLAGS) $(CFLAGS) -shared -fPIC -o $@ $< -ldl
$B/tests/powercut: $B/tests/torture/powercut.o
	$(CC) -o $@ $^
DRILL = B=$B python3 tests/torture/drill.py
DRILLS := log kafka cut
LONG_DRILLS := long-log long-kafka long-cut
REPLAY_DRILLS := other same archive kafka
LONG_REPLAY_DRILLS := long-other long-same long-archive long-kafka long-kafka-same
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
check-drills: $(DRILLS:%=$B/tests/drill-%.ok) $(REPLAY_DRILLS:%=$B/tests/replay-%.ok)
$B/tests/replay-%.ok: tests/torture/replay_drill.py $B/newswire $B/tests/tap
	@echo "  drill of a replay $* $(replay-$*)"
	@B=$B python3 $< $(replay-$*) >$(@:.ok=.log) 2>&1 || { cat $(@:.ok=.log); echo "FAILED: replay-$*"; exit 1; }
	@touch $@
$B/tests/drill-%.ok: tests/torture/drill.py $B/newswire $B/tests/tap $B/tests/powercut.so $B/tests/powercut
	@echo "  drill $* $(drill-$*)"
	@$(DRILL) $(drill-$*) >$(@:.ok=.log) 2>&1 || { cat $(@:.ok=.log); echo "FAILED: drill-$*"; exit 1; }
	@touch $@

# The corpus of each harness, with any compiler; `make fuzz` looks for more, with clang.
FUZZ_SECONDS ?= 60
$B/tests/fuzz/%_fuzz: $B/tests/fuzz/%_fuzz.o $B/tests/fuzz/replay.o $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS)
$B/tests/fuzz/%_fuzzer: $B/tests/fuzz/%_fuzz.o $B/libnewswire.a
	$(CC) $(SANFLAGS) -fsanitize=fuzzer -pthread -o $@ $^ $(PKG_LIBS)
.SECONDEXPANSION:
$B/tests/fuzz/%_fuzz.ok: $B/tests/fuzz/%_fuzz $$(wildcard tests/fuzz/corpus/$$*/*)
	@echo "  test tests/fuzz/$*"
	@$< tests/fuzz/corpus/$* >$<.log 2>&1 || { cat $<.log; echo "FAILED: fuzz $*"; exit 1; }
	@touch $@
check-fuzz: $(FUZZ:%=$B/tests/fuzz/%_fuzz.ok)
fuzz:
	@$(MAKE) -s CC=clang SAN=fuzzer-no-link,address,undefined run-fuzz
run-fuzz: $(FUZZ:%=$B/tests/fuzz/%_fuzzer)
	@for f in $(FUZZ); do \
		mkdir -p $B/found/$$f && \
		$B/tests/fuzz/$${f}_fuzzer -max_total_time=$(FUZZ_SECONDS) -max_len=65536 -print_final_stats=1 \
			-artifact_prefix=$B/found/$$f- $B/found/$$f tests/fuzz/corpus/$$f >$B/found/$$f.log 2>&1 || \
			{ tail -60 $B/found/$$f.log; echo "FAILED: fuzz $$f"; exit 1; }; \
		echo "  fuzz $$f:" $$(sed -n 's/^stat::number_of_executed_units: *//p' $B/found/$$f.log) inputs; \
	done

$B/tests/floor: $B/tests/bench/floor.o $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS)
$B/tests/extract_bench: $B/tests/bench/extract_bench.o $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS)
$B/tests/sink_bench: $B/tests/bench/sink_bench.o $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS)
bench: all $B/tests/floor $B/tests/extract_bench $B/tests/sink_bench $B/tests/tap
	tests/lib/kafka-jars.sh
	B=$B python3 tests/bench/bench.py $(BENCH)

# Installs what the tests need, runs them all, and ends in one line.
check:
	@tools/deps.sh test
	@$(MAKE) -s -k all check-unit check-fuzz check-scripts check-kafka check-stores; s=$$?; tools/summary.sh $B/tests && exit $$s

# By hand, an hour or so: threads, valgrind, clang, fuzzing, long drills.
FUZZ_SECONDS ?= 300
check-long: check
	@tools/deps.sh long
	@$(MAKE) -s -k DEV=1 CC=clang all check-unit
	@$(MAKE) -s -k SAN=thread check-unit
	@$(MAKE) -s -k B=build/valgrind check-unit \
		TESTENV='valgrind -q --suppressions=tests/lib/valgrind.supp --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite'
	@$(MAKE) -s fuzz FUZZ_SECONDS=$(FUZZ_SECONDS)
	@$(MAKE) -s -k $(LONG_DRILLS:%=$B/tests/drill-%.ok) $(LONG_REPLAY_DRILLS:%=$B/tests/replay-%.ok); tools/summary.sh build

# The expected output of tests/cases and the table in the README, written anew: read the
# difference before it is committed.
cases-update: $B/newswire
	@NEWSWIRE=$B/newswire tests/cases_test.sh update
	@NEWSWIRE=$B/newswire tests/docs_test.sh update

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
	rm -f $(DESTDIR)$(MANDIR)/man5/newswire.conf.5
	rm -rf $(DESTDIR)$(DATA)

clean:
	rm -rf build

-include $(shell find $B -name '*.d' 2>/dev/null)
.PHONY: all bench demo install uninstall cases-update check check-long check-drills check-unit check-fuzz fuzz run-fuzz check-kafka check-stores check-scripts lint clean
.SECONDARY:
