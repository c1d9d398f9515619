# Three commands for a new machine with Python >= 3.11, git and make:
#   make repro   environment, data, every stage, reports
#   make tour    the same with light settings on small data, in the folder tour/
#   make test    environment, lint, types, every test

PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: repro tour test environment refresh lock readme

repro: environment
	python -m tools.announce
	dvc repro

tour: environment
	python -m tools.tour

test: environment
	ruff check .
	ruff format --check .
	mypy
	pytest

environment: .venv/ready

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Foolproof needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	command -v .venv/bin/uv >/dev/null || .venv/bin/python -m pip install --quiet --disable-pip-version-check uv
	# With the extra and the groups that `make lock` names; the editable install then adds the code alone.
	.venv/bin/uv pip sync --quiet --require-hashes --compile-bytecode requirements.lock
	.venv/bin/uv pip install --quiet --no-deps --no-build-isolation --editable ".[pipeline]"
	touch $@

# Take the data and weights again from the best source that can be reached now.
refresh: environment
	dvc repro check_params
	dvc repro --force --single-item download
	$(MAKE) --no-print-directory repro

# Resolve the dependencies in pyproject.toml anew.
lock: environment
	uv pip compile pyproject.toml --extra pipeline --group dev --group oracles \
		--universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --upgrade --quiet --output-file requirements.lock

# Bring the README's table and pictures, and the page of `dvc plots show`, up to date.
readme: environment
	python -m tools.readme
	python -m tools.plots_page
