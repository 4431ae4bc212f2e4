"""The classical line-length detector, with a threshold that adapts to the patient.

Line length is how far the pen travels in a second (Esteller et al., "Line length: an efficient
feature for seizure onset detection", IEEE EMBS 2001). Its logarithm, averaged over the channels
without the most extreme ones, is compared with the median and the spread of what the same patient
showed before. Two parameters turn that score into a logit: ``slope * (score - threshold)``. On the
scalp the pen must not follow every muscle, so the line is that of a running mean.
"""

from collections import deque
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import minimize
from torch import Tensor, nn
from torch.nn import functional

from core.config import Config
from core.errors import ConfigError, SignalError
from core.model.detection_network import DetectionNetwork
from core.model.presets import PRESETS, LineLengthPreset
from core.types import BoolArray, FloatArray

__all__ = ["LineLength", "RunningBaseline", "count_valid", "fit"]

DEFAULT_SLOPE, DEFAULT_THRESHOLD = 2.0, 3.0
"""Until fitted: a logit of 0 at three spreads above the patient's median."""

SILENCE = 1e-4
"""A difference between samples, in sigma, below which nothing moved."""

MIN_SPREAD = 0.05
"""Of the logarithm: a signal steadier than 5 % would make alarms of nothing."""

MAD_TO_STD = 1.4826
RIDGE = 1e-4
"""Keeps the slope finite where the scores part the classes without an error."""

_Doubles = npt.NDArray[np.float64]
_LabelledWindow = tuple[FloatArray, BoolArray, int]


class LineLength(DetectionNetwork):
    """The detector; see :class:`~core.model.detection_network.DetectionNetwork`.

    As a module it knows nothing of the past and compares a window with itself. Detection keeps a
    :class:`RunningBaseline` beside it.

    Parameters
    ----------
    preset
        Its sizes.

    Attributes
    ----------
    slope, threshold : () tensor
        Logit for each spread above the threshold; the threshold, in spreads above the median.
    """

    def __init__(self, preset: LineLengthPreset) -> None:
        super().__init__(preset)
        self.sizes = preset
        self.slope = nn.Parameter(torch.tensor(DEFAULT_SLOPE))
        self.threshold = nn.Parameter(torch.tensor(DEFAULT_THRESHOLD))

    def forward(self, x: Tensor) -> Tensor:
        """Logits of windows that are compared with themselves.

        Parameters
        ----------
        x : (B, 19, L)
            Normalised windows, maybe padded with zeros on the right; L is a multiple of 256.

        Returns
        -------
        (B, L) tensor

        Raises
        ------
        ValueError
            For any other shape.
        """
        self.check_shape(x)
        windows = [self.levels(window, count_valid(window)) for window in x]
        scores = torch.stack([score(levels, levels) for levels in windows])  # (B, steps)
        return self.logits(scores)  # (B, L)

    def levels(self, x: Tensor, n_valid: int) -> Tensor:
        """Logarithm of the line length, step by step.

        Parameters
        ----------
        x : (19, L)
            Normalised window; L is a multiple of 256.
        n_valid
            Samples before the padding.

        Returns
        -------
        (L / 256,) float32 tensor
            Smoothed mean over the channels; not a number where there is no signal.
        """
        sizes = self.sizes
        x = x.float()
        lag = sizes.lag_samples
        # The first samples have nothing before them, and the fall into the padding is no signal.
        sample = torch.arange(x.shape[1], device=x.device)  # (L,)
        counted = ((sample >= lag) & (sample < n_valid)).float()  # (L,)
        # A running mean moves by what enters at one end less what leaves at the other.
        travel = functional.pad((x[:, lag:] - x[:, :-lag]).abs(), (lag, 0)) * counted  # (19, L)
        moves = (travel > SILENCE).any(0).float()  # (L,)
        n_counted = counted.reshape(-1, sizes.step_samples).sum(-1)  # (steps,)
        travelled = travel.reshape(len(x), -1, sizes.step_samples).sum(-1)  # (19, steps)
        rate = travelled / n_counted.clamp(min=1)  # (19, steps) sigma a sample

        n_trimmed = sizes.trimmed_channels
        inner = rate.clamp(min=SILENCE).log().sort(dim=0).values  # (19, steps)
        level = inner[n_trimmed : len(x) - n_trimmed].mean(0)  # (steps,)
        # Less than half a step is too little, and a silent one would drag its neighbours down.
        n_moves = moves.reshape(-1, sizes.step_samples).sum(-1)  # (steps,)
        weight = (n_moves >= sizes.step_samples / 2).float()  # (steps,)
        smooth = self._smooth(level * weight) / self._smooth(weight)  # (steps,), 0 / 0 is unknown
        return smooth.masked_fill(n_counted == 0, torch.nan)  # (steps,)

    def logits(self, scores: Tensor) -> Tensor:
        """Logits of scores, held for the samples of their step: (..., steps) -> (..., L)."""
        logits = self.slope * (scores - self.threshold)  # (..., steps)
        return logits.repeat_interleave(self.sizes.step_samples, dim=-1)  # (..., L)

    def _smooth(self, values: Tensor) -> Tensor:
        """Sum over a step and its neighbours: (steps,) -> (steps,)."""
        reach = self.sizes.smoothing_steps // 2
        return functional.pad(values, (reach, reach)).unfold(0, 2 * reach + 1, 1).sum(-1)


class RunningBaseline:
    """What a patient's line length was before; it makes the threshold follow the patient.

    Consecutive windows overlap, so a window adds its newest stride only. A window with less than
    that before its padding cannot follow another one of its segment, and the first one ever has
    none before it: these add all they have. The first window behind a gap looks like any other
    and adds its newest stride.

    Parameters
    ----------
    preset
        Length of the memory.
    stride_samples
        Distance of windows.
    """

    def __init__(self, preset: LineLengthPreset, stride_samples: int) -> None:
        self._step_samples = preset.step_samples
        self._min_steps = preset.min_history_steps
        self._stride_samples = stride_samples
        self._past: deque[float] = deque(maxlen=preset.history_steps)
        self._is_new = True

    def push(self, levels: Tensor, n_valid: int) -> Tensor:
        """Compare a window with what was before it, then remember what is new in it.

        Parameters
        ----------
        levels : (steps,)
            Of :meth:`LineLength.levels`.
        n_valid
            Samples before the padding.

        Returns
        -------
        (steps,) tensor
            Spreads above the median; 0 where nothing was measured.
        """
        past = torch.tensor(list(self._past), dtype=levels.dtype, device=levels.device)
        if len(past) < self._min_steps:
            past = torch.cat([past, levels])
        scores = score(levels, past)  # (steps,)
        before_newest = len(levels) * self._step_samples - self._stride_samples
        alone = self._is_new or n_valid <= before_newest
        newest = levels if alone else levels[before_newest // self._step_samples :]
        self._past.extend(newest[newest.isfinite()].tolist())
        self._is_new = False
        return scores

    def reset(self) -> None:
        """Forget the patient."""
        self._past.clear()
        self._is_new = True


def score(levels: Tensor, past: Tensor) -> Tensor:
    """Measure spreads above the median of the past, which may hold what is not a number.

    Parameters
    ----------
    levels : (steps,)
        Logarithm of the line length.
    past : (n,)
        What to compare it with.

    Returns
    -------
    (steps,) tensor
        0 where nothing was measured, or nothing is known.
    """
    past = past[past.isfinite()]  # (m,)
    if len(past) == 0:
        return torch.zeros_like(levels)
    median = past.median()  # ()
    spread = MAD_TO_STD * (past - median).abs().median()  # ()
    return ((levels - median) / spread.clamp(min=MIN_SPREAD)).nan_to_num(0.0)  # (steps,)


def count_valid(x: Tensor) -> int:
    """Count the samples of a window (19, L) before the zeros on its right.

    A signal never ends in exact zeros on every channel: it is normalised by a running mean.
    """
    heard = x.ne(0).any(0).nonzero()  # (n, 1)
    return int(heard[-1]) + 1 if len(heard) else 0


def fit(recordings: Iterable[Iterable[_LabelledWindow]], config: Config) -> LineLength:
    """Fit slope and threshold on labelled recordings.

    The likelihood of the labels is maximised, sample by sample, with both classes given the same
    weight: a logistic regression on the scores that detection would see. The same recordings
    always give the same parameters.

    Parameters
    ----------
    recordings
        Each an ordered sequence of all its windows: data (19, 15360), labels (15360,), and the
        number of samples before the padding. Each begins with a patient of whom nothing is known.
    config
        Its ``model.preset`` and the windows' distance count.

    Returns
    -------
    LineLength
        Ready for :func:`core.model.checkpoint.save_checkpoint`.

    Raises
    ------
    ConfigError
        Where the preset is not the line-length detector.
    SignalError
        Where one of the classes has no sample, or line length does not rise with the label.
    """
    sizes = PRESETS[config.model.preset]
    if not isinstance(sizes, LineLengthPreset):
        raise ConfigError(f"model.preset is {sizes.name}, not the line-length detector")
    network = LineLength(sizes)
    baseline = RunningBaseline(sizes, config.stride_samples)
    scores, n_seizure, n_other = [], [], []
    for recording in recordings:
        baseline.reset()
        for data, labels, n_valid in recording:
            levels = network.levels(torch.tensor(data), n_valid)  # (steps,)
            scores.append(baseline.push(levels, n_valid).double().numpy())
            by_step = (-1, sizes.step_samples)
            valid = (np.arange(len(labels)) < n_valid).reshape(by_step)  # (steps, 256)
            seizure = labels.astype(bool).reshape(by_step)  # (steps, 256)
            n_seizure.append((valid & seizure).sum(1))
            n_other.append((valid & ~seizure).sum(1))
    slope, threshold = _regress(*(np.concatenate([[], *x]) for x in (scores, n_seizure, n_other)))
    with torch.no_grad():
        network.slope.fill_(slope)
        network.threshold.fill_(threshold)
    return network


def _regress(scores: _Doubles, n_seizure: _Doubles, n_other: _Doubles) -> tuple[float, float]:
    """Slope and threshold from the score of each step and its samples of either class."""
    for name, count in (("seizure", n_seizure), ("other", n_other)):
        if count.sum() == 0:
            raise SignalError(f"line length cannot be fitted: no {name} sample in the recordings")
    weights = np.stack([n_seizure / n_seizure.sum(), n_other / n_other.sum()]) / 2  # (2, steps)

    def cost(line: _Doubles) -> tuple[float, _Doubles]:
        logits = line[0] * scores + line[1]  # (steps,)
        loss = weights[0] @ np.logaddexp(0, -logits) + weights[1] @ np.logaddexp(0, logits)
        slip = weights.sum(0) / (1 + np.exp(-np.clip(logits, -500, 500))) - weights[0]  # (steps,)
        gradient = np.array([slip @ scores + 2 * RIDGE * line[0], slip.sum()])
        return float(loss + RIDGE * line[0] ** 2), gradient

    start = np.array([DEFAULT_SLOPE, -DEFAULT_SLOPE * DEFAULT_THRESHOLD])
    slope, intercept = (float(value) for value in minimize(cost, start, jac=True, method="BFGS").x)
    if slope <= 0:
        raise SignalError(
            f"line length cannot be fitted: it falls in seizures (slope {slope:.3g} a spread)"
        )
    return slope, -intercept / slope
