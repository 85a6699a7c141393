# The commands of daily life; each installs what it needs first.
VENV := .venv
RUN := $(VENV)/bin
PYTHON ?= python3

.PHONY: setup run test check browser model

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml uv.lock
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Python 3.11 or newer is needed"'
	$(PYTHON) -m venv $(VENV)
	$(RUN)/pip install --quiet --disable-pip-version-check uv
	$(RUN)/uv sync --frozen --quiet
	touch $@

run: setup
	$(RUN)/shezhu serve --demo

test: setup check browser
	$(RUN)/pytest

# The pages are tested in a real browser; where it is missing and may be installed, it is.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || test "$$(id -u)" != 0 || ! command -v apt-get >/dev/null \
	  || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk >/dev/null; } \
	  || echo "Chromium could not be installed: the page tests will be skipped"

check: setup
	$(RUN)/ruff check .
	$(RUN)/mypy
	$(RUN)/lint-imports
	$(RUN)/python -m nlp.train --check

model: setup
	$(RUN)/python -m nlp.train
