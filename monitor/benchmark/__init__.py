"""What ``vigil bench`` measures: one module for each part, and one that runs them all."""
