# One non-recursive build. Two commands matter: make run, make check.
CC      ?= gcc
BUILD   ?= build
CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes -Werror
STD     := -std=c11 -D_GNU_SOURCE -Isrc
LIBS    := -lpcap -ljansson -ljwt -lyaml -lhttp_parser -lssl -lcrypto -lz -lm

LAYERS  := cli bench actor report net source oracle trace profile wire base
libs     = $(foreach l,$(1),$(BUILD)/lib/$(l).a)
srcs     = $(wildcard src/$(1)/*.c)

.PHONY: all clean
all: $(BUILD)/annexu

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) $(CFLAGS) $(SAN) -MMD -MP -c -o $@ $<

define layer_lib
$(BUILD)/lib/$(1).a: $$(patsubst %.c,$(BUILD)/obj/%.o,$$(call srcs,$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	ar rcs $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call layer_lib,$(l))))

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
.PHONY: unit
unit: $(UNIT)
	@for t in $(UNIT); do echo "== $$t"; $$t || exit 1; done

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
.SECONDARY:
