# Every target sets up by itself what it needs (scripts/setup) and is quick where that is done.
# On Windows, or without make, README.md shows the plain pip way.

BIN := .venv/bin
PYTEST_FLAGS ?= -n auto

# What one program has compiled serves the next, also where the machine says that nothing compiled is to be kept: the tests
# start hundreds.
export PYTHONDONTWRITEBYTECODE =

.PHONY: demo test check docs bench clean

demo: ## the main job on a sample company, nothing configured
	@scripts/setup runtime
	@$(BIN)/backlog demo
	@echo 'To have the command backlog in this terminal: . $(BIN)/activate'

test: ## the whole test suite
	@scripts/setup dev
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest $(PYTEST_FLAGS)

check: ## lint, format, types, imports, reference pages
	@scripts/setup dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m cli.reference --check

docs: ## writes the reference pages, the glossary and config.example.toml from the code
	@scripts/setup dev
	@$(BIN)/python -m cli.reference

bench: ## the promises of speed, measured on this machine
	@scripts/setup bench
	@$(BIN)/python -m bench

clean: ## removes what the other targets made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info demo-company
