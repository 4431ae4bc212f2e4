"""A whole recording through the pipeline, with reading, conditioning and inference at once.

One thread reads and conditions ahead, some score windows, and the caller's stitches and finds
events. Windows come back in the order in which they were cut, so the result is bitwise that of
:func:`core.detector.detect`.
"""

import queue
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, runtime_checkable

import numpy as np

from core.config import Config
from core.decode import Decoder
from core.detector import Detection, Preprocessor, WindowScorer, score_window
from core.errors import ConfigError, SignalError
from core.types import Chunk, DetectionStep, FloatArray, Gap, Probabilities, StreamInfo, Window

__all__ = ["check_batch", "detect_ahead"]

_AHEAD = 4
"""Batches that lie ready for each thread that scores: 1.2 MB a window."""

_Scored = list[Probabilities]


@runtime_checkable
class _BatchScorer(Protocol):
    """A network that takes several windows at once."""

    def predict_many(self, data: FloatArray) -> FloatArray: ...


def check_batch(scorer: WindowScorer, batch: int) -> None:
    """Make sure that a network takes so many windows at once.

    Raises
    ------
    ConfigError
        Where it does not.
    """
    if batch > 1 and not isinstance(scorer, _BatchScorer):
        raise ConfigError(f"{scorer.name} scores one window at a time, not {batch} (--batch)")


def detect_ahead(
    chunks: Iterable[Chunk],
    info: StreamInfo,
    config: Config,
    scorer: WindowScorer,
    *,
    n_threads: int = 1,
    batch: int = 1,
    watch: Callable[[int], None] | None = None,
) -> Detection:
    """Push a whole recording through the pipeline, its parts at once.

    Parameters
    ----------
    chunks, info, config, scorer
        The recording, and what to do with it. The scorer is reset first.
    n_threads
        Threads that score. With one, windows are scored in order, as a scorer that remembers the
        patient needs.
    batch
        Windows that are scored at once; see :func:`check_batch`.
    watch
        Told the sample, at 256 Hz, up to which all is decided.

    Returns
    -------
    Detection
        Events and counts.

    Raises
    ------
    SignalError
        Where the recording holds no sample.
    MontageError, RecordingError
        Where it cannot be analysed or read.
    """
    reader = _Reader(chunks, Preprocessor(info, config), batch, n_threads)
    decoder = Decoder(config, info.start_time)
    detection = Detection()
    scorer.reset()

    def take(items: Iterable[DetectionStep | Gap]) -> None:
        for item in items:
            detection.add(item)
            if watch is not None and isinstance(item, DetectionStep):
                watch(item.start_sample + len(item.final))

    with (
        ThreadPoolExecutor(n_threads, "vigil-score") as scorers,
        ThreadPoolExecutor(1, "vigil-read") as readers,
    ):
        reading = readers.submit(
            reader.read, lambda windows: scorers.submit(_score, scorer, windows)
        )
        try:
            while (item := reader.ready.get()) is not None:
                for decodable in [item] if isinstance(item, Gap) else item.result():
                    detection.n_windows += isinstance(decodable, Probabilities)
                    take(decoder.push(decodable))
        finally:
            reader.stop()
        reading.result()
    take(decoder.flush())
    if detection.n_samples == 0:
        raise SignalError(f"{info.name or 'the stream'} holds no samples")
    return detection


class _Reader:
    """Cuts a recording into batches of windows, a bounded number of them ahead.

    Parameters
    ----------
    chunks
        The recording.
    preprocessor
        In front of the network.
    batch
        Most windows in a batch; a gap ends it early.
    n_threads
        Threads to be kept busy.

    Attributes
    ----------
    ready
        Batches that are being scored, gaps, and None at the end, in order.
    """

    def __init__(
        self, chunks: Iterable[Chunk], preprocessor: Preprocessor, batch: int, n_threads: int
    ) -> None:
        self.ready: queue.Queue[Future[_Scored] | Gap | None] = queue.Queue()
        self._chunks = chunks
        self._preprocessor = preprocessor
        self._batch = batch
        self._room = threading.Semaphore(_AHEAD * n_threads)
        self._stopped = False
        self._windows: list[Window] = []

    def read(self, submit: Callable[[list[Window]], Future[_Scored]]) -> None:
        """Read to the end, or until :meth:`stop`; in a thread of its own."""
        try:
            for chunk in self._chunks:
                self._hand_on(self._preprocessor.push(chunk), submit)
                if self._stopped:
                    return
            self._hand_on(self._preprocessor.flush(), submit)
            self._submit(submit)
        finally:
            self.ready.put(None)

    def stop(self) -> None:
        """Read no further; safe from any thread."""
        self._stopped = True
        self._room.release()

    def _hand_on(
        self, items: Iterable[object], submit: Callable[[list[Window]], Future[_Scored]]
    ) -> None:
        for item in items:
            if isinstance(item, Window):
                self._windows.append(item)
                if len(self._windows) == self._batch:
                    self._submit(submit)
            elif isinstance(item, Gap):
                self._submit(submit)
                self.ready.put(item)

    def _submit(self, submit: Callable[[list[Window]], Future[_Scored]]) -> None:
        if not self._windows:
            return
        self._room.acquire()  # until a batch before it is scored
        if self._stopped:
            return
        scoring = submit(self._windows)
        scoring.add_done_callback(lambda _: self._room.release())
        self.ready.put(scoring)
        self._windows = []


def _score(scorer: WindowScorer, windows: list[Window]) -> _Scored:
    if len(windows) == 1 or not isinstance(scorer, _BatchScorer):
        return [score_window(scorer, window) for window in windows]
    scored = scorer.predict_many(np.stack([window.data for window in windows]))
    return [
        Probabilities(probabilities, window.start_sample, window.n_valid)
        for probabilities, window in zip(scored, windows, strict=True)
    ]
