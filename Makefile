# The commands of daily life; each installs what it needs first.
VENV := .venv
RUN := $(VENV)/bin
PYTHON ?= python3

.PHONY: setup run test check model

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml uv.lock
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Python 3.11 or newer is needed"'
	$(PYTHON) -m venv $(VENV)
	$(RUN)/pip install --quiet --disable-pip-version-check uv
	$(RUN)/uv sync --frozen --quiet
	touch $@

run: setup
	$(RUN)/shezhu serve --demo

test: setup check
	$(RUN)/pytest

check: setup
	$(RUN)/ruff check .
	$(RUN)/mypy
	$(RUN)/lint-imports
	$(RUN)/python -m nlp.train --check

model: setup
	$(RUN)/python -m nlp.train
