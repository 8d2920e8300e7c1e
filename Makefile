# Everything there is to do with Faxledger. `make help` lists it. Each target sets up what it needs, once.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# The Python that the tools and tests run on: any from 3.11, and unless one is named, one that is quick.
# (The build looks for the Lambda runtime's 3.13 by itself.)
PYTHON ?= $(shell tools/quick_python3)
# What `make run` gives to `faxledger up`.
ARGS ?= --simulate
# What `make test` gives to pytest, as in `make test TESTS="tests/unit -k repeat"`.
TESTS ?=
# More processes than processors only wait for each other. In the order of the folders: the quick tests come last
# and fill the gap when one process is done.
AT_ONCE := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# Bytecode of all that is installed makes each program start at once, from the first time. CI starts most programs once,
# and few modules of many: it has them compiled as they are imported.
COMPILED := $(if $(CI),,--compile-bytecode)

# What a developer's shell may hold and this project must not listen to.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE UV_PROJECT_ENVIRONMENT
export SAM_CLI_TELEMETRY := 0
SAM := .tools/sam/bin/sam

BIN := .venv/bin
READY := .venv/.ready
NODE_READY := node_modules/.ready
CONSOLE := console/built/index.html
# The page is made with what npm has; what can do without it is made without it where there is no npm.
CONSOLE_IF_NPM := $(if $(shell command -v npm),$(CONSOLE))
CONSOLE_SOURCES := console/build.mjs $(shell find console/src -type f 2>/dev/null)
BUILT := .aws-sam/build/template.yaml
RUNTIME := .tools/runtime/.ready
EMULATOR := .tools/aws-lambda-rie
SAM_READY := .tools/sam/.ready
CHECKOV_READY := .tools/checkov/.ready
SCANNED := .tools/checkov/.scanned
SCHEMATHESIS_READY := .tools/schemathesis/.ready
ACTIONLINT_READY := .tools/actionlint/.ready
SITE_READY := .tools/site/.ready
BUNDLE := template.yaml monitoring.yaml pyproject.toml uv.lock tools/artifact.py functions/Makefile shared/Makefile \
    $(shell find functions shared -type f -not -name '*.pyc' -not -name Makefile 2>/dev/null)
CODE := shared functions local cli bench tests tools
# The folders of CODE that are there: a tool that is given a missing one fails.
PRESENT := $(wildcard $(CODE))

.PHONY: help
help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-16s %s\n", $$1, $$2 }'

.PHONY: run
run: $(READY) $(CONSOLE_IF_NPM) ## the whole bundle on this machine, with both providers simulated (ARGS="--speed 60" …)
	@$(BIN)/faxledger up $(ARGS)

.PHONY: test
test: $(READY) ## all tests (TESTS="tests/unit -k repeat" for some); what they need is made on the way
	@$(BIN)/pytest $(if $(TESTS),$(TESTS),$(AT_ONCE))

.PHONY: unit
unit: $(READY) ## the quick tests: they need no build, no Java and no server
	@$(BIN)/pytest $(AT_ONCE) tests/template tests/repository tests/unit

# What it needs comes as wheels for Linux alone, so it is no part of the set-up.
.PHONY: fuzz
fuzz: $(READY) ## whether any bytes end a reader badly (SECONDS=1800 …); those that do stay in tests/fuzz/corpus
	@tools/uv sync --frozen --quiet --inexact --group fuzz --python $(BIN)/python
	@$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),300)

.PHONY: check
check: static build api test ## what CI runs: format, lint, types, layers, template, security, workflows, build, API, tests

.PHONY: static
static: format-check lint types layers template security workflows

.PHONY: build
build: $(BUILT) ## build the bundle for AWS into .aws-sam/build, without Docker

.PHONY: console
console: $(CONSOLE) ## the console's pages, bundled into console/built

.PHONY: console-pictures
console-pictures: $(READY) $(CONSOLE) ## the pictures of docs/console, anew (ARGS_PICTURES="--width 360 --into /tmp/narrow")
	@$(BIN)/python -m tests.console.pictures $(ARGS_PICTURES)

.PHONY: browser
browser: $(READY) ## a Chromium for the console's tests: the one that is here (or CHROME=…), else one that is installed
	@tools/chromium

.PHONY: format
format: $(READY) ## put the code into the house's format
	@$(BIN)/ruff check --fix-only --quiet $(PRESENT)
	@$(BIN)/ruff format $(PRESENT)

.PHONY: format-check
format-check: $(READY)
	@$(BIN)/ruff format --check $(PRESENT)

.PHONY: lint
lint: $(READY) ## ruff
	@$(BIN)/ruff check $(PRESENT)

.PHONY: types
types: $(READY) $(NODE_READY) ## mypy and tsc, both strict
	@$(BIN)/mypy $(PRESENT)
	@node_modules/.bin/tsc --project console

.PHONY: layers
layers: $(READY) ## who may import whom
	@$(BIN)/lint-imports

.PHONY: template
template: $(READY) $(SAM_READY) ## cfn-lint and sam validate
	@$(BIN)/cfn-lint template.yaml monitoring.yaml
	@$(SAM) validate --lint --template template.yaml
	@# With --lint, or with samconfig.toml beside it, sam leaves out its own translation, which finds the most.
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && cp template.yaml monitoring.yaml "$$folder" && \
	    AWS_DEFAULT_REGION=us-east-1 $(SAM) validate --template "$$folder/template.yaml"

.PHONY: deploy-emulated
deploy-emulated: $(READY) ## create, change and delete the stacks in moto, and say what of them was made
	@$(BIN)/python -m tools.deploy_emulated

.PHONY: upgrade-gate
upgrade-gate: $(READY) ## whether the templates would replace or break what a stack of the last release has
	@$(BIN)/pytest --quiet tests/template/test_upgrades.py

.PHONY: released
released: $(READY) ## describe the templates as the last release's, for the upgrade gate
	@$(BIN)/python -m tests.support.releases

.PHONY: security
security: $(READY) $(SCANNED) ## bandit and checkov, each exception with its reason
	@$(BIN)/python tools/scan.py bandit $(filter-out tests,$(PRESENT))

# The same templates tell checkov the same.
$(SCANNED): template.yaml monitoring.yaml .checkov.yaml tools/scan.py $(CHECKOV_READY) | $(READY)
	@$(BIN)/python tools/scan.py checkov
	@touch $@

.PHONY: workflows
workflows: $(ACTIONLINT_READY) ## actionlint, over what GitHub runs
	@.tools/actionlint/bin/actionlint .github/workflows/*.yml

# Half of what `make static` takes, so it is not in there; tests hold links and contents, and GitHub makes the site of each change.
.PHONY: docs
docs: $(READY) $(SITE_READY) ## the documents as a site in .tools/site/html (SOURCE=https://… for links to code)
	@$(BIN)/python -m tools.site $(if $(SOURCE),--source "$(SOURCE)")

.PHONY: terminal-picture
terminal-picture: $(READY) ## docs/terminal.svg, the terminal that README shows, made anew of a simulated day
	@$(BIN)/python -m tools.terminal_picture

.PHONY: api
api: $(READY) $(SCHEMATHESIS_READY) ## whatever schemathesis thinks of, asked of the running bundle (SECONDS=60 SEED=7)
	@$(BIN)/python -m tools.try_api --seconds $(or $(SECONDS),60) $(if $(SEED),--seed $(SEED))

.PHONY: simulate
simulate: $(READY) ## the whole ledger under faults, by seed (SECONDS=60 SEED=7 PROFILE=heavy STEPS=1000000 JOBS=2)
	@$(BIN)/python -m tools.simulate $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED)) \
	    $(if $(PROFILE),--profile $(PROFILE)) $(if $(STEPS),--steps $(STEPS)) $(if $(JOBS),--jobs $(JOBS))

.PHONY: mutants
mutants: $(READY) ## the code broken in one place at a time: the simulation notices each
	@$(BIN)/python -m tools.mutants

.PHONY: bench
bench: $(READY) $(BUILT) $(RUNTIME) $(EMULATOR) ## cold starts of the built bundle, beside its peers
	@$(BIN)/python -m bench.cold_start $(ARGS_BENCH)

.PHONY: bench-poll
bench-poll: $(READY) ## a backlog worked off by the poll, beside a sequential client
	@$(BIN)/python -m bench.softlinx_poll $(ARGS_BENCH)

.PHONY: bench-flood
bench-flood: $(READY) ## real callbacks beside a flood of wrong tokens
	@$(BIN)/python -m bench.flood $(ARGS_BENCH)

.PHONY: bench-report
bench-report: $(READY) ## a day of 100,000 faxes reported (ARGS_BENCH="--faxes 1000000")
	@$(BIN)/python -m bench.report_day $(ARGS_BENCH)

# Each is run, also when a limit of the other is not kept.
.PHONY: bench-growth
bench-growth: $(READY) $(NODE_READY) ## a listing and a sweep over 100,000 faxes, and a burst of 5,000 callbacks
	@$(BIN)/python -m bench.growth $(ARGS_BENCH) && kept=0 || kept=1; $(BIN)/python -m bench.burst $(ARGS_BURST) && exit $$kept

.PHONY: bench-console
bench-console: $(READY) $(CONSOLE) ## how soon the console shows the first of 100,000 faxes
	@$(BIN)/python -m bench.console_page $(ARGS_BENCH)

.PHONY: bench-cost
bench-cost: $(READY) ## what a million faxes cost on AWS, operation by operation (ARGS_BENCH=--record)
	@$(BIN)/python -m bench.cost $(ARGS_BENCH)

.PHONY: bench-feed
bench-feed: $(READY) ## a feed of a million rows, beside the standard library and lxml
	@$(BIN)/python -m bench.greenfax_feed $(ARGS_BENCH)

.PHONY: sbom
sbom: $(READY) ## what the bundle and the command are made of, as CycloneDX, into dist/
	@$(BIN)/python -m tools.sbom --into dist

.PHONY: dist
dist: $(READY) $(CONSOLE) ## what a release holds: the wheel, the bills of materials, their checksums, in dist/
	@rm -rf dist
	@tools/uv build --quiet --wheel --python $(BIN)/python --out-dir dist
	@$(MAKE) sbom
	@rm -f dist/.gitignore && cd dist && sha256sum -- * >SHA256SUMS && ls -l

.PHONY: pins
pins: ## resolve the tools of tools/*.txt anew, to the newest versions, by the command that heads each
	@for file in tools/*.txt; do \
	    { grep '^#' "$$file"; bash -c "$$(sed -n 's/^#   //p' "$$file")"; } >"$$file.new" || exit 1; \
	    mv "$$file.new" "$$file"; \
	done

.PHONY: setup
setup: $(READY) $(NODE_READY) ## install everything (every other target does it by itself)

.PHONY: clean
clean: ## remove what was built and set up
	@rm -rf console/built .aws-sam .venv .tools dist node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .fuzz

# --- set up once ---------------------------------------------------------------------------------

$(READY): pyproject.toml uv.lock tools/uv
	@mkdir -p .tools
	@python="$(PYTHON)" && \
	    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Faxledger needs Python 3.11 or newer: name one, as in make PYTHON=python3.13")' && \
	    python="$$("$$python" -c 'import sys; print(sys.executable)')" && \
	    echo "setting up .venv with $$python" && \
	    tools/uv sync --frozen --quiet $(COMPILED) --python "$$python"
	@touch $@

$(NODE_READY): package-lock.json
	@npm ci --ignore-scripts --no-fund --no-audit --loglevel=error
	@touch $@

$(RUNTIME): uv.lock | $(READY)
	@rm -rf $(@D)
	@mkdir -p $(@D)
	@tools/uv export --frozen --quiet --python $(BIN)/python --only-group runtime --no-emit-project --output-file $(@D)/requirements.txt
	@tools/uv pip install --quiet --require-hashes --no-deps --compile-bytecode --target $(@D) \
	    --python "$$(tools/python3.13 --where)" --requirements $(@D)/requirements.txt
	@touch $@

# In environments of their own: some hold boto3 and pydantic back, and none is needed for an edit. So they are not in uv.lock.
$(SAM_READY) $(CHECKOV_READY) $(SCHEMATHESIS_READY) $(ACTIONLINT_READY) $(SITE_READY): .tools/%/.ready: tools/%.txt | $(READY)
	@rm -rf $(@D)
	@tools/uv venv --quiet --python $(BIN)/python $(@D)
	@tools/uv pip install --quiet --require-hashes --no-deps $(COMPILED) --python $(@D) --requirements $<
	@touch $@

# The Lambda runtime interface emulator comes inside the SAM CLI's package.
$(EMULATOR): $(SAM_READY)
	@.tools/sam/bin/python tools/find_emulator.py | xargs -I % install -m 755 % $@

# --- build ---------------------------------------------------------------------------------------

# sam writes its template last, so it tells when everything else was built.
# The console's page is in it: made before, for sam would make it beside others who make what npm has.
$(BUILT): $(BUNDLE) $(CONSOLE_IF_NPM) | $(READY) $(SAM_READY)
	@echo "building the bundle into .aws-sam/build"
	@# Python is looked for once here, and not by each function and layer. sam's cache would not see that uv.lock has changed.
	@python="$$(tools/python3.13 --where)"; \
	    PYTHON313="$$python" $(SAM) build --parallel --no-cached --template template.yaml >.tools/build.log 2>&1 || { cat .tools/build.log >&2; exit 1; }
	@touch $@

# esbuild writes the page last, so it tells when everything else was built.
$(CONSOLE): $(CONSOLE_SOURCES) $(NODE_READY)
	@node console/build.mjs
	@touch $@
