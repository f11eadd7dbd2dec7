# What there is to do here: `make help`. Everything made goes to bin/ and build/, and what has
# not changed is not made again.

GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
CYCLONEDX := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0
# Where what is known of vulnerabilities is read.
VULNDB ?= https://vuln.go.dev
NPM_REGISTRY ?=
VERSION ?= v0.0.0-dev
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME ?= 10s

# The race detector needs a C compiler; without one the tests run all the same, and say so.
RACE ?= $(shell command -v "$$(go env CC)" >/dev/null 2>&1 && echo -race)
# Without the race detector, which takes many times the memory.
REST = PARLEY_REQUIRE_KUBERNETES=1 go test -count=1 -v
GOTEST = PARLEY_REQUIRE_MONGOD=1 PARLEY_REQUIRE_KUBERNETES=1 go test $(RACE) -timeout 15m

.DEFAULT_GOAL := help
.PHONY: help run build client server bench-program test test-go test-client dashboards generate manifests lint lint-go lint-client e2e e2e-browser e2e-compose e2e-cluster e2e-cluster-quick images kind docs bench faults faults-quick fuzz audit licences sbom bench-operator clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: client server ## build and start a chat on http://localhost:8080, kept in data/chat.db; ARGS=… adds flags
	bin/chatserver $(ARGS)

build: client server bench-program ## bin/chatserver with the web client inside, and bin/chatbench

client: ## the web client, in client/dist
	@node hack/npm.mjs build client dist

# Static, so that it runs in an empty container. The tags put client/dist into the program
# and leave out 5 MB that only gRPC servers use, which the messages of OTLP bring along.
server: client
	CGO_ENABLED=0 go build -tags embedclient,grpcnotrace -trimpath -ldflags '-s -w' -o bin/chatserver ./cmd/chatserver

bench-program:
	CGO_ENABLED=0 go build -trimpath -o bin/chatbench ./cmd/chatbench

test: test-go test-client ## all tests that need no cluster and no browser; gets a real mongod, Prometheus and API server for itself

test-go: ## the Go tests alone
	@hack/mongod.sh
	@hack/prometheus.sh
	@hack/helm.sh
	@hack/kubernetes.sh
	@test -n "$(RACE)" || echo "test: there is no C compiler, so the race detector stays off"
	$(GOTEST) $$(go list ./... | grep -v -e /node_modules/ -e /e2e/)
	@# Never from the cache: they build the program, which the go command does not know.
	$(GOTEST) -count=1 ./e2e/...

test-client: ## the web client's tests alone
	@node hack/npm.mjs ci client
	npm --prefix client test

dashboards: ## Grafana's dashboards, from their code in monitoring/dashboards
	go generate ./monitoring/dashboards

generate: manifests

manifests: ## what follows from the types in api: the CRD, docs/api.md, the chart, and dist/install.yaml
	@hack/generate.sh
	go run ./hack/apidoc
	go run ./hack/chart
	@hack/install.sh

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

# Without an engine it fails and says so. What the base images are is the engine's matter.
e2e-compose: ## the README's Docker commands and what they start; DOCKER_HOST may name the engine
	@node hack/npm.mjs ci e2e/browser
	go test -tags compose -count=1 -timeout 45m -v -run TestCompose ./e2e/compose

e2e-cluster: ## a ChatRoom's life on the whole node that KUBECONFIG names; e2e/cluster says what it needs
	@node hack/npm.mjs ci e2e/browser
	@hack/helm.sh
	@hack/prometheus.sh
	@hack/kubernetes.sh crds
	go test -tags cluster -count=1 -timeout 60m -v ./e2e/cluster

e2e-cluster-quick: ## the shorter part of it: by kustomize and by Helm until people chat, scaled, asleep and awake
	@node hack/npm.mjs ci e2e/browser
	@hack/helm.sh
	@hack/prometheus.sh
	@hack/kubernetes.sh crds
	PARLEY_E2E_QUICK=1 go test -tags cluster -count=1 -timeout 20m -v -skip TestOperations ./e2e/cluster

images: ## parley/chatserver:dev, parley/webclient:dev and parley/operator:dev, by Docker
	docker compose build
	docker build -f operator.Dockerfile -t parley/operator:dev .

kind: ## a cluster on this machine with a chat in it, as the README walks; needs kind and Docker
	@hack/kind.sh

docs: ## write docs/metrics.md, from what a server exposes
	@hack/mongod.sh
	PARLEY_REQUIRE_MONGOD=1 go test -count=1 -run TestMetricsDocument ./e2e/program -args -write-docs

bench: server bench-program ## measure the budgets; docs/benchmarks.md says what they mean
	@hack/mongod.sh
	bin/chatbench budgets

# What breaks, how it is judged, and what the figures mean: docs/reliability.md.
FAULTS = @hack/mongod.sh && PARLEY_REQUIRE_MONGOD=1 go test -tags faults -count=1 -timeout 4h -v $(if $(FAULT),-run '$(if $(filter Test%,$(FAULT)),,TestFaults/)$(FAULT)') $(SKIP) ./e2e/faults -args $(if $(SEED),-seed $(SEED))

faults: ## break an installation in every way while people chat, about an hour; TIME=3m for each, SEED=…, FAULT=a_server_is_killed
	$(FAULTS) -each $(or $(TIME),3m) $(ARGS)
	$(if $(FAULT),,go test -tags faults -count=1 -timeout 1h -run KilledInTheMiddle ./chatserver/store/sqlite)

faults-quick: SKIP = -skip DiskFull
faults-quick: ## the same for ten minutes at most: a part of the faults, briefly
	$(FAULTS) -each $(or $(TIME),20s) -quick $(ARGS)

bench-operator: ## what an operator with 10 and with 1,000 ChatRooms uses at rest; half an hour
	@hack/kubernetes.sh
	$(REST) -timeout 10m -run '^$$' -bench Unchanged ./controllers
	PARLEY_ROOMS=10 PARLEY_REST=2m $(REST) -timeout 20m -run ManyAtRest ./controllers
	PARLEY_ROOMS=1000 PARLEY_REST=10m $(REST) -timeout 60m -run ManyAtRest ./controllers

fuzz: ## every fuzz target for FUZZTIME (10s); FUZZ=… for those in packages that match
	@hack/fuzz.sh $(FUZZTIME) '$(FUZZ)'

audit: ## ask what is known to be vulnerable in what Parley is made of; VULNDB=… names a mirror
	@hack/tool.sh $(GOVULNCHECK)
	go run ./hack/audit -database '$(VULNDB)' -registry '$(NPM_REGISTRY)'

licences: ## write docs/licences.md, from what the programs and the web client are made of
	go run ./hack/licences

sbom: client ## dist/*.cdx.json: what each program and the web client are made of
	@hack/tool.sh $(CYCLONEDX)
	@hack/sbom.sh $(VERSION)

clean: ## remove what was made, but no data
	rm -rf bin build dist client/dist client/node_modules e2e/browser/node_modules
