# One non-recursive build. Two commands matter: make run, make check.
CC      := gcc
BUILD   ?= build
CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes -Werror
STD     := -std=c11 -D_GNU_SOURCE -Isrc
LIBS    := -lpcap -ljansson -ljwt -lyaml -lhttp_parser -lssl -lcrypto -lz -lm

LAYERS  := cli bench actor report net source oracle trace profile wire base
libs     = $(foreach l,$(1),$(BUILD)/lib/$(l).a)
srcs     = $(wildcard src/$(1)/*.c)

.PHONY: FORCE all run check unit-build unit fuzz-build fuzz install clean
all: $(BUILD)/annexu

# Both install what they miss, then build and go. Where they may not, the reason
# is make's own last line; make -n installs nothing.
dry   := $(findstring n,$(firstword -$(MAKEFLAGS)))
needs  = $(if $(dry),,$(eval why := $(shell .ci/needs $(1)))$(if $(why),$(error $(why))))
run:
	$(call needs,run)
	@$(MAKE) -s --no-print-directory -j$$(nproc) all
	@$(BUILD)/annexu run

check:
	$(call needs,check)
	@.ci/check

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) $(CFLAGS) $(SAN) -MMD -MP -c -o $@ $<

# A library is made anew when a source comes or goes: its list says which.
$(BUILD)/lib/%.list: FORCE
	@mkdir -p $(@D)
	@echo $(call srcs,$*) | cmp -s - $@ || echo $(call srcs,$*) >$@

define layer_lib
$(BUILD)/lib/$(1).a: $$(patsubst %.c,$(BUILD)/obj/%.o,$$(call srcs,$(1))) $(BUILD)/lib/$(1).list
	@rm -f $$@
	ar rcs $$@ $$(filter %.o,$$^)
endef
$(foreach l,$(LAYERS),$(eval $(call layer_lib,$(l))))

# The binary: commands and purposes, linked with every layer.
MAIN_SRC := $(call srcs,cli) $(wildcard suites/*.c)
$(BUILD)/annexu: $(patsubst %.c,$(BUILD)/obj/%.o,$(MAIN_SRC)) $(call libs,$(filter-out cli,$(LAYERS)))
	$(CC) $(SAN) -o $@ $^ $(LIBS)

# Unit tests: suites/unit/<layer>/<name>.c, linked with that layer and what is
# below it, plus the second-opinion libraries.
BELOW_base    := base
BELOW_wire    := wire base
BELOW_profile := profile wire base
BELOW_trace   := trace profile wire base
BELOW_oracle  := oracle trace profile wire base
BELOW_source  := source trace profile wire base
BELOW_net     := net wire base
BELOW_actor   := actor net profile wire base
BELOW_bench   := bench actor report net source oracle trace profile wire base
BELOW_report  := report trace profile wire base
UNIT_SRC := $(wildcard suites/unit/*/*.c)
UNIT     := $(patsubst suites/unit/%.c,$(BUILD)/unit/%,$(UNIT_SRC))
define unit_prog
$(BUILD)/unit/$(1)/%: $(BUILD)/obj/suites/unit/$(1)/%.o $$(call libs,$$(BELOW_$(1)))
	@mkdir -p $$(@D)
	$(CC) $(SAN) -o $$@ $$< $$(call libs,$$(BELOW_$(1))) -lcmocka -losip2 -losipparser2 -lwslay $(LIBS)
endef
$(foreach l,$(LAYERS),$(eval $(call unit_prog,$(l))))
unit-build: $(UNIT)
unit: $(UNIT)
	@passed=0; failed=0; which=; for t in $(UNIT); do echo "== $$t"; \
	if timeout --foreground 120 $$t; then passed=$$((passed + 1)); \
	else failed=$$((failed + 1)); which="$$which $$t"; fi; done; \
	echo "unit: $$passed passed, $$failed failed$${which:+:}$$which"; \
	[ $$failed = 0 ] && [ $$passed -gt 0 ]

# Fuzz targets: suites/fuzz/<name>.c with its corpus beside it. fuzz-build makes
# replay programs (any compiler); `make fuzz FUZZ=sip SECONDS=60` fuzzes with
# clang's libFuzzer.
FUZZ_SRC := $(filter-out suites/fuzz/replay.c,$(wildcard suites/fuzz/*.c))
FUZZERS  := $(patsubst suites/fuzz/%.c,$(BUILD)/fuzz/%,$(FUZZ_SRC))
FUZZ_LIBS = $(call libs,source oracle trace profile wire base)
SECONDS  ?= 60
$(BUILD)/fuzz/%: $(BUILD)/obj/suites/fuzz/%.o $(BUILD)/obj/suites/fuzz/replay.o $(FUZZ_LIBS)
	@mkdir -p $(@D)
	$(CC) $(SAN) -o $@ $^ $(LIBS)
fuzz-build: $(FUZZERS)
fuzz:
	$(MAKE) BUILD=build/libfuzzer CC=clang CFLAGS='-O1 -g' \
		SAN='-fsanitize=fuzzer-no-link,address,undefined' \
		$(foreach l,source oracle trace profile wire base,build/libfuzzer/lib/$(l).a) \
		build/libfuzzer/obj/suites/fuzz/$(FUZZ).o
	clang -fsanitize=fuzzer,address,undefined -o build/libfuzzer/$(FUZZ) \
		build/libfuzzer/obj/suites/fuzz/$(FUZZ).o \
		$(foreach l,source oracle trace profile wire base,build/libfuzzer/lib/$(l).a) $(LIBS)
	mkdir -p build/libfuzzer/found/$(FUZZ)
	build/libfuzzer/$(FUZZ) -max_total_time=$(SECONDS) -rss_limit_mb=2048 \
		build/libfuzzer/found/$(FUZZ) suites/fuzz/corpus/$(FUZZ)

PREFIX ?= /usr/local
install: all
	install -D $(BUILD)/annexu $(DESTDIR)$(PREFIX)/bin/annexu
	install -d $(DESTDIR)$(PREFIX)/share/annexu/results
	install -m 644 results/*.j2 results/ladder.py $(DESTDIR)$(PREFIX)/share/annexu/results
	install results/render.py $(DESTDIR)$(PREFIX)/share/annexu/results

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
.SECONDARY:
