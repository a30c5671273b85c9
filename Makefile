# Everything lives in this folder: uv in .uv (where the machine has none), the environment in .venv.
#
#   make install                    editable, with every extra that runs without a GPU, and the tools
#   make install EXTRAS=            the core alone
#   make install EXTRAS=postgres    the core and one extra
#   make test ARGS='-k parse -x'    what pytest shall be told besides
#   make venv PYTHON=3.13           another Python (make clean first)

PYTHON ?= >=3.11,<3.14
EXTRAS ?= all,dev
ARGS ?=
MINUTES ?= 30

VENV := .venv
BIN := $(VENV)/bin
UV := scripts/uv.sh
LOCKED := requirements.txt requirements-all.txt requirements-dev.txt
TORCH := $(shell sed -n 's/^torch==\([0-9.]*\).*/\1/p' requirements-train.txt)
# Versions and hashes come from the lock, whatever is installed.
INSTALL := $(UV) pip install --quiet --python $(VENV) --constraint requirements-dev.txt --editable
COMPILE := $(UV) pip compile pyproject.toml --quiet --universal --generate-hashes --python-version 3.11 \
	--custom-compile-command 'make lock'

.DEFAULT_GOAL := help
.PHONY: help venv install tools validate demo dataset-check train ablation test check fix soak lock clean

help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: $(VENV)/pyvenv.cfg ## Make .venv, getting uv if it is missing

install: $(VENV)/pyvenv.cfg ## Install with every extra that runs without a GPU (EXTRAS= narrows it)
	$(INSTALL) '.$(if $(EXTRAS),[$(EXTRAS)])'

tools: $(VENV)/.tools ## Install what the tests ask besides: MariaDB, Chromium, looks, Node packages, torch, llama.cpp

validate: $(VENV)/.core ## Say what works on this machine, GPU included
	@$(BIN)/ghost-architect doctor

demo: $(VENV)/.core ## Read examples/: SQL to the terminal, a diagram to output/demo/
	@scripts/demo.sh $(BIN)/ghost-architect

dataset-check: $(VENV)/.core ## Check data/dataset.json
	$(BIN)/ghost-architect dataset check data/dataset.json

# What needs a GPU says that there is none before anything large is installed.
train: $(VENV)/.core ## Train (PROFILE=small without a GPU, CONFIG=my.yaml, ARGS='--data F')
	@$(if $(PROFILE)$(CONFIG)$(shell command -v nvidia-smi),$(MAKE) --no-print-directory $(VENV)/.train)
	@$(BIN)/ghost-architect train $(if $(PROFILE),--profile $(PROFILE)) $(if $(CONFIG),--config $(CONFIG)) $(ARGS)

ablation: $(VENV)/.train ## Train LoRA, rsLoRA, DoRA and Trinity on one budget (PROFILE, CONFIG; ARGS='-o F.md')
	$(BIN)/python benchmarks/ablation.py $(if $(PROFILE),--profile $(PROFILE)) $(if $(CONFIG),--config $(CONFIG)) $(ARGS)

test: $(VENV)/.dev ## Run the tests on all cores, as CI does (ARGS='-n 0 tests/x.py' in one process)
	$(BIN)/pytest -n auto --maxprocesses 8 --dist loadfile $(ARGS)

check: $(VENV)/.dev ## Check format, lint, types and layers; changes nothing
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(VENV)/.dev ## Put right what a tool can put right
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

soak: $(VENV)/.dev ## Search for failures with random input for MINUTES=30
	@scripts/soak.sh $(BIN)/pytest $(MINUTES)

lock: ## Pin the versions anew (ARGS=--upgrade for newer ones)
	$(COMPILE) $(ARGS) --extra all --extra dev -o requirements-dev.txt
	$(COMPILE) $(ARGS) --extra all --extra train --constraint requirements-dev.txt -o requirements-train.txt
	$(COMPILE) --extra all --constraint requirements-dev.txt -o requirements-all.txt
	$(COMPILE) --constraint requirements-dev.txt -o requirements.txt

clean: ## Remove the environment, caches and builds; output/ stays
	rm -rf $(VENV) .uv .tools tests/node/node_modules build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/pyvenv.cfg:
	$(UV) venv --quiet --python '$(PYTHON)' $(VENV)

$(VENV)/.core: pyproject.toml $(LOCKED) | $(VENV)/pyvenv.cfg
	$(INSTALL) .
	@touch $@

$(VENV)/.dev: pyproject.toml $(LOCKED) | $(VENV)/pyvenv.cfg
	$(INSTALL) '.[all,dev]'
	@touch $@

# torch first and by itself: where pip is set to look in a folder, a build for the CPU may lie there,
# which none of the lock's hashes knows; elsewhere it is the one of the lock.
$(VENV)/.train: requirements-train.txt | $(VENV)/.core
	$(BIN)/python -c 'import torch' 2>/dev/null || $(UV) pip install --quiet --python $(VENV) \
		$(addprefix --find-links ,$(PIP_FIND_LINKS)) torch==$(TORCH)
	$(UV) pip install --quiet --python $(VENV) --constraint requirements-train.txt --editable '.[all,train]'
	@touch $@

$(VENV)/.tools: $(VENV)/.dev $(VENV)/.train scripts/tools.sh scripts/llama.sh tests/node/package-lock.json \
		src/ghost_architect/synthetic/looks/packages.yaml
	scripts/tools.sh
	$(BIN)/ghost-architect synth setup
	@touch $@
