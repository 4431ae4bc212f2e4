# Two commands for a newcomer: `make run` and `make test`. Both set up .venv first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
QT_LIBRARIES := libglib2.0-0 libgl1 libegl1 libxkbcommon0 libfontconfig1 libdbus-1-3
X_SERVER := xvfb libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0 \
  libxcb-randr0 libx11-xcb1
HEADLESS := $(if $(DISPLAY)$(WAYLAND_DISPLAY),,--headless)
SPEED := $(if $(HEADLESS),max,10)
# One thread a process: the tests run in two, and OpenMP threads that spin starve each other.
export OMP_NUM_THREADS := 1

.PHONY: run test check format bench screenshots demo clean qt-libraries x-server

run: $(VENV)/installed
	$(BIN)/vigil replay recordings/demo.edf $(HEADLESS) --speed $(SPEED)

test: $(VENV)/test-installed qt-libraries x-server
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: $(VENV)/test-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/test-installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/test-installed
	$(BIN)/python tests/bench/bench_memory.py
	$(BIN)/python tests/bench/bench_scoring.py
	$(BIN)/python tests/bench/bench_engine.py
	$(BIN)/python tests/bench/bench_frames.py
	$(BIN)/python -m tests.bench.bench_window_memory
	$(BIN)/python -m tests.bench.bench_recording

# A picture of each state of the window, to be looked at.
screenshots: $(VENV)/test-installed qt-libraries
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.gui.screenshots build/screenshots
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.gui.review_screenshots build/screenshots

# The demo recording as it is in the repository.
demo: $(VENV)/installed
	$(BIN)/vigil simulate recordings/demo.edf --minutes 9 --seizures 2 --seed 27

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Vigil needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) install --constraint constraints.txt --editable .
	touch $@

# mamba-ssm's own reference code is compared with ours. It builds without CUDA when told so; where
# it cannot be had, that one comparison is skipped and says so.
$(VENV)/test-installed: $(VENV)/installed
	$(PIP) install --constraint constraints.txt --editable '.[test]'
	$(PIP) install --constraint constraints.txt triton huggingface_hub packaging wheel setuptools ninja \
	  && MAMBA_FORCE_BUILD=TRUE MAMBA_SKIP_CUDA_BUILD=TRUE $(PIP) install --no-build-isolation \
	     --no-deps mamba-ssm==2.3.2.post1 \
	  || echo 'mamba-ssm could not be installed: its parity test will be skipped'
	touch $@

# Qt draws its windows off screen in the tests, and still needs a few libraries of the system.
qt-libraries: $(VENV)/installed
	@if ! QT_QPA_PLATFORM=offscreen $(BIN)/python -c 'from PySide6.QtWidgets import QApplication; QApplication([])' 2>/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y $(QT_LIBRARIES) >/dev/null; \
	  else \
	    echo 'Qt lacks system libraries. Run this, then make test again:'; \
	    echo '  sudo apt-get install -y $(QT_LIBRARIES)'; exit 1; \
	  fi; \
	fi

# The window's keys are tested on an X server, too (10 MB); where there is none, that is skipped.
x-server:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! command -v Xvfb >/dev/null; then \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
	    --no-install-recommends $(X_SERVER); } >/dev/null 2>&1 \
	  || echo 'Xvfb could not be installed: the tests on an X server will be skipped'; \
	fi
