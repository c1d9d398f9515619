# Commands for a new machine with Python >= 3.11, git and make; `make` lists them.

PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help repro tour test environment refresh experiments lock readme

help:  ## list these commands
	@awk -F ':.*##  *' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

repro: environment  ## environment, data, every stage, four reports
	python -m tools.repro

tour: environment  ## the same with light settings on small data, in the folder tour/: minutes
	python -m tools.tour

test: environment  ## lint, types, every test
	ruff check .
	ruff format --check .
	mypy
	OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive pytest --numprocesses logical --no-loadscope-reorder

environment: .venv/ready  ## the virtual environment .venv alone

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Foolproof needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	@git rev-parse --git-dir >/dev/null 2>&1 || { echo "This folder is no Git repository, as DVC needs one (an archive has none): git init && git add . && git commit -m start" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	command -v .venv/bin/uv >/dev/null || .venv/bin/python -m pip install --quiet --disable-pip-version-check uv
	# With the extra and the groups that `make lock` names; the editable install then adds the code alone.
	.venv/bin/uv pip sync --quiet --require-hashes --compile-bytecode requirements.lock
	.venv/bin/uv pip install --quiet --no-deps --no-build-isolation --editable ".[pipeline]"
	touch $@

refresh: environment  ## take data and weights again from the best source that can be reached now
	dvc repro check_params
	dvc repro --force --single-item download
	$(MAKE) --no-print-directory repro

experiments: environment  ## what was changed in each experiment, and what came out
	dvc exp show --no-pager --only-changed --drop '.*(/|yaml|lock).*'

lock: environment  ## resolve the dependencies in pyproject.toml anew
	uv pip compile pyproject.toml --extra pipeline --group dev --group oracles \
		--universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --upgrade --quiet --output-file requirements.lock

readme: environment  ## bring the README's table and pictures, and the plots page, up to date
	python -m tools.readme
	python -m tools.plots_page
