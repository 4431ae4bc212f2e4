"""Training: from recordings on disk to weights that can be shipped."""
