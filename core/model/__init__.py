"""The network: encoder, residual convolutions, bidirectional Mamba-2, decoder; and its weights."""
