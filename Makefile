# make demo [REGION=folder]   a whole day of a service, live engine and all
# make test                   what must hold: style, types, borders, promises
# make bench [NAME=...]       figures, each beside a reference measured in the same run

PYTHON ?= python3
VENV := .venv
REGION ?=
# Where the real data lie, if they do; only importers and some tests look there.
SHARED ?= ../shared
SIXPOINT := $(VENV)/bin/sixpoint

.PHONY: demo test bench lock clean

demo: $(VENV)/.demo
	@$(SIXPOINT) demo $(if $(REGION),--region $(REGION)) --shared $(SHARED)

test: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache
	SIXPOINT_SHARED=$(SHARED) $(VENV)/bin/pytest -n 2 --dist loadfile

bench: $(VENV)/.dev
	SIXPOINT_SHARED=$(SHARED) $(VENV)/bin/python -m benchmarks $(NAME)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Sixpoint needs Python 3.11 or later: make PYTHON=python3.11 demo"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(VENV)/bin/python requirements/demo.lock pyproject.toml
	@echo "Installing Sixpoint into $(VENV) ..."
	$(VENV)/bin/python -m pip install --quiet --require-hashes -r requirements/demo.lock
	$(VENV)/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python requirements/dev.lock pyproject.toml
	$(VENV)/bin/python -m pip install --quiet --require-hashes -r requirements/dev.lock
	$(VENV)/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $(VENV)/.demo $@

# Writes the lock files anew; needs uv. They hold versions and hashes, and name no host.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --extra service --extra build pyproject.toml -o requirements/demo.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --all-extras pyproject.toml -o requirements/dev.lock

clean:
	rm -rf $(VENV)
