"""Files: recordings in, events out."""
