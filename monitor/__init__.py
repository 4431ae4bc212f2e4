"""The bedside: sources, threads, alarms, log, screen and command line."""
