"""From the probabilities of overlapping windows to one stream."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.types import FloatArray, Probabilities

__all__ = ["Stitched", "Stitcher"]


@dataclass(frozen=True, slots=True, eq=False)
class Stitched:
    """The stream after one more window.

    Attributes
    ----------
    start_sample
        Index of the first sample of ``final``.
    final : (n,) float32
        Probabilities that every window which covers them has voted on.
    provisional : (m,) float32
        Mean of the votes so far for the samples behind.
    unscored_samples
        Samples of ``final`` without any vote, because their windows were skipped; their
        probability is given as 0.
    """

    start_sample: int
    final: FloatArray
    provisional: FloatArray
    unscored_samples: int = 0


class Stitcher:
    """Plain mean over all windows that cover a sample.

    After a window that starts at ``s``, samples before ``s + stride`` are final. Votes are summed
    in float64 in the order of the windows.

    Parameters
    ----------
    window_samples, stride_samples
        Length and distance of windows.
    """

    def __init__(self, window_samples: int, stride_samples: int) -> None:
        self._window_samples = window_samples
        self._stride_samples = stride_samples
        self._start_sample: int
        self._n_known: int
        self._sums: npt.NDArray[np.float64]
        self._votes: npt.NDArray[np.int64]
        self.reset()

    def push(self, item: Probabilities) -> list[Stitched]:
        """Add the votes of one window.

        Raises
        ------
        ValueError
            Where the window is not the one that is next, or has the wrong length.
        """
        if self._n_known and item.start_sample != self._start_sample:
            raise ValueError(f"window at sample {item.start_sample}, expected {self._start_sample}")
        self._start_sample = item.start_sample
        self._n_known = max(self._n_known, item.n_valid)
        if item.values is not None:
            if item.values.shape != (self._window_samples,):
                raise ValueError(
                    f"probabilities of shape {item.values.shape}, not ({self._window_samples},)"
                )
            self._sums[: item.n_valid] += item.values[: item.n_valid]
            self._votes[: item.n_valid] += 1
        return [self._advance(min(self._stride_samples, self._n_known))]

    def flush(self) -> list[Stitched]:
        out = [self._advance(self._n_known)] if self._n_known else []
        self.reset()
        return out

    def reset(self) -> None:
        self._start_sample = 0
        self._n_known = 0
        self._sums = np.zeros(self._window_samples)
        self._votes = np.zeros(self._window_samples, dtype=np.int64)

    def _advance(self, n_final: int) -> Stitched:
        votes = self._votes[: self._n_known]
        mean = (self._sums[: self._n_known] / np.maximum(votes, 1)).astype(np.float32)
        unscored = int(np.count_nonzero(votes[:n_final] == 0))
        out = Stitched(self._start_sample, mean[:n_final], mean[n_final:], unscored)
        self._sums[:-n_final] = self._sums[n_final:].copy()
        self._votes[:-n_final] = self._votes[n_final:].copy()
        self._sums[-n_final:] = 0
        self._votes[-n_final:] = 0
        self._start_sample += n_final
        self._n_known -= n_final
        return out
