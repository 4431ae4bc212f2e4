"""The whole pipeline in one object; offline detection is a file pushed through it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from core.conditioning import Conditioner
from core.config import Config
from core.decode import Decoder
from core.errors import SignalError
from core.stream import Chain
from core.types import (
    Chunk,
    DetectionStep,
    Event,
    FloatArray,
    Gap,
    Probabilities,
    StreamInfo,
    Window,
)
from core.window import Windower

__all__ = ["Detection", "Detector", "Preprocessor", "WindowScorer", "detect", "score_window"]


class WindowScorer(Protocol):
    """Whatever turns a normalised window into probabilities."""

    @property
    def name(self) -> str:
        """What computes, such as ``torch-cpu-float32``."""
        ...

    @property
    def weights(self) -> str:
        """Which weights, or ``UNTRAINED``."""
        ...

    def predict(self, data: FloatArray) -> FloatArray:
        """Return probabilities ``(15360,)`` for a window ``(19, 15360)``."""
        ...

    def reset(self) -> None:
        """Forget the previous patient; a network has nothing to forget."""
        ...


def score_window(scorer: WindowScorer, window: Window) -> Probabilities:
    """Run the network on one window."""
    return Probabilities(scorer.predict(window.data), window.start_sample, window.n_valid)


class Preprocessor(Chain):
    """Everything in front of the network as one operator: chunks to windows and gaps.

    Nobody is at hand who could put an electrode right, so signal quality is not judged.

    Parameters
    ----------
    info, config
        As for :class:`~core.conditioning.Conditioner`.
    """

    def __init__(self, info: StreamInfo, config: Config) -> None:
        super().__init__(
            [
                Conditioner(info, config, judges_quality=False),
                Windower(
                    config.window_samples, config.stride_samples, config.normalisation.clip_sigma
                ),
            ]
        )


class _Scoring:
    """The network as an operator; gaps pass it."""

    def __init__(self, scorer: WindowScorer) -> None:
        self._scorer = scorer
        self.reset()

    def push(self, item: Window | Gap) -> list[Probabilities | Gap]:
        if isinstance(item, Gap):
            return [item]
        self.n_windows += 1
        return [score_window(self._scorer, item)]

    def flush(self) -> list[Probabilities | Gap]:
        return []

    def reset(self) -> None:
        self._scorer.reset()
        self.n_windows = 0


class Detector(Chain):
    """The whole pipeline as one operator: chunks to detection steps and gaps.

    Parameters
    ----------
    info, config
        As for :class:`Preprocessor`.
    scorer
        The network. It is reset, and belongs to this detector from now on: it may remember the
        patient.
    """

    def __init__(self, info: StreamInfo, config: Config, scorer: WindowScorer) -> None:
        self._scoring = _Scoring(scorer)
        super().__init__(
            [Preprocessor(info, config), self._scoring, Decoder(config, info.start_time)]
        )

    @property
    def n_windows(self) -> int:
        """Windows that were scored."""
        return self._scoring.n_windows


@dataclass(slots=True)
class Detection:
    """What a whole recording came to.

    Attributes
    ----------
    events
        Final events in order.
    gaps
        Discontinuities, at 256 Hz.
    n_windows
        Windows that were scored.
    n_skipped
        Windows that were not, because inference fell behind.
    n_samples
        Samples at 256 Hz with a final probability.
    unscored_samples
        Those among them that no window voted on.
    """

    events: list[Event] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    n_windows: int = 0
    n_skipped: int = 0
    n_samples: int = 0
    unscored_samples: int = 0
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def add(self, item: DetectionStep | Gap) -> None:
        """Take the next output of the pipeline."""
        if isinstance(item, Gap):
            self.gaps.append(item)
            return
        self.events += item.final_events
        self.n_samples += len(item.final)
        self.unscored_samples += item.unscored_samples
        self._digest.update(item.final.tobytes())

    @property
    def probabilities_sha256(self) -> str:
        """Digest over all final probabilities (float32, little endian) in order.

        Two runs agree bitwise where it is equal.
        """
        return self._digest.hexdigest()


def detect(
    chunks: Iterable[Chunk],
    info: StreamInfo,
    config: Config,
    scorer: WindowScorer,
    *,
    keep_steps: bool = True,
) -> tuple[Detection, list[DetectionStep]]:
    """Push a whole recording through a :class:`Detector`.

    Parameters
    ----------
    chunks, info, config, scorer
        The recording, and what to do with it.
    keep_steps
        Whether to return the steps: 60 kB for every 10 s of signal, 0.5 GB a day.

    Returns
    -------
    detection
        Events and counts.
    steps
        Every step, for callers that want the probabilities; none without ``keep_steps``.

    Raises
    ------
    SignalError
        Where the recording holds no sample.
    """
    detector = Detector(info, config, scorer)
    detection = Detection()
    steps: list[DetectionStep] = []

    def take(items: Iterable[DetectionStep | Gap]) -> None:
        for item in items:
            detection.add(item)
            if keep_steps and isinstance(item, DetectionStep):
                steps.append(item)

    for chunk in chunks:
        take(detector.push(chunk))
    take(detector.flush())
    detection.n_windows = detector.n_windows
    if detection.n_samples == 0:
        raise SignalError(f"{info.name or 'the stream'} holds no samples")
    return detection, steps
