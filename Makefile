# The front door: `make help` lists the goals.

BUILD   := build
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)

# Where `make install` puts things. LIBDIR is below PREFIX; distributions say LIBDIR=lib64 or LIBDIR=lib/x86_64-linux-gnu.
PREFIX  ?= /usr/local
LIBDIR  ?= lib
DESTDIR ?=

# The `dimse` command is C against dimse.h. It finds the library beside itself, here and when installed.
CFLAGS       ?= -O2 -g
TOOL_SOURCES := $(sort $(wildcard tools/*.c))
TOOL_OBJECTS := $(TOOL_SOURCES:tools/%.c=$(BUILD)/tools/%.o)
TOOL         := $(if $(TOOL_SOURCES),$(BUILD)/bin/dimse)
TOOL_FLAGS   := -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic $(WERROR) -pthread -I$(BUILD)/include
HEADERS      := $(patsubst include/%,$(BUILD)/include/%,$(wildcard include/*.h include/*.hpp))

.PHONY: all library demo test check-deep bench install clean help
.DELETE_ON_ERROR:

all: library $(HEADERS) $(TOOL) ## build the library, its headers and the dimse command into build/ (the default)

# cargo knows what is out of date; a library that did not change keeps its time stamp.
library:
	@cmake/setup.sh build
	cmake/library.sh $(BUILD)/lib

$(BUILD)/lib/libdimse.so: library ;

$(BUILD)/include/%: include/%
	@mkdir -p $(@D)
	cp $< $@

$(BUILD)/tools/%.o: tools/%.c $(HEADERS)
	@mkdir -p $(@D)
	$(CC) $(TOOL_FLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/bin/dimse: $(TOOL_OBJECTS) $(BUILD)/lib/libdimse.so
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -pthread $(TOOL_OBJECTS) -L$(BUILD)/lib -ldimse -lm -Wl,-rpath,'$$ORIGIN/../lib' -o $@

-include $(TOOL_OBJECTS:.o=.d)

demo: ## store a made-up study (or DICOM_DIR=...) at a node of its own, and compare every byte
	@cmake/setup.sh demo
	@$(MAKE) --no-print-directory all
	@cmake/demo.sh $(BUILD)

test: ## everything that must pass before a change is merged; installs what it needs
	@cmake/setup.sh test
	@cmake/test.sh

check-deep: ## what takes longer: sanitizers, fuzzing, all of valgrind, full floods; SUITES="fuzz tsan" names some
	@cmake/setup.sh deep $(SUITES)
	@cmake/deep.sh $(SUITES)

bench: ## side by side with other implementations; BENCH_ARGS go to benches/run
	@cmake/setup.sh bench
	@$(MAKE) --no-print-directory all
	@benches/run $(BENCH_ARGS)

# As root, after a `make` as somebody who has cargo: what is built is not built again.
install: $(if $(wildcard $(BUILD)/lib/libdimse.so),,all) ## into PREFIX (default /usr/local), below DESTDIR; LIBDIR is relative to PREFIX
	cmake/install.sh $(BUILD) '$(VERSION)' '$(PREFIX)' '$(LIBDIR)' '$(DESTDIR)'

clean: ## remove build/ and cargo's target folder
	rm -rf $(BUILD)
	cargo clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18
