# SPDX-License-Identifier: MIT
# `make run` is the prompt, `make test` is everything CI asks; both make their environment on first use.

# The system's interpreter, where there is one: an unprivileged user can execute it, which the tests need.
PYTHON := $(firstword $(wildcard /usr/bin/python3) python3)
VENV := .venv
PY := $(VENV)/bin/python
# The folder is part of the name: a checkout that was moved makes its environment anew.
STAMP := $(VENV)/made-for$(subst /,-,$(CURDIR))
DOCS_STAMP := $(STAMP)-docs
KATHARA := build/kathara/bin/python
PIP := $(PY) -m pip --quiet --disable-pip-version-check
# One line of the pages that pip writes, and where to look.
PIP_FAILED = grep --max-count=1 'ERROR:' $(VENV)/log >&2; \
  echo "pip could not install what nsh needs: is PyPI, or a mirror that pip.conf names, within reach? All it said: $(VENV)/log" >&2; exit 1

# Where programs are, also for somebody who starts us with an empty environment.
export PATH := $(if $(PATH),$(PATH):)/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

.DEFAULT_GOAL := help
.PHONY: help env run check docs docs-messages test test-pythons test-fresh test-all bench clean

help: ## Say what there is.
	@sed -n 's/^\([a-z-]*\):[^#]*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 22

env: $(STAMP) ## The environment in .venv: made once, and again when pyproject.toml changes.
	@:

# A present pip first: Debian's writes a start script that imports `re`, half of Python's own start-up time.
# editable_mode=compat is a line in a .pth file; the default is an import hook, paid for at every start. So is
# setuptools' own hook; its wheel is kept beside for the test that builds ours where there is no network.
$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' </dev/null 2>/dev/null || \
	  { echo "nsh needs Python 3.11 or later, and $(PYTHON) is none; where there is one, say: make PYTHON=/its/path" >&2; exit 1; }
	@echo "making the environment in $(VENV), once ..." >&2
	@$(PYTHON) -m venv $(VENV) </dev/null >&2 || { echo "python3 cannot make it: apt-get install python3-venv" >&2; exit 1; }
	@{ $(PIP) install --upgrade pip && \
	   $(PIP) install --config-settings editable_mode=compat --editable '.[test]' && \
	   $(PIP) uninstall --yes setuptools && \
	   $(PIP) download --no-deps --dest $(VENV)/wheels setuptools; \
	 } </dev/null >$(VENV)/log 2>&1 || { $(PIP_FAILED); }
	@touch $@

run: $(STAMP) ## The prompt, in a sandbox; lines on stdin are run instead.
	@$(VENV)/bin/nsh --sandbox

check: $(STAMP) ## Linters, types, import contract, fast tests; under a minute.
	@$(PY) -m pytest --quiet -m "not real and not terminal and not slow" tests

docs: $(DOCS_STAMP) ## docs/commands.md and docs/nsh.1 from the declarations; the site in build/site from all pages.
	@$(PY) -m nsh.reference docs
	@$(PY) -m docs.site

docs-messages: $(DOCS_STAMP) ## Bring the catalogues in docs/site/locale, where translations stand, up to date.
	@$(PY) -m docs.site.messages

# What only the site needs comes when the site is first built.
$(DOCS_STAMP): $(STAMP)
	@echo "adding what the site needs to $(VENV), once ..." >&2
	@$(PY) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["docs"], sep="\n")' \
	  | { $(PIP) install --requirement /dev/stdin >$(VENV)/log 2>&1 || { $(PIP_FAILED); }; }
	@touch $@

test: $(STAMP) ## Everything, as root and as an unprivileged user.
	@$(PY) tests/run.py

test-pythons: $(STAMP) ## The same with the other Pythons that nsh is for, where they are.
	@$(PY) tests/pythons.py

test-fresh: $(STAMP) ## The same in a fresh Debian, made for it and gone afterwards; root only.
	@$(PY) tests/fresh.py

test-all: $(DOCS_STAMP) $(KATHARA) ## All of these, with the slow ones.
	@$(PY) tests/run.py --slow
	@$(PY) tests/pythons.py
	@$(PY) tests/fresh.py

# Only its parser is wanted, for one test; with it come 200 MB that nothing else here needs.
$(KATHARA):
	@echo "making an environment with Kathará in build/kathara, once ..." >&2
	@mkdir -p build && $(PYTHON) -m venv build/kathara </dev/null >&2 && \
	  $(KATHARA) -m pip --quiet --disable-pip-version-check install kathara==3.8.3 </dev/null >&2 || \
	  { rm -rf build/kathara; echo "its test will be skipped" >&2; }

bench: $(STAMP) ## Speed, side by side with the peers; fails over budget.
	@$(PY) -m bench

clean: ## Remove what was made here.
	@rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
