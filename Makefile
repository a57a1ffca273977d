# Each target brings its own set-up; nothing has to be installed by hand but Python 3.11+, git and make.
ARGS ?=
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := $(UV) run --locked --all-extras --quiet
STAMP := .venv/.headgate-setup

.PHONY: setup demo up test test-slow check bench figures chaos chaos-path chaos-money simulate-money schema program clean

setup: $(STAMP)

.uv/bin/uv:
	python3 -m venv .uv
	.uv/bin/pip install --quiet --disable-pip-version-check uv==0.13.9

$(STAMP): pyproject.toml uv.lock | $(filter .uv/bin/uv,$(UV))
	$(UV) sync --locked --all-extras --quiet
	@touch $@

demo: setup
	$(RUN) headgate demo $(ARGS)

up: setup
	$(RUN) headgate up $(ARGS)

test: setup
	$(RUN) pytest -m "not slow" $(ARGS)

test-slow: setup
	$(RUN) pytest -m slow $(ARGS)

check: setup
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) python -m tools.money_check
	$(RUN) python -m tools.schema --check

schema: setup
	$(RUN) python -m tools.schema

program: setup
	$(RUN) python -m chain.program.build $(ARGS)

bench: setup
	$(RUN) python -m proof.bench $(ARGS)

figures: setup
	$(RUN) python -m proof.figures

chaos: setup
	$(RUN) python -m proof.chaos $(ARGS)

chaos-path: setup
	$(RUN) python -m proof.path $(ARGS)

chaos-money: setup
	$(RUN) python -m proof.treasury.chaos $(ARGS)

simulate-money: setup
	$(RUN) python -m proof.treasury $(ARGS)

clean:
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
