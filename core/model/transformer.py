"""A transformer encoder for the U-Net's bottleneck, as in SeizureTransformer.

After Wu et al., "SeizureTransformer: scaling U-Net with transformer for simultaneous time-step
level seizure detection from long EEG recordings", 2025: eight encoder layers of 512 channels
between encoder and decoder. Here the layers normalise their input (pre-norm), which trains without
a long warm-up.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.model.presets import Preset

__all__ = ["EncoderLayer", "SelfAttention", "SinusoidalPositions", "TransformerStack"]

LONGEST_PERIOD = 10_000.0
"""Of the slowest sinusoid, over 2 pi, in samples at the bottleneck."""

INITIAL_STD = 0.02


class SinusoidalPositions(nn.Module):
    """Add where a sample stands: (B, L, d_model) -> the same, for any length.

    Sine and cosine at geometrically spaced frequencies (Vaswani et al., "Attention is all you
    need", 2017). Nothing is learned or stored, so a short crop meets the positions with which a
    long window begins.
    """

    def forward(self, x: Tensor) -> Tensor:
        return x + self.table(x.shape[1], x.shape[2], x.device).to(x.dtype)  # (B, L, d_model)

    @staticmethod
    def table(length: int, d_model: int, device: torch.device | None = None) -> Tensor:
        """Positions of a sequence: (length, d_model), float32, within -1 and 1."""
        sample = torch.arange(length, dtype=torch.float32, device=device)  # (L,)
        pair = torch.arange(0, d_model, 2, dtype=torch.float32, device=device)  # (d_model / 2,)
        rate = LONGEST_PERIOD ** (-pair / d_model)  # (d_model / 2,) radians a sample
        phase = sample.unsqueeze(-1) * rate  # (L, d_model / 2)
        return torch.stack([phase.sin(), phase.cos()], dim=-1).flatten(-2)  # (L, d_model)


class SelfAttention(nn.Module):
    """Every sample looks at every other one: (B, L, d_model) -> the same.

    Parameters
    ----------
    d_model
        Channels, a multiple of ``n_heads``.
    n_heads
        Heads.
    dropout
        Probability, of attention weights in training.
    """

    def __init__(self, d_model: int, n_heads: int, dropout: float) -> None:
        super().__init__()
        self.n_heads, self.dropout = n_heads, dropout
        # No bias: the softmax would not notice the keys', and the norm before has one.
        self.in_proj = nn.Linear(d_model, 3 * d_model, bias=False)
        self.out_proj = nn.Linear(d_model, d_model)

    def forward(self, x: Tensor) -> Tensor:
        projected = self.in_proj(x).unflatten(-1, (3, self.n_heads, -1))  # (B, L, 3, heads, dim)
        query, key, value = projected.permute(2, 0, 3, 1, 4)  # each (B, heads, L, dim)
        dropout = self.dropout if self.training else 0.0
        heard = functional.scaled_dot_product_attention(query, key, value, dropout_p=dropout)
        y: Tensor = self.out_proj(heard.transpose(1, 2).flatten(-2))  # (B, L, d_model)
        return y


class EncoderLayer(nn.Module):
    """Attention, then two linear layers, each added to its input: (B, L, d_model) -> the same.

    Parameters
    ----------
    preset
        Its sizes.
    """

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        d_model = preset.d_model
        self.norm1 = nn.LayerNorm(d_model)
        self.attention = SelfAttention(d_model, preset.n_heads, preset.dropout)
        self.norm2 = nn.LayerNorm(d_model)
        self.widen = nn.Linear(d_model, preset.d_feedforward)
        self.narrow = nn.Linear(preset.d_feedforward, d_model)
        self.dropout = nn.Dropout(preset.dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.dropout(self.attention(self.norm1(x)))  # (B, L, d_model)
        wide = self.dropout(functional.gelu(self.widen(self.norm2(x))))  # (B, L, d_feedforward)
        y: Tensor = x + self.dropout(self.narrow(wide))  # (B, L, d_model)
        return y


class TransformerStack(nn.Module):
    """Positions, encoder layers and a last norm: (B, d_model, L) -> the same.

    Parameters
    ----------
    preset
        Its sizes.
    """

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        self.positions = SinusoidalPositions()
        self.layers = nn.ModuleList(EncoderLayer(preset) for _ in range(preset.transformer_layers))
        self.norm = nn.LayerNorm(preset.d_model)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=INITIAL_STD)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        y = self.positions(x.mT)  # (B, L, d_model)
        for layer in self.layers:
            y = layer(y)  # (B, L, d_model)
        normed: Tensor = self.norm(y)  # (B, L, d_model)
        return normed.mT  # (B, d_model, L)
