"""The bedside: sources, threads, alarms, log, screen and command line."""

import os

# OpenMP reads it when torch is loaded, so it is set before anything here loads torch. Threads that
# spin while they wait starve acquisition and display; beside another busy process a window would
# take ten times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
