# Two commands do everything: `make demo` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
RUN    ?= runs/demo
export OMP_WAIT_POLICY = PASSIVE

.PHONY: demo test check fix docs setup clean

demo: setup   ## run the whole path on the embedded default
	@$(BIN)/bedside toolchain install
	@$(BIN)/bedside demo --out $(RUN)

test: check   ## every check and every test, the slow ones last
	$(BIN)/bedside toolchain install
	$(BIN)/pytest -m "not train and not llamacpp and not browser and not ray and not network and not gpu"
	$(BIN)/pytest -m "(train or llamacpp or browser or ray) and not network and not gpu"

check: setup  ## style, types, layers, spelling
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/codespell

fix: setup    ## mend what can be mended mechanically
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: setup   ## rewrite what is measured or drawn in docs/, and the shipped JSON Schemas
	$(BIN)/python bench/startup.py --write docs/benchmarks.md
	$(BIN)/python bench/calibration.py --write docs/benchmarks.md
	$(BIN)/python bench/render.py --write docs/benchmarks.md
	$(BIN)/python scripts/draw_trend.py
	$(BIN)/python scripts/draw_ecg_pictures.py
	$(BIN)/python scripts/draw_ecg_classes.py
	$(BIN)/python scripts/write_schemas.py

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt scripts/setup.sh
	@PYTHON="$(PYTHON)" VENV="$(VENV)" sh scripts/setup.sh
	@touch $@

clean:        ## remove what the two commands made here (the user cache stays)
	rm -rf $(VENV) runs build dist
