# newswire.  `make` builds, `make demo` shows, `make check` tests; DEV=1 makes warnings errors,
# SAN=address,undefined builds beside, CC=clang too.
comma := ,
B := build$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))$(if $(filter clang,$(CC)),/clang)
PREFIX ?= /usr/local
CFLAGS ?= -O2 -g
VERSION := 0.1.0
PKGS := rdkafka jansson zlib glib-2.0 sqlite3 libcrypto libmicrohttpd uchardet libutf8proc libpcre2-8
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
	-Wformat=2 -Wno-format-truncation -Wno-missing-field-initializers -Wvla -Wswitch-enum
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
OURS = -std=c11 -D_GNU_SOURCE -pthread -Icommon -I. -MMD -MP $(WARN) $(if $(DEV),-Werror) \
	$(SANFLAGS) -DVERSION='"$(VERSION)"' -DDATADIR='"$(PREFIX)/share/newswire"' $(PKG_CFLAGS)
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS))
PKG_LIBS = $(shell pkg-config --libs $(PKGS)) -lm

COMMAND_SRC := $(filter-out commands/main.c,$(wildcard commands/*.c)) $(wildcard producers/*.c consumers/*.c)
GEN := command_list format_list sink_list
LIB_OBJ := $(patsubst %.c,$B/%.o,$(wildcard common/*/*.c)) $(GEN:%=$B/gen/%.o)
CMD_OBJ := $(COMMAND_SRC:%.c=$B/%.o)
UNIT := $(patsubst tests/unit/%.c,$B/tests/unit/%,$(wildcard tests/unit/*_test.c))
KAFKA := $(patsubst tests/kafka/%.c,$B/tests/kafka/%,$(wildcard tests/kafka/*_test.c))
TESTLIB_OBJ := $(patsubst %.c,$B/%.o,$(filter-out tests/lib/tap.c,$(wildcard tests/lib/*.c)))

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

$B/gen/%_list.c: common/% tools/family.sh Makefile
	@mkdir -p $(@D)
	tools/family.sh $* $*_type $*/$*.h $(wildcard common/$*/$*_*.c) >$@.tmp && mv $@.tmp $@

# Prints what is on a topic, for test scripts.
$B/tests/tap: $B/tests/lib/tap.o $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS)

$B/tests/lib/lib.a: $(TESTLIB_OBJ)
	@rm -f $@; $(AR) rcs $@ $^

# A passed test leaves a stamp; nothing that has not changed runs again.
$B/tests/unit/%: $B/tests/unit/%.o $B/tests/lib/lib.a $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS) -lcmocka
$B/tests/kafka/%: $B/tests/kafka/%.o $B/tests/lib/lib.a $B/libnewswire.a
	$(CC) $(SANFLAGS) -pthread -o $@ $^ $(PKG_LIBS) -lcmocka
$B/%.ok: $B/%
	@echo "  test $*"
	@$(TESTENV) $< >$<.log 2>&1 || { cat $<.log; echo "FAILED: $*"; exit 1; }
	@touch $@

check-unit: $(UNIT:=.ok)
check-kafka: $(KAFKA:=.ok)
SCRIPTS := $(patsubst %.sh,$B/%.ok,$(wildcard tests/*_test.sh))
check-scripts: $(SCRIPTS)
$B/tests/%_test.ok: tests/%_test.sh $B/newswire $B/tests/tap
	@mkdir -p $(@D); echo "  test tests/$*_test.sh"
	@NEWSWIRE=$B/newswire TAP=$B/tests/tap $< >$(@:.ok=.log) 2>&1 || { cat $(@:.ok=.log); echo "FAILED: $<"; exit 1; }
	@touch $@

# Installs what the tests need, runs them all, and ends in one line.
check:
	@tools/deps.sh test
	@$(MAKE) -s -k check-unit check-scripts check-kafka; tools/summary.sh $B/tests

lint:
	tools/layers.sh
	tools/headers.sh $(CC) $(OURS)
	tools/longest.sh

clean:
	rm -rf build

-include $(shell find $B -name '*.d' 2>/dev/null)
.PHONY: all check check-unit check-kafka check-scripts lint clean
.SECONDARY:
