"""A shallow convolutional classifier of short segments, made to be looked into.

Three convolutions, a mean over time, one dense layer: every unit can be recorded, silenced and
understood. What it sees of a segment (raw signal, a frequency band, a spectrogram) is computed
inside, so that any of them takes the windows that every detector takes.
"""

import torch
from scipy.signal import firwin
from torch import Tensor, nn
from torch.nn import functional

from core.model.detection_network import DetectionNetwork
from core.model.presets import ShallowCnnPreset

__all__ = ["BandPass", "ShallowCnn", "Spectrogram"]

_SFREQ = 256
_FIR_TAPS = 129


class BandPass(nn.Module):
    """Linear-phase band-pass of each channel, (B, 19, L) -> the same. Nothing is learned.

    Parameters
    ----------
    band_hz
        Its edges (-6 dB).
    """

    taps: Tensor

    def __init__(self, band_hz: tuple[float, float]) -> None:
        super().__init__()
        taps = firwin(_FIR_TAPS, band_hz, pass_zero=False, fs=_SFREQ)
        self.register_buffer("taps", torch.tensor(taps, dtype=torch.float32).view(1, 1, -1))

    def forward(self, x: Tensor) -> Tensor:
        n_batch, n_channels, length = x.shape
        rows = x.reshape(n_batch * n_channels, 1, length)
        # Mirrored at the ends: zeros there would be steps, which ring in every band.
        padded = functional.pad(rows, (_FIR_TAPS // 2, _FIR_TAPS // 2), mode="reflect")
        return functional.conv1d(padded, self.taps).view(n_batch, n_channels, length)


class Spectrogram(nn.Module):
    """Logarithmic power, (B, 19, L) -> (B, 19 * n_frequencies, n_columns). Nothing is learned.

    Parameters
    ----------
    fft_samples, hop_samples
        Length and distance of the transforms.
    highest_hz
        Frequencies above it, and the constant, are left out.
    """

    window: Tensor

    def __init__(self, fft_samples: int, hop_samples: int, highest_hz: float) -> None:
        super().__init__()
        self.fft_samples, self.hop_samples = fft_samples, hop_samples
        self.n_frequencies = int(highest_hz * fft_samples / _SFREQ)
        self.register_buffer("window", torch.hann_window(fft_samples))

    def frequencies_hz(self) -> list[float]:
        """Centres of the rows of one channel."""
        return [k * _SFREQ / self.fft_samples for k in range(1, self.n_frequencies + 1)]

    def forward(self, x: Tensor) -> Tensor:
        n_batch, n_channels, length = x.shape
        transform = torch.stft(
            x.reshape(n_batch * n_channels, length).float(),
            self.fft_samples,
            self.hop_samples,
            window=self.window,
            return_complex=True,
        )[:, 1 : self.n_frequencies + 1]
        power = transform.real.square() + transform.imag.square()
        decades = torch.log10(power / self.fft_samples + 1e-3)
        return decades.reshape(n_batch, n_channels * self.n_frequencies, -1)


class ShallowCnn(DetectionNetwork):
    """The classifier; see :class:`~core.model.detection_network.DetectionNetwork`.

    Its layers, in order: ``conv1``, ``conv2``, ``conv3`` and ``dense``, each with its ReLU.

    Parameters
    ----------
    preset
        Its sizes.
    """

    def __init__(self, preset: ShallowCnnPreset) -> None:
        super().__init__(preset)
        self.segment_samples = preset.segment_samples
        self.front: nn.Module
        n_in, strides = preset.n_channels, preset.strides
        match preset.input_type:
            case "raw":
                self.front = nn.Identity()
            case "band-passed":
                self.front = BandPass(preset.band_hz)
            case "spectrogram":
                spectrogram = Spectrogram(preset.fft_samples, preset.hop_samples, preset.highest_hz)
                n_in *= spectrogram.n_frequencies
                strides = (1,) * len(strides)
                # Power is positive and spans decades: centred and scaled, without any weight.
                self.front = nn.Sequential(spectrogram, nn.BatchNorm1d(n_in, affine=False))
        self.convolutions = nn.ModuleDict()
        for k, (width, kernel, stride) in enumerate(
            zip(preset.widths, preset.kernels, strides, strict=True), start=1
        ):
            self.convolutions[f"conv{k}"] = nn.Sequential(
                nn.Conv1d(n_in, width, kernel, stride=stride, padding=kernel // 2, bias=False),
                nn.BatchNorm1d(width),
                nn.ReLU(),
            )
            n_in = width
        self.dense = nn.Sequential(nn.Linear(n_in, preset.hidden), nn.ReLU())
        self.dropout = nn.Dropout(preset.dropout)
        self.head = nn.Linear(preset.hidden, 1)
        for module in self.modules():
            if isinstance(module, nn.Conv1d):
                nn.init.normal_(module.weight, std=(2 / module.weight[0].numel()) ** 0.5)

    def layers(self) -> dict[str, nn.Module]:
        """Every layer whose units can be recorded and silenced, in order."""
        return {**dict(self.convolutions.items()), "dense": self.dense}

    def segment_logits(self, x: Tensor) -> Tensor:
        """One logit a segment: (B, 19, segment_samples) -> (B,)."""
        return self.resume(None, self.front(x))

    def resume(self, layer: str | None, x: Tensor) -> Tensor:
        """Go on behind a layer with what it gave, or with something else in its place.

        Parameters
        ----------
        layer
            One of :meth:`layers`; None: behind the computation of the input.
        x : (B, n_units, n_columns), behind ``dense`` (B, n_units)
            Its output.

        Returns
        -------
        (B,) tensor
            Logits.
        """
        names = [None, *self.layers()]
        for name in list(self.layers())[names.index(layer) :]:
            if name == "dense":
                x = x.mean(-1)  # (B, 64)
            x = self.layers()[name](x)  # (B, 32 | 48 | 64, L / 4 | 8 | 16), or (B, 32) behind dense
        logits: Tensor = self.head(self.dropout(x)).squeeze(-1)  # (B,)
        return logits

    def forward(self, x: Tensor) -> Tensor:
        """Logits of the seizure probability; all samples of a segment have the same.

        Parameters
        ----------
        x : (B, 19, L)
            Normalised; L is a multiple of the segment's length.

        Returns
        -------
        (B, L) tensor

        Raises
        ------
        ValueError
            For any other shape.
        """
        self.check_shape(x)
        n_batch, n_channels, length = x.shape
        n_segments = length // self.segment_samples
        pieces = x.reshape(n_batch, n_channels, n_segments, self.segment_samples).transpose(1, 2)
        logits = self.segment_logits(pieces.flatten(0, 1))  # (B * n_segments,)
        return logits.view(n_batch, n_segments).repeat_interleave(self.segment_samples, dim=1)
