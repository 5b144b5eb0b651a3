# Every target works on all modules; `make help` lists them.

GO      ?= go
MODULES := $(sort $(patsubst ./%,%,$(patsubst %/,%,$(dir $(shell find . -name go.mod -not -path './.git/*')))))
TOOL    := $(GO) tool -modfile=$(CURDIR)/tools/go.mod
DEMO    ?=
LAB     ?=
BENCH   ?=

# in-each runs a command in each module's folder and stops at the first that fails.
in-each = @set -e; for m in $(MODULES); do echo "== $$m: $(1)"; (cd $$m && $(1)); done

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## the breakers at work between real servers and clients, 20 s; its flags: make demo DEMO='-h'
	@cd examples && $(GO) build -buildvcs=false -o ../bin/demo ./demo && ../bin/demo $(DEMO)

.PHONY: lab
lab: ## every engine through every scenario in virtual time, 3 min; its flags: make lab LAB='-h'
	@cd lab && $(GO) build -buildvcs=false -o ../bin/lab .
	@bin/lab $(LAB)

.PHONY: pictures
pictures: ## the pictures in docs: the page's, and those drawn by the lab
	cd circuitadmin/browsertest && $(GO) test -run TestScreenshot -screenshot .
	@cd lab && $(GO) build -buildvcs=false -o ../bin/lab .
	@for p in lab/pictures/*.yaml; do bin/lab -scenario $$p -charts docs/lab || exit 1; done

.PHONY: results
results: ## lab/RESULTS.md, the lab's whole table, 3 min
	@cd lab && $(GO) build -buildvcs=false -o ../bin/lab .
	@printf '# Results\n\nMade by `make results`, %s, with %s on %s cores.\n\n' \
		"$$(date -u +%F)" "$$($(GO) env GOVERSION GOOS GOARCH | xargs)" "$$(getconf _NPROCESSORS_ONLN)" >bin/results
	@bin/lab -markdown >>bin/results
	@printf '\n## With limits on calls in flight\n\n' >>bin/results
	@bin/lab -markdown -trials 'S1c,S8,S2 100,brownout,bursts' -engines \
		credit,sre,hystrix,bulkhead,credit+bulkhead,sre+bulkhead,hystrix+bulkhead,adaptive,credit+adaptive >>bin/results
	@mv bin/results lab/RESULTS.md

.PHONY: test
test: graph tidy-check generate-check lint race allocs test-32bit ## everything that must hold, in every module

# What vet checks, lint does, and vetting all dependencies takes long on a new machine.
.PHONY: race
race: ## all tests and examples, under the race detector
	$(call in-each,$(GO) test -vet=off -race ./...)

.PHONY: allocs
allocs: MODULES := . circuitotel circuitprom
allocs: ## the exact counts of allocations where the race detector would change them
	$(call in-each,$(GO) test -vet=off -run Alloc ./...)

.PHONY: vet
vet: ## go vet, whose checks lint makes, too
	$(call in-each,$(GO) vet ./...)

# Most of linting is compiling what the modules import. As the tests do so with -race, lint
# does, too, except where some tests are not for that.
.PHONY: lint
lint: MODULES := $(filter-out kratosv3,$(MODULES)) # which is kratos, by another path
lint: PLAIN := . circuitotel circuitprom tools
lint: ## golangci-lint, with the rules and their reasons in .golangci.yml
	@$(TOOL) golangci-lint version
	@set -e; lint=$$($(TOOL) -n golangci-lint); for m in $(MODULES); do \
		flags=-race; case " $(PLAIN) " in *" $$m "*) flags=;; esac; \
		echo "== $$m: golangci-lint $$flags"; \
		(cd $$m && GOFLAGS="$$GOFLAGS $$flags" $$lint run --config $(CURDIR)/.golangci.yml ./...); \
	done

.PHONY: fmt
fmt: ## format all Go code
	gofmt -w $(shell git ls-files --cached --others --exclude-standard '*.go')

.PHONY: tidy
tidy: ## go mod tidy
	$(call in-each,$(GO) mod tidy)

# To tidy tools/ takes the sources of hundreds of modules that nothing else needs.
.PHONY: tidy-check
tidy-check: MODULES := $(filter-out tools,$(MODULES))
tidy-check: ## fail if go mod tidy would change anything
	$(call in-each,$(GO) mod tidy -diff)

.PHONY: generate
generate: ## the Go code of api/ and kratosv3/, the READMEs' snippets and docs/coming-from.md, from their sources
	cd api && $(TOOL) buf lint && $(TOOL) buf generate
	cd tools && $(GO) run ./stamp
	cd tools && $(GO) run ./mirror
	cd tools && $(GO) run ./snippets

.PHONY: generate-check
generate-check: ## fail if make generate would change anything
	cd tools && $(GO) run ./stamp -check
	cd tools && $(GO) run ./mirror -check
	cd tools && $(GO) run ./snippets -check

.PHONY: graph
graph: ## fail if the root needs a module, or an adapter drags in another framework
	@set -e; \
	root=$$($(GO) list -m all | wc -l); [ "$$root" -eq 1 ] || { echo "the root needs $$((root-1)) modules, must need none"; exit 1; }; \
	none() { all=$$(cd $$1 && $(GO) list -m all); \
		case "$$all" in *"$$2"*) echo "$$1 has $$2 in its module graph"; exit 1;; esac; }; \
	none circuitgrpc go-kratos; none circuitgrpc zeromicro; \
	none kratos zeromicro; none kratosv3 zeromicro; \
	none gozero go-kratos; \
	none circuitfailsafe go-kratos; none circuitfailsafe zeromicro; \
	echo "module graphs: as they should be"

.PHONY: test-32bit
test-32bit: ONLY_BUILD = $(if $(filter amd64 386,$(shell $(GO) env GOHOSTARCH)),,-exec true) # others can't run them
test-32bit: ## the tests of the parts whose words must be aligned, built for a 32-bit machine
	GOARCH=386 $(GO) test -vet=off $(ONLY_BUILD) ./core/internal/... ./core/group

.PHONY: bench
bench: ## ours beside the other libraries' breakers, 5 min; its flags: make bench BENCH='-h'
	@cd bench && $(GO) build -buildvcs=false -o ../bin/bench .
	@bin/bench $(BENCH)

.PHONY: bench-quick
bench-quick: BENCH = -quick
bench-quick: bench ## the same with a few short rounds, 1 min

.PHONY: benchmarks
benchmarks: ## BENCHMARKS.md and its chart, made by the whole of bench
	@cd bench && $(GO) build -buildvcs=false -o ../bin/bench .
	@bin/bench -markdown -svg docs/benchmarks.svg >bin/benchmarks
	@cat bin/benchmarks bench/WHERE.md >BENCHMARKS.md

.PHONY: microbench
microbench: ## the Go benchmarks of every module
	$(call in-each,$(GO) test -run '^$$' -bench . -benchmem ./...)
