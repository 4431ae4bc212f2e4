"""Looking inside a detector: activations, ensembles, silencing, attribution."""
