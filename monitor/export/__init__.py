"""What is handed on of a session: events, EEG, the log, and a report to read."""
