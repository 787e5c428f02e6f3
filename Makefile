# Every command of the project, in one place. `make` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
VERSION ?= $(shell deploy/version.sh)
OUT ?= artifacts
PUBLISH = dotnet publish -c Release -p:RestoreLockedMode=true -p:ContinuousIntegrationBuild=true -p:ProductVersion=$(VERSION)

.DEFAULT_GOAL := help
.PHONY: help build test test-all chaos bench format-check up down demo dev images packages sbom release version clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

build: ## build everything, with the analyzers
	dotnet build Worker.sln -c Release

test: ## the tests that need no server, in seconds
	tests/run.sh unit

test-all: ## all usual tests; they get servers of their own
	tests/run.sh

chaos: ## faults for five minutes; nothing may be lost or doubled
	tests/chaos.sh

bench: ## how fast, on this machine
	tests/bench.sh

format-check: ## is white space as .editorconfig has it?
	tests/Platform/format.sh

up: ## everything in containers on this machine
	deploy/servers.sh
	docker compose up -d --build --wait

down: ## end that, and keep the data
	docker compose down

demo: ## pay a bill, reverse it, see the event
	docker compose run --rm demo

dev: ## servers, worker, gateway and page for developers (.NET Aspire)
	dotnet run --project deploy/AppHost

images: ## the two images, into the engine that runs here
	docker build -f deploy/Dockerfile --build-arg VERSION=$(VERSION) --target worker -t reversal-worker:$(VERSION) .
	docker build -f deploy/Dockerfile --build-arg VERSION=$(VERSION) --target gateway -t reversal-gateway:$(VERSION) .

packages: ## the packages for neighbours
	dotnet pack src/Contracts -c Release -p:ContinuousIntegrationBuild=true -o $(OUT)/release
	dotnet pack src/Contracts.MassTransit -c Release -p:ContinuousIntegrationBuild=true -o $(OUT)/release

sbom: ## what worker and gateway are made of (CycloneDX)
	dotnet tool restore
	deploy/sbom.sh $(VERSION) $(OUT)/release

release: packages sbom ## packages, programs, their parts and checksums, in artifacts/release
	$(PUBLISH) src/Worker -o $(OUT)/worker
	$(PUBLISH) src/Gateway -o $(OUT)/gateway
	tar -C $(OUT) --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -czf $(OUT)/release/reversals-$(VERSION).tar.gz worker gateway
	cd $(OUT)/release && rm -f SHA256SUMS && sha256sum -- * >SHA256SUMS && ls -l

version: ## the version of what stands here
	@echo $(VERSION)

clean: ## take away what was built
	rm -rf $(OUT)
	git clean -fdXq src tests
