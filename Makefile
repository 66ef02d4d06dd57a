# Everything is private to this checkout: .venv holds Python's packages. The demo's data are in a temporary folder.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p && break; done)
VENV := .venv
# What installing the package builds from: its part in C is built anew where one of these changed.
BUILD := pyproject.toml setup.py $(sort $(wildcard src/samband/wire/sip/_native*.[ch]))
STAMP := $(VENV)/.ready-$(shell cat requirements/*.txt $(BUILD) | sha256sum | cut -c1-16)
RUN_STAMP := $(VENV)/.run-$(shell cat requirements/run.txt $(BUILD) | sha256sum | cut -c1-16)
INSTALL := $(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .

.PHONY: demo test check format lock bench clean

demo: $(RUN_STAMP)
	@exec $(VENV)/bin/samband demo $(ARGS)

test: $(STAMP)
	@sh tests/packages.sh
	@SAMBAND_PURE=0 $(VENV)/bin/python -c 'from samband.wire.sip import native; exit(bool(native.WHY_NOT))' || $(INSTALL)
	@if command -v krb5-config >/dev/null && command -v gcc >/dev/null; then \
		$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/kerberos.txt || \
		echo "no Kerberos: its tests are skipped"; fi
	@$(MAKE) --no-print-directory check
	$(VENV)/bin/pytest -n 2 --dist loadfile $(ARGS)

check: $(STAMP)
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/mypy

format: $(STAMP)
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

bench: $(STAMP)
	$(VENV)/bin/python -m bench $(ARGS)

$(VENV)/bin/pip:
	@$(or $(PYTHON),python3) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Samband needs Python 3.11 or newer; where it has another name: make PYTHON=..." >&2; exit 1; }
	@echo "Setting up $(VENV), this once: it takes a minute." >&2
	@$(or $(PYTHON),python3) -m venv $(VENV)

$(RUN_STAMP): $(VENV)/bin/pip
	@[ -e $(STAMP) ] || $(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(INSTALL)
	@rm -f $(VENV)/.run-*; touch $@

$(STAMP): $(VENV)/bin/pip
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(INSTALL)
	@rm -f $(VENV)/.ready-* $(VENV)/.run-*; touch $@ $(RUN_STAMP)

# Lock files name versions and hashes only, no registry: pip takes them from wherever it is configured to.
lock: $(STAMP)
	$(VENV)/bin/pip install --quiet pip-tools
	$(VENV)/bin/pip-compile -q --extra postgresql --extra build -o requirements/run.txt pyproject.toml
	$(VENV)/bin/pip-compile -q --extra kerberos -c requirements/run.txt -o requirements/kerberos.txt pyproject.toml
	$(VENV)/bin/pip-compile -q --extra dev --extra build --extra postgresql -o requirements/dev.txt pyproject.toml

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache build src/samband/wire/sip/_native*.so
