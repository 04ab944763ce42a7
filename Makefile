# DocSQL: `make demo` shows it, `make test` proves it. Everything lives in .venv and data/.

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TORCH ?= torch==2.13.0  # or with an index of its builds: TORCH="torch==2.13.0 --index-url …"
DEMO := deployment/demo
DOCS := build/docs

.PHONY: help install extras demo test check docs settings wheel confidence likelihood bench models evaluate screenshots chart helm lock demo-documents clean

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

install: ## Make .venv with the locked dependencies (PYTHON=python3.13 picks another)
	@command -v $(PYTHON) >/dev/null || { \
	  echo "There is no $(PYTHON) here. Install Python 3.11 or later, or name one: make install PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "DocSQL needs Python 3.11 or later, and $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make install PYTHON=python3.12"; exit 1; }
ifneq ($(origin PYTHON), file)  # a Python that was asked for replaces one of another version
	@version='import sys; print(sys.version_info[:2])'; \
	[ "$$($(PYTHON) -c "$$version")" = "$$($(BIN)/python -c "$$version" 2>/dev/null)" ] || rm -f $(VENV)/installed
endif
	@$(MAKE) --silent $(VENV)/installed

$(VENV)/installed: requirements.lock
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

extras: install ## Install what is optional too: Ray, OCR, Trino, document sources, models in this process (about 2 GB)
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check \
	  --require-hashes -r requirements-extras.lock
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check $(TORCH)
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check \
	  --require-hashes -r requirements-local.lock

demo: install ## Load the sample data, answer three questions, serve the API and the chat page
	@$(BIN)/docsql demo

# Compiled modules are kept, whatever the environment says: three workers and the page's processes
# would each compile them again.
test: export PYTHONDONTWRITEBYTECODE :=
test: install ## Run the whole test suite
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

check: install ## Lint, format, types, layers, tests, the documentation and the built wheel
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(MAKE) --no-print-directory test
	$(MAKE) --no-print-directory docs
	$(MAKE) --no-print-directory wheel

docs: $(DOCS)/installed ## Build the documentation into build/site; a broken link is an error
	@NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --strict --quiet
	@echo "The documentation is build/site/index.html."

$(DOCS)/installed: requirements-docs.lock
	@if command -v uv >/dev/null; then \
	  uv venv --quiet --clear --python $(PYTHON) $(DOCS) && \
	  uv pip install --quiet --python $(DOCS)/bin/python --require-hashes -r requirements-docs.lock; \
	else \
	  $(PYTHON) -m venv --clear $(DOCS) && \
	  $(DOCS)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-docs.lock; \
	fi
	@touch $@

settings: install ## Write docs/settings.md from the settings classes
	@$(BIN)/python tests/docs/settings_page.py

wheel: install ## Build the wheel, install it alone and start the service from it
	@rm -rf dist build/wheel && mkdir -p build
	@echo "Building the wheel."
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist . >build/wheel.log 2>&1 || { cat build/wheel.log; exit 1; }
	@$(BIN)/python -m venv --without-pip build/wheel
	@if $(BIN)/python -c 'import pip' 2>/dev/null; then \
	  $(BIN)/python -m pip --python build/wheel/bin/python install --quiet --disable-pip-version-check --no-index --no-deps dist/*.whl; \
	else \
	  uv pip install --quiet --python build/wheel/bin/python --no-index --no-deps dist/*.whl; \
	fi
	@# The dependencies are borrowed; the editable installation stays out, for a .pth is not followed twice.
	@$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
	  > $$(build/wheel/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/borrowed.pth
	build/wheel/bin/python -P -m pytest -q -m wheel tests/test_packaging.py

confidence: install ## Train the confidence of statements and answers (QUESTIONS="a.jsonl b.jsonl" DATABASES=dir)
	@$(BIN)/python tests/bench/train_confidence.py $(QUESTIONS) --databases $(DATABASES)
	@$(BIN)/python tests/bench/train_answers.py $(QUESTIONS) --databases $(DATABASES) $(if $(STATEMENTS),--statements $(STATEMENTS))

likelihood: install ## Train how likely quoted sentences answer (QUESTIONS="a.jsonl" PASSAGES=dir)
	@$(BIN)/python tests/bench/train_quotations.py $(QUESTIONS) --passages $(PASSAGES)

bench: install ## Measure, and write the figures into docs/figures.md (ARGS=--suite: make check too)
	@PYTHONPATH=tests/standin $(BIN)/python tests/bench/run.py $(ARGS)

models: ## Make build/models: a small language model and llama.cpp's server, for make evaluate (1.2 GB)
	@$(PYTHON) tests/bench/get_models.py

evaluate: install ## Ask questions with a real model, and write docs/quality.md (ARGS="--sample 20 --sql 50 …")
	@PYTHONPATH=tests/standin $(BIN)/python tests/bench/evaluate.py $(ARGS)

screenshots: install ## Take the pictures of the chat page (needs chromium)
	$(BIN)/python tests/chainlit_app/screenshots.py

chart: install ## Bring the chart's settings and schema up to date, and write dist/docsql-VERSION.tgz
	@$(BIN)/python tests/deployment/chart_files.py

helm: ## Make build/helm: a Python 3.12 or later with the real Helm engine, for the chart's tests
	@for python in python3.12 python3.13 $${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.1[2-9]*/bin/python; do \
	  $$python -c 'import venv, ensurepip, sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && break; python=; \
	done; \
	[ -n "$$python" ] || { echo "The chart's tests need helm, or Python 3.12 or later for helm-sdkpy."; exit 1; }; \
	$$python -m venv build/helm && build/helm/bin/pip install --quiet --disable-pip-version-check helm-sdkpy==0.1.32 pyyaml

LOCK_EXTRA := --constraint requirements.lock --universal --generate-hashes --python-version 3.11 \
  --quiet --custom-compile-command "make lock"

lock: ## Resolve the dependencies again (needs uv)
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --python-version 3.11 \
	  --quiet --custom-compile-command "make lock" --output-file requirements.lock
	uv pip compile pyproject.toml --extra ray --extra ocr --extra sources --extra trino $(LOCK_EXTRA) --output-file requirements-extras.lock
	uv pip compile --group build $(LOCK_EXTRA) --output-file requirements-build.lock
	uv pip compile --group page $(LOCK_EXTRA) --output-file requirements-page.lock
	uv pip compile --group docs $(LOCK_EXTRA) --output-file requirements-docs.lock
	uv pip compile pyproject.toml --extra local --no-emit-package torch $(LOCK_EXTRA) --output-file requirements-local.lock

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
