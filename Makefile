# What one does with this checkout. `make help` lists it; tools/setup.sh makes everything else ready by itself.

PYTHON ?= python3
# One more than there are processors: some tests mostly wait.
WORKERS ?= $(shell $(PYTHON) -c "import os; print((os.cpu_count() or 1) + 1)")
export PYTHON

BIN := .venv/bin
FLASK := $(BIN)/flask --app wsgi
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

SOAKED := test_lives test_disks test_planted test_cuts test_uploads_killed test_power_cuts

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test soak bench ocr-eval check lint types types-phone fix docs lock parts migrate clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

setup: ## install what the product needs (system packages, .venv)
	@tools/setup.sh run

demo: setup ## the demo city, ready to click through, on port 8000 (or PORT=…) of this machine
	@$(FLASK) db upgrade
	@$(FLASK) demo start
	@exec $(BIN)/python -m api.serve

serve: setup ## the production server on the configured database, no demo data
	@$(FLASK) db upgrade
	@exec $(BIN)/python -m api.serve

test: ## every test, on SQLite and PostgreSQL, the browser's included
	@tools/setup.sh test
	@PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n $(WORKERS) --dist loadgroup

soak: ## kill server, worker and database 1,000 times on each store, cut every byte and the power (KILLS=…, SEED=…); for hours
	@tools/setup.sh test
	@BRIGADE_SOAK=$(or $(KILLS),1000) BRIGADE_SEED=$(or $(SEED),1) BRIGADE_FULL=1 BRIGADE_TEST_KILLS=50 BRIGADE_TEST_IMAGES=50000 \
		$(BIN)/pytest -n 0 $(patsubst %,tests/faults/%.py,$(SOAKED))

bench: ## what the product costs beside the least that could do it; kept in bench/results/
	@tools/setup.sh test
	@$(BIN)/python -m bench all

ocr-eval: ## how well a made-up pile of paper forms is read; kept in bench/results/ and docs/operate/ocr-accuracy.md
	@tools/setup.sh ocr
	@$(BIN)/python -m bench.ocr --keep

check: lint types test ## what CI runs

lint: ## style and likely mistakes
	@tools/setup.sh check
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: ## types
	@tools/setup.sh check
	@$(BIN)/mypy

types-phone: ## types of the phone app; needs Node, which nothing else does
	@npx --yes --package typescript@5.9.3 tsc --project web

fix: ## repair what lint can repair by itself
	@tools/setup.sh check
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: ## write docs/reference anew from the code
	@tools/setup.sh check
	@$(BIN)/python tools/reference.py

lock: ## pin the packages anew after a change in requirements*.in
	@tools/setup.sh check
	@$(COMPILE) requirements-dev.in --output-file requirements-dev.txt
	@$(COMPILE) requirements.in --constraints requirements-dev.txt --output-file requirements.txt

parts: ## list what Brigade runs with, versions and licences (SBOM, CycloneDX): make -s parts > parts.cdx.json
	@tools/setup.sh check
	@$(BIN)/python tools/parts.py

migrate: ## write a migration for changed tables: make migrate NAME=add_vehicle_odometer
	@tools/setup.sh run
	@$(FLASK) db upgrade
	@$(FLASK) db migrate -m "$(or $(NAME),$(error say NAME=verb_noun))"

clean: ## remove .venv and the tools' caches; never var/, where the data is
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
