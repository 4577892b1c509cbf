# What people type. Everything that takes more than a line stands in deploy/ as a script.
.DEFAULT_GOAL := help
.PHONY: help setup build run stop demo test simulate format lint bench fuzz

# One release build of both programs, Swift's libraries linked in, so that an artifact needs no toolchain to run. Linked
# so, a program exports every symbol unless told otherwise, and each start looks all of them up in every library. Colours
# are an argument of the compiler: were they left to whether this is a terminal, each change of that would compile anew.
RELEASE = swift build --color-diagnostics -c release --static-swift-stdlib -Xswiftc -use-ld=lld \
	-Xlinker --no-export-dynamic -Xlinker -z -Xlinker pack-relative-relocs

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## install the system packages that running needs, if they are missing
	@deploy/setup.sh run

build: setup ## build tidegate and the bundled pipeline
	@deploy/build.sh $(RELEASE)

run: build ## build, start everything, roll v1 out to dev, and show what runs
	@deploy/run.sh

stop: ## stop what `make run` started; what was recorded stays
	@deploy/stop.sh

demo: run ## roll out a release that fails and one that costs too much, and watch them being taken back
	@deploy/demo.sh

test: ## install what the tests need and run them all
	@deploy/setup.sh test
	@deploy/test.sh

SEEDS ?= 2000
FIRST ?= 1
MODE ?= storm
TRACE ?= 0
simulate: ## run the engine in SEEDS simulated worlds, from seed FIRST on (MODE=storm or duel; TRACE=1 tells what happened)
	@deploy/setup.sh run
	@$(RELEASE) --product benchmarks
	@"$$(swift build -c release --show-bin-path)/benchmarks" simulate $(SEEDS) $(FIRST) $(MODE) $(TRACE)

format: ## format all Swift sources
	@swift format -i -r Package.swift Sources Tests Benchmarks

lint: ## check the format of all Swift sources
	@swift format lint --strict -r Package.swift Sources Tests Benchmarks

bench: build ## measure what Benchmarks/README.md reports
	@deploy/setup.sh bench
	@$(RELEASE) --product benchmarks
	@Benchmarks/run.sh "$$(swift build -c release --show-bin-path)/benchmarks"

COUNT ?= 500000
SEED ?= 1
fuzz: ## read and validate COUNT hostile files, from SEED on
	@deploy/setup.sh run
	@$(RELEASE) --product benchmarks
	@"$$(swift build -c release --show-bin-path)/benchmarks" fuzz $(COUNT) $(SEED)
