"""What every detector that PyTorch runs has in common."""

import torch
from torch import Tensor, nn

from core.model.presets import AnyPreset

__all__ = ["DetectionNetwork"]


class DetectionNetwork(nn.Module):
    """Windows in, one logit a sample out: (B, 19, L) -> (B, L).

    Use :func:`core.model.network.build_network`, which seeds the weights.

    Parameters
    ----------
    preset
        Its sizes.
    """

    def __init__(self, preset: AnyPreset) -> None:
        super().__init__()
        self.preset = preset

    def probabilities(self, x: Tensor) -> Tensor:
        """Seizure probability of each sample: (B, 19, L) -> (B, L), without calibration."""
        logits: Tensor = self(x)  # (B, L)
        return torch.sigmoid(logits)  # (B, L)

    def check_shape(self, x: Tensor) -> None:
        """Refuse what is not (B, 19, L) with L a multiple of the preset's compression.

        Raises
        ------
        ValueError
            For any other shape.
        """
        n_channels, compression = self.preset.n_channels, self.preset.compression
        shape = tuple(x.shape)
        if len(shape) != 3:
            raise ValueError(f"expected (batch, {n_channels}, samples), not shape {shape}")
        if shape[1] != n_channels:
            raise ValueError(f"expected {n_channels} channels, not {shape[1]} (shape {shape})")
        if shape[2] == 0 or shape[2] % compression:
            raise ValueError(f"expected a multiple of {compression} samples, not {shape[2]}")
