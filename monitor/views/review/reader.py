"""Reads the session's signal in a thread of its own, so that the window never waits for a disk."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from core.electrodes import ELECTRODES
from core.errors import VigilError
from core.trends import TrendRecorder
from core.types import Chunk, DetectionStep, FloatArray
from monitor.views.trend_data import trend_rings

__all__ = ["RecordedSource", "SessionReader", "Stretch", "TrendBins"]

PIECE_S = 60.0
"""Signal that is read for the trends at a time; a page that is asked for waits for one piece."""

PROBABILITY_S = 3600.0
"""The probability of all of the session is read first, so much at a time."""

SHOW_EVERY_S = 0.4
"""The trends grow on the screen that often."""


class Stretch(Protocol):
    """What is known of a stretch of the session; see :mod:`monitor.archive.conditioned`."""

    @property
    def signal(self) -> Chunk: ...
    @property
    def probability(self) -> FloatArray: ...
    @property
    def problem(self) -> str: ...


class Piece(Protocol):
    """The next piece of the whole session."""

    @property
    def chunks(self) -> Sequence[Chunk]: ...
    @property
    def start_sample(self) -> int: ...
    @property
    def stop_sample(self) -> int: ...


class RecordedSource(Protocol):
    """Where the signal comes from; used by the reader's thread only."""

    @property
    def n_samples(self) -> int:
        """Length of the session at 256 Hz."""
        ...

    def stretch(self, first: int, stop: int) -> Stretch:
        """Read samples ``[first, stop)``."""
        ...

    def probability(self, first: int, stop: int) -> FloatArray:
        """Read the final probability of samples ``[first, stop)``."""
        ...

    def pieces(self, piece_s: float) -> Iterator[Piece]:
        """Read all of the session, from its beginning."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class TrendBins:
    """Trends of the next stretch of the session.

    Attributes
    ----------
    first
        The first bin; those before it that come again are better known.
    values
        ``(n_bins, n_values)`` for each row of the trends.
    share
        How much of the session has been read.
    """

    first: int
    values: dict[str, npt.NDArray[np.float32]]
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class _Unread:
    """Stands for a stretch that could not be read, so that nobody waits for it."""

    signal: Chunk
    probability: FloatArray
    problem: str


class SessionReader(QObject):
    """Answers with signals, in Qt's thread; what is asked for last is read first.

    Whatever goes wrong is said, and the thread goes on: a stretch that cannot be read comes back
    blank, with its problem, and so the page says what there is instead of waiting.

    Parameters
    ----------
    source
        The session's signal.
    sfreq
        Its rate, Hz.
    """

    stretch_read = Signal(object)
    """A :class:`Stretch`."""

    trends_read = Signal(object)
    """:class:`TrendBins`; the last ones have a share of 1."""

    failed = Signal(str)
    """Why there are no further trends, in one line."""

    def __init__(
        self, source: RecordedSource, sfreq: float = 256.0, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._source = source
        self._sfreq = sfreq
        self._wanted: list[tuple[int, int]] = []
        self._reading: tuple[int, int] | None = None
        self._stopped = False
        self._change = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="vigil-reader", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def ask(self, stretches: Sequence[tuple[int, int]]) -> None:
        """Ask for stretches of samples, the most urgent first, instead of all asked before."""
        with self._change:
            self._wanted = [one for one in stretches if one != self._reading]
            self._change.notify()

    def stop(self) -> None:
        """End the thread; nothing is answered any more."""
        with self._change:
            self._stopped = True
            self._change.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        trends = self._trends()
        has_more = True
        while True:
            with self._change:
                # what was read last may be asked for again, once it has made way for other pages
                self._reading = None
                while not (self._wanted or has_more or self._stopped):
                    self._change.wait()
                if self._stopped:
                    return
                self._reading = wanted = self._wanted.pop(0) if self._wanted else None
            if wanted is not None:
                self._tell(self.stretch_read.emit, self._read(*wanted))
            else:
                has_more = self._advance(trends)

    def _read(self, first: int, stop: int) -> Stretch:
        try:
            return self._source.stretch(first, stop)
        except Exception as error:  # noqa: BLE001 - said on the page; the next one may be readable
            blank = np.full((len(ELECTRODES), stop - first), np.nan, dtype=np.float32)
            return _Unread(Chunk(blank, first), blank[0], _words(error))

    def _advance(self, trends: Iterator[TrendBins]) -> bool:
        """Compute the next trends; return whether more may come."""
        try:
            bins = next(trends, None)
        except Exception as error:  # noqa: BLE001 - said above the trends; pages go on
            self._tell(self.failed.emit, _words(error))
            return False
        if bins is not None and bins.values:
            self._tell(self.trends_read.emit, bins)
        return bins is not None

    def _tell(self, emit: Callable[..., object], message: object) -> None:
        if not self._stopped:
            emit(message)

    def _trends(self) -> Iterator[TrendBins]:
        """Compute the trends; most steps have nothing to show yet."""
        n_samples = max(1, self._source.n_samples)
        recorder = TrendRecorder(self._sfreq, n_samples / self._sfreq + PIECE_S)
        rings = trend_rings(recorder)
        n_stretch = round(PROBABILITY_S * self._sfreq)
        for start in range(0, n_samples, n_stretch):
            probability = self._source.probability(start, min(start + n_stretch, n_samples))
            recorder.add_step(DetectionStep(start, probability, probability[:0]))
            yield TrendBins(0, {}, 0.0)
        whole = -(-n_samples // recorder.bin_samples)
        names = ("probability mean", "probability max")
        yield TrendBins(0, {name: rings[name].read(0, whole) for name in names}, 0.0)
        first, shown_at = 0, time.monotonic()
        for piece in self._source.pieces(PIECE_S):
            for chunk in piece.chunks:
                recorder.add_chunk(chunk)
            values = {}
            if time.monotonic() - shown_at >= SHOW_EVERY_S or piece.stop_sample >= n_samples:
                stop = -(-piece.stop_sample // recorder.bin_samples)
                values = {
                    name: ring.read(first, stop)
                    for name, ring in rings.items()
                    if name not in names
                }
            yield TrendBins(first, values, piece.stop_sample / n_samples)
            if values:
                # the newest bins of the signal come with the next piece
                first, shown_at = max(0, stop - 3), time.monotonic()


def _words(error: Exception) -> str:
    """Return an error in one line; its kind too, unless it was made to be read."""
    text = " ".join(str(error).split())
    return text if isinstance(error, VigilError) else f"{type(error).__name__}: {text}"
