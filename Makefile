# What there is to do here: `make help`. Everything made goes to bin/ and build/, and what has
# not changed is not made again.

GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME ?= 10s

# The race detector needs a C compiler; without one the tests run all the same, and say so.
RACE ?= $(shell command -v "$$(go env CC)" >/dev/null 2>&1 && echo -race)
GOTEST = PARLEY_REQUIRE_MONGOD=1 go test $(RACE) -timeout 15m

.DEFAULT_GOAL := help
.PHONY: help run build client server bench-program test test-go test-client lint lint-go lint-client e2e e2e-browser bench fuzz clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: client server ## build and start a chat on http://localhost:8080, kept in data/chat.db; ARGS=… adds flags
	bin/chatserver $(ARGS)

build: client server bench-program ## bin/chatserver with the web client inside, and bin/chatbench

client: ## the web client, in client/dist
	@node hack/npm.mjs build client dist

# Static, so that it runs in an empty container. The tag puts client/dist into the program.
server: client
	CGO_ENABLED=0 go build -tags embedclient -trimpath -ldflags '-s -w' -o bin/chatserver ./cmd/chatserver

bench-program:
	CGO_ENABLED=0 go build -trimpath -o bin/chatbench ./cmd/chatbench

test: test-go test-client ## all tests that need no cluster and no browser; gets a real mongod for itself

test-go: ## the Go tests alone
	@hack/mongod.sh
	@test -n "$(RACE)" || echo "test: there is no C compiler, so the race detector stays off"
	$(GOTEST) $$(go list ./... | grep -v -e /node_modules/ -e /e2e/)
	@# Never from the cache: they build the program, which the go command does not know.
	$(GOTEST) -count=1 ./e2e/...

test-client: ## the web client's tests alone
	@node hack/npm.mjs ci client
	npm --prefix client test

lint: lint-go lint-client ## all checks of style

# The linter checks gofmt and the order of imports, too.
lint-go:
	@hack/tool.sh $(GOLANGCI_LINT)
	go vet ./...
	build/tools/golangci-lint run

lint-client:
	@node hack/npm.mjs ci client
	npm --prefix client run lint

e2e: e2e-browser ## tests from outside that need more than Go

e2e-browser: build ## Chromium drives the built client against the built server
	@node hack/npm.mjs ci e2e/browser
	npm --prefix e2e/browser test

bench: server bench-program ## measure the budgets; docs/benchmarks.md says what they mean
	@hack/mongod.sh
	bin/chatbench budgets

fuzz: ## every fuzz target for FUZZTIME (10s)
	@hack/fuzz.sh $(FUZZTIME)

clean: ## remove what was made, but no data
	rm -rf bin build client/dist client/node_modules e2e/browser/node_modules
