# Whoseline. `make help` lists what can be done.
GO ?= go
TOOL := $(GO) tool -modfile=tools.mod
FUZZTIME ?= 30s
PACKAGES ?= ./...

.DEFAULT_GOAL := help
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST)))

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST)

run: ## run the demo
	$(GO) run . demo

build: ## build a static binary into ./whoseline
	CGO_ENABLED=0 $(GO) build -trimpath -o whoseline .

needs: # what the tests need and Debian has; each test that misses it fails, none skips
	@./needs.sh

test: needs ## run every test, on SQLite and on a private PostgreSQL
	CGO_ENABLED=0 $(GO) test -timeout 30m $(PACKAGES)

race: needs ## run every test under the race detector
	$(GO) test -race -timeout 30m $(PACKAGES)

lint: ## format check, vet and linters
	@out=$$($(TOOL) gofumpt -l .); if [ -n "$$out" ]; then echo "not formatted:"; echo "$$out"; exit 1; fi
	$(GO) vet ./...
	$(TOOL) golangci-lint run ./...

proto: ## make the Go code of the protobuf messages anew (needs protoc: apt-get install protobuf-compiler libprotobuf-dev)
	@set -e; bin=$$(mktemp -d); trap 'rm -rf "$$bin"' EXIT; \
	GOBIN=$$bin $(GO) install -modfile=tools.mod google.golang.org/protobuf/cmd/protoc-gen-go connectrpc.com/connect/cmd/protoc-gen-connect-go; \
	cd handlers/zitadel/zitadelproto; PATH=$$bin:$$PATH protoc -I . \
		--go_out=. --go_opt=module=whoseline/handlers/zitadel/zitadelproto \
		--connect-go_out=. --connect-go_opt=module=whoseline/handlers/zitadel/zitadelproto,package_suffix=,simple zitadel/*.proto

golden: needs ## rewrite the golden conversations; read the diff afterwards
	$(GO) test ./handlers -run Golden -update

golden-same: ## tell what the golden conversations say otherwise than at commit BASE, whatever their files are called
	@$(GO) run ./test/goldensame $(or $(BASE),HEAD)

walk: ## walk the books at random, WALKS (5000x1000: so many businesses, of so many steps), each compared with its model after each step
	@dir=$$(mktemp -d -p $$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)); trap 'rm -rf "$$dir"' EXIT; \
	TMPDIR=$$dir WHOSELINE_WALKS=$(or $(WALKS),5000x1000) $(GO) test ./billing -count=1 -timeout 0 -run ShareBatches

release-dump: needs ## make the databases that are kept of releases (commands/release_test.go) and have none yet
	$(GO) test ./commands -run EveryReleaseHasADatabase -release-dump

growth: needs ## time a business with LOOKUPS (1000000): lists, pages, bytes on disk; and the erasure of a number with PERSON (250000), on PostgreSQL
	$(GO) test ./lookup -run ListsOfALargeBusiness -count=1 -timeout 0 -v -growth $(or $(LOOKUPS),1000000)
	$(GO) test ./lookup -run ErasingANumberWithMany -count=1 -timeout 0 -v -growth-person $(or $(PERSON),250000)
	$(GO) test ./lookup -run WhatAPaidLookupTakes -count=1 -timeout 0 -v -growth-bytes 20000
	$(GO) test ./handlers -run PagesOfALargeBusiness -count=1 -timeout 0 -v -growth $(or $(LOOKUPS),1000000)

failover: needs ## lose a primary and its standby under load and bring them back, ROUNDS (6) times
	WHOSELINE_FAILOVER_ROUNDS=$(or $(ROUNDS),6) $(GO) test ./commands -run NothingIsLostAndNothingDoubled -v -timeout 60m

fuzz: ## run each fuzz target for FUZZTIME (30s)
	@set -e; for dir in $$($(GO) list -f '{{if .TestGoFiles}}{{.Dir}}{{else if .XTestGoFiles}}{{.Dir}}{{end}}' ./...); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $$dir/*_test.go); do \
			echo "== $$dir $$target"; $(GO) test $$dir -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME); done; done

release: ## make a release of the commit's tag (or VERSION=v1.2.3) into dist/
	@VERSION="$(VERSION)" GO="$(GO)" ./release.sh

images: needs ## build the image and run it alone, in Kubernetes manifests and with compose, by podman (as root)
	@test/images/run.sh

bench: needs ## measure against the reference designs and write docs/performance.md
	$(GO) run ./bench --out docs/performance.md

cover: needs ## show how much of the code the tests reach
	$(GO) test -coverpkg=./... -coverprofile=cover.out ./... && $(GO) tool cover -func=cover.out | tail -1

soak: needs ## let gateways and their database fail for DURATION (10m) under load, with 100,000 webhooks, and print figures
	$(GO) test ./commands -run InASoak -count=1 -v -timeout 0 -soak $(or $(DURATION),10m)

hostile: ## open a thousand hostile connections of each kind and see what they cost honest callers
	$(GO) run ./test/hostile

mutation: needs ## change each rule of FILES in ROOM a little and see which changes no test notices
	$(GO) run ./test/mutation ./$(ROOM) $(FILES)

simulate: ## play SEEDS (10000) histories of the whole service from SEED (1) on, and tell what they reached
	$(GO) test ./test/simulation -count=1 -timeout 0 -v -run EveryPromise -seeds $(or $(SEEDS),10000) -seed $(or $(SEED),1)

mutants: ## plant each fault of test/simulation/mutants into the code and see that the simulation finds it
	@$(GO) run ./test/simulation/mutants
