# DocSQL: `make demo` shows it, `make test` proves it. Everything lives in .venv and data/.

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := deployment/demo

.PHONY: help install demo test check wheel bench screenshots lock demo-documents clean

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

install: $(VENV)/installed ## Make .venv with the locked dependencies (PYTHON=python3.13 picks another)
	@want=$$($(PYTHON) -c 'import sys; print(sys.version_info[:2])' 2>/dev/null); \
	have=$$($(BIN)/python -c 'import sys; print(sys.version_info[:2])'); \
	if [ "$(origin PYTHON)" != file ] && [ "$$want" != "$$have" ]; then \
	  rm -rf $(VENV) && $(MAKE) --no-print-directory $(VENV)/installed; fi

$(VENV)/installed: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { \
	  echo "There is no $(PYTHON). Install Python 3.11 or later, or name one: make install PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "DocSQL needs Python 3.11 or later, and $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make install PYTHON=python3.12"; exit 1; }
	@if command -v uv >/dev/null; then \
	  echo "Installing with uv."; \
	  uv venv --quiet --clear --python $(PYTHON) $(VENV) && \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else \
	  echo "Installing with pip (uv would be faster); this takes some minutes."; \
	  $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	    echo "$(PYTHON) has no venv module. On Debian and Ubuntu: apt install python3-venv. Or install uv."; exit 1; }; \
	  $(PYTHON) -m venv --clear $(VENV) && \
	  $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
	  $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
	@touch $@

demo: install ## Load the sample data, answer three questions, serve the API and the chat page
	@$(BIN)/docsql demo

test: install ## Run the whole test suite
	$(BIN)/pytest

check: install ## Lint, format, types, layers, tests, and the built wheel
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(MAKE) --no-print-directory test
	$(MAKE) --no-print-directory wheel

wheel: install ## Build the wheel, install it alone and start the service from it
	rm -rf dist build/wheel && mkdir -p build
	$(BIN)/python -m build --wheel --no-isolation --outdir dist . >/dev/null
	$(BIN)/python -m venv --without-pip build/wheel
	$(BIN)/python -m pip --python build/wheel/bin/python install --quiet --disable-pip-version-check --no-deps dist/*.whl
	# The dependencies are borrowed; the editable installation stays out, for a .pth is not followed twice.
	$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > $$(build/wheel/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/borrowed.pth
	build/wheel/bin/python -P -m pytest -m wheel tests/test_packaging.py

bench: install ## Measure, and write the figures into docs/figures.md
	$(BIN)/python tests/bench/run.py

screenshots: install ## Take the README's pictures of the chat page (needs chromium)
	$(BIN)/python tests/chainlit_app/screenshots.py

lock: ## Resolve the dependencies anew (needs uv)
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --python-version 3.11 \
	  --quiet --custom-compile-command "make lock" --output-file requirements.lock

DEMO_PDF := $(addprefix $(DEMO)/documents/,warranty-policy.pdf support-policy.pdf service-level-agreement.pdf data-centre-handbook.pdf)
DEMO_DOCX := $(addprefix $(DEMO)/documents/,price-policy.docx employee-onboarding.docx travel-and-expenses.docx)

demo-documents: $(DEMO_PDF) $(DEMO_DOCX) ## Print the sample PDF and DOCX files from their HTML (needs chromium, pandoc)

$(DEMO)/documents/%.pdf: $(DEMO)/sources/%.html
	profile=$$(mktemp -d) && trap 'rm -rf "$$profile"' EXIT && \
	chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
	  --disable-component-update --disable-sync --no-pdf-header-footer \
	  --user-data-dir="$$profile" --print-to-pdf=$@ $<

$(DEMO)/documents/%.docx: $(DEMO)/sources/%.html
	SOURCE_DATE_EPOCH=1790726400 pandoc --from=html --shift-heading-level-by=-1 --output=$@ $<

clean: ## Remove everything that was made here, the data included
	rm -rf $(VENV) build dist data
