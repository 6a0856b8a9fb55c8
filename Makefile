# llmdas. `make` or `make help` lists the targets. Targets only set up and call the command line, so the two cannot drift.
DETECTOR ?=
DATA ?=
LABEL ?=
LLM ?=
SANDBOX ?=
LEVEL ?=
PRESET ?=
PROGRAMS ?=
SECONDS ?= 60
ATTEMPTS ?=
SEED ?=
ARGS ?=
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup synthesize test pythons rules fuzz lint format images doctor lock package clean

help: ## Show this list.
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "Variables of synthesize, with their defaults:"
	@echo "  DETECTOR=iforest  source detector: iforest, pca, ocsvm, ecod (aliases and case forgiven)"
	@echo "  DATA=             CSV, Parquet, npz or mat file; none: scikit-learn's breast cancer table"
	@echo "  LABEL=            label column of DATA; none: every row is taken as normal and no metric is claimed"
	@echo "  LLM=auto          auto, openai or replay; auto: openai when a key or base URL is set, else recorded answers"
	@echo "  SANDBOX=auto      auto, bubblewrap or docker"
	@echo "  LEVEL=warm        warm, fresh or vm (gVisor); PRESET=regulated refuses warm"
	@echo "  PROGRAMS=3        programs to write for the detector"
	@echo "  ATTEMPTS=4        answers per program at most, repairs included"
	@echo "  SEED=0            seed of split, detector, programs and classifier"
	@echo "  ARGS=             further options of 'llmdas synthesize', such as ARGS=--json"

setup: $(VENV)/.runtime ## Make .venv with the hash-locked runtime (done by the other targets when needed).

# An environment whose interpreter is gone (moved, upgraded) is made anew, whatever its stamps say.
ifneq ($(shell $(BIN)/python -c "import numpy, pydantic, llmdas, llmdas_sandbox" >/dev/null 2>&1 && echo whole),whole)
.PHONY: $(VENV)/.runtime
endif

$(VENV)/.runtime: requirements/runtime.txt
	@PYTHON="$(PYTHON)" sh scripts/setup.sh runtime

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	@PYTHON="$(PYTHON)" sh scripts/setup.sh dev

# Values are passed by the environment, so that neither make nor the shell parses them. One that is not given leaves what
# the environment says; where that is empty too, the command's own default holds.
GIVEN_DETECTOR := $(value LLMDAS_DETECTOR)
GIVEN_DATA := $(value LLMDAS_DATA)
GIVEN_LABEL := $(value LLMDAS_LABEL)
GIVEN_LLM := $(value LLMDAS_LLM)
GIVEN_SANDBOX := $(value LLMDAS_SANDBOX)
GIVEN_LEVEL := $(value LLMDAS_LEVEL)
GIVEN_PRESET := $(value LLMDAS_PRESET)
GIVEN_PROGRAMS := $(value LLMDAS_PROGRAMS)
GIVEN_ATTEMPTS := $(value LLMDAS_ATTEMPTS)
GIVEN_SEED := $(value LLMDAS_SEED)
synthesize: export LLMDAS_DETECTOR = $(or $(value DETECTOR),$(GIVEN_DETECTOR))
synthesize: export LLMDAS_DATA = $(or $(value DATA),$(GIVEN_DATA))
synthesize: export LLMDAS_LABEL = $(or $(value LABEL),$(GIVEN_LABEL))
synthesize: export LLMDAS_LLM = $(or $(value LLM),$(GIVEN_LLM))
synthesize: export LLMDAS_SANDBOX = $(or $(value SANDBOX),$(GIVEN_SANDBOX))
synthesize: export LLMDAS_LEVEL = $(or $(value LEVEL),$(GIVEN_LEVEL))
synthesize: export LLMDAS_PRESET = $(or $(value PRESET),$(GIVEN_PRESET))
synthesize: export LLMDAS_PROGRAMS = $(or $(value PROGRAMS),$(GIVEN_PROGRAMS))
synthesize: export LLMDAS_ATTEMPTS = $(or $(value ATTEMPTS),$(GIVEN_ATTEMPTS))
synthesize: export LLMDAS_SEED = $(or $(value SEED),$(GIVEN_SEED))
synthesize: $(VENV)/.runtime ## Write, judge, try and run programs that make DETECTOR better; leaves a report in runs/.
	@$(BIN)/python -m llmdas synthesize $(ARGS)

test: $(VENV)/.dev ## Run all tests; Docker tests run where an engine answers and say so where none does.
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal $(ARGS)

pythons: $(VENV)/.dev ## Make environments of the other Pythons found here, to compare verdicts in `make test`.
	@sh scripts/pythons.sh

rules: $(VENV)/.dev ## Make the gate worse in every known way and count what the samples notice (some minutes).
	@$(BIN)/python -m tests.mutation.run $(ARGS)

fuzz: ## Fuzz the gate, then the sandbox's frames, with coverage guidance in .venv-fuzz, SECONDS=60 each.
	@test -x .venv-fuzz/bin/python || "$(PYTHON)" -m venv .venv-fuzz
	@.venv-fuzz/bin/pip install --quiet --disable-pip-version-check -r requirements/fuzz.txt
	@.venv-fuzz/bin/python tests/fuzz/atheris_gate.py --seconds "$(SECONDS)" --artefacts runs/fuzz
	@.venv-fuzz/bin/python tests/fuzz/sandbox_frames.py --seconds "$(SECONDS)"

lint: $(VENV)/.dev ## Check style, types and import contracts.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.dev ## Format the code.
	@$(BIN)/ruff check --fix --select I .
	@$(BIN)/ruff format .

images: $(VENV)/.runtime ## Build the guest image for Docker, without an image hub.
	@$(BIN)/python -m llmdas_sandbox image

doctor: $(VENV)/.runtime ## Measure every control of the sandbox, per backend and level, on this machine.
	@$(BIN)/python -m llmdas doctor $(ARGS)

lock: ## Write the hash-locked requirements anew (needs uv).
	@sh scripts/lock.sh

package: $(VENV)/.dev ## Build wheel and sdist into dist/.
	@$(BIN)/python -m build --no-isolation --outdir dist .

clean: ## Remove the environment, caches and build products; runs/ stays.
	rm -rf $(VENV) .venv-fuzz .pythons dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
