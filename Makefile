# make app       a virtual environment in .venv, what the app needs, and the app on its demo
# make test      the same with the test tools: lint, types, JavaScript, tests
# make test-all  also the long tests
# make lint      formatting, lint and types only
# make format    put the code in shape
# make demos     the models in demos/, anew (the reaching session is looked for in JEDI_REAL_DATA)

PYTHON ?= python3
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
SCRUBBER := explorer/scrubber
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet

.PHONY: app test test-all lint format javascript demos clean
.DEFAULT_GOAL := app

app: $(VENV)/app.stamp
	$(BIN)/python -m streamlit run app.py

test: lint javascript
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow and not gpu"

test-all: lint javascript
	$(BIN)/python -m pytest -n $(WORKERS)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The live component: its tests, and that the committed bundle is what its sources give.
# Users need no Node; where JEDI_REQUIRE_NODE is set, as in CI, its absence is an error.
javascript:
	@if command -v npm >/dev/null 2>&1; then \
		cd $(SCRUBBER) && npm ci --no-audit --no-fund --silent && npm test && npm run --silent build && \
		git diff --exit-code -- dist || { \
			echo "The component's tests fail, or its bundle is not what npm run build gives: commit that"; exit 1; }; \
	elif [ -n "$$JEDI_REQUIRE_NODE" ]; then \
		echo "Node.js (with npm) is needed here: the component's tests and bundle check"; exit 1; \
	else \
		echo "Node.js not found: leaving out the component's tests and bundle check"; \
	fi

JEDI := JEDI_RUNS=$(CURDIR)/runs/demos $(BIN)/python -m jedi
demos: $(VENV)/app.stamp
	rm -rf runs/demos
	$(JEDI) simulate multitask --out datasets/multitask.h5
	$(JEDI) train datasets/multitask.h5 --run multitask --preset clean
	$(JEDI) evaluate multitask
	$(JEDI) pack multitask --out demos/multitask.safetensors
	$(JEDI) import $(JEDI_REAL_DATA)/perich2018_mm_s1.nwb --out datasets/reaching.h5 --align go_cue_time \
		--window -0.3 0.7 --bin 0.01 --smooth 0.04 --area M1 --area PMd --min-rate 1
	$(JEDI) train datasets/reaching.h5 --run reaching --preset single-trial
	$(JEDI) evaluate reaching --control
	$(JEDI) pack reaching --out demos/reaching.safetensors

$(VENV)/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "JEDI Explorer needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)."; \
		echo "Install it, or name it: make $(or $(MAKECMDGOALS),app) PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "Making a virtual environment failed; on Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	@touch $@

$(VENV)/app.stamp: requirements.txt $(VENV)/python.stamp
	@echo "Installing what the app needs into $(VENV) (the first time takes some minutes)"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/app.stamp
	@echo "Installing the test tools into $(VENV)"
	@$(PIP) -r requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache $(SCRUBBER)/node_modules
