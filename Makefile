# One word per need; `make help` lists them. CI runs these same words.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.made-from-lock

.PHONY: help setup check test fuzz crash soak faults mutants bench bench-cluster bench-size test-postgresql demo sandbox audit sbom generate lock clean

help: ## list the words
	@grep -hE '^[a-z0-9_-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: $(STAMP) ## make .venv from the lock file

$(STAMP): requirements.lock pyproject.toml
	@echo "Making .venv from requirements.lock; the first time takes a minute or two."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

check: setup ## format, lint, types, import direction
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: setup ## the whole suite; brings a browser and promtool from Debian where they are missing
	@.ci/tools
	$(BIN)/pytest

crash: setup ## kill the daemon at every durable step of every scenario
	$(BIN)/pytest tests/crash -m "slow or not slow"

soak: setup ## people, faults, crashes and time in any order, for long (EXAMPLES=500)
	SOAK_EXAMPLES=$(or $(EXAMPLES),500) $(BIN)/pytest -n0 tests/stateful --show-capture=no

fuzz: setup ## bytes of any kind for whatever comes from outside, guided by coverage (ONLY="mail dates" EACH=60)
	@test -d build/fuzz/lib || $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes \
	  --no-deps --only-binary :all: --target build/fuzz/lib -r tests/fuzz/atheris.lock \
	  || echo "atheris has no build for this Python."
	@SECONDS_EACH=$(or $(EACH),60) $(BIN)/python -m tests.fuzz $(ONLY)

faults: setup ## the fault matrix over real processes: build/faults.md (ONLY=words of a row's name)
	@$(BIN)/python -m tests.faults $(if $(ONLY),"$(ONLY)")

mutants: setup ## plant small bugs one at a time; the tests must catch each (ONLY=words)
	$(BIN)/python -m tests.mutants $(ONLY)

bench: setup ## measure against the sandbox: build/bench.md, build/bench.json (ONLY="idle_1 burst_50")
	@$(BIN)/python -m compileall -q syncd connectors
	@$(BIN)/python -m tests.bench $(ONLY)

bench-cluster: setup ## many mailboxes, four workers, PostgreSQL: build/bench-cluster.json (MAILBOXES=2000)
	@$(BIN)/python -m compileall -q syncd connectors
	@$(BIN)/python -m tests.bench.cluster $(or $(MAILBOXES),2000)

bench-size: setup ## how large a state is on either database: build/bench-size.json
	@$(BIN)/python -m tests.bench.size

test-postgresql: setup ## the engine and every step of the crash suite with the state on PostgreSQL
	SYNCD_TEST_STORE=server $(BIN)/pytest tests/crash -m "slow or not slow"
	SYNCD_TEST_STORE=server $(BIN)/pytest tests/unit/store tests/unit/engine

demo: setup ## three services on this machine, a mailbox, the daemon: see what it does (MAIL=export.mbox ME=me@my.org)
	@$(BIN)/syncd demo $(if $(MAIL),--mail "$(MAIL)") $(if $(ME),--me "$(ME)")

sandbox: setup ## the three services on loopback, until Ctrl-C
	@$(BIN)/syncd sandbox

audit: setup ## known holes in what we are built with; fails where none could be looked up
	@$(BIN)/python .ci/supply_chain.py audit

sbom: setup ## bill of materials of what is shipped, as build/sbom.json (CycloneDX)
	@$(BIN)/python .ci/supply_chain.py sbom build/sbom.json

generate: setup ## rewrite the generated files (schema, example config, licences)
	$(BIN)/python .ci/supply_chain.py licences > deploy/LICENCES.md
	$(BIN)/syncd schema > config/schema.json
	$(BIN)/syncd init --print > config/example.yaml
	$(BIN)/syncd schema --campaign > config/campaign.schema.json
	$(BIN)/syncd init --campaign example --print > config/campaigns/example.yaml

lock: ## rewrite the lock files, the image's too, from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --group dev --extra postgresql --extra crawl --extra pdf --universal \
	  --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --quiet --output-file requirements.lock
	uv pip compile pyproject.toml --extra postgresql --extra crawl --extra pdf --universal \
	  --python-version 3.11 --generate-hashes --no-annotate \
	  --no-emit-index-url --no-emit-find-links --no-header --quiet --constraints requirements.lock \
	  --output-file deploy/image.lock
	echo hatchling | uv pip compile - --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --no-emit-index-url --no-emit-find-links --no-header --quiet --constraints requirements.lock \
	  --output-file deploy/build.lock
	printf "atheris<3.1; python_version < '3.12'\natheris>=3.1; python_version >= '3.12'\n" \
	  | uv pip compile - --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --no-emit-index-url --no-emit-find-links --no-header --quiet --output-file tests/fuzz/atheris.lock

clean: ## remove everything make made
	rm -rf .venv build dist .demo
