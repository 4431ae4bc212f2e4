"""The recorded signal as the detector and the bedside window had it: 19 electrodes, 256 Hz.

Everything here counts samples at 256 Hz on the session's clock.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from core.conditioning import Conditioner
from core.config import Config
from core.electrodes import ELECTRODES
from core.errors import VigilError
from core.stream import concatenate
from core.types import Chunk, FloatArray, StreamInfo
from monitor.archive.history import EegPart
from monitor.archive.record import SessionRecord

__all__ = ["ConditionedSignal", "SignalPiece", "SignalStretch"]

LEAD_S = 10.0
"""Signal that the filters get before what is asked for: 30 time constants of a cut at 0.5 Hz."""

TAIL_S = 1.0
"""Signal that is read behind what is asked for, because the resampler looks ahead."""

JOINED_CHUNKS = 20
_HELD_SAMPLES = 3


@dataclass(frozen=True, slots=True, eq=False)
class SignalStretch:
    """What is known of a stretch of a session.

    Attributes
    ----------
    signal
        ``(19, n)`` microvolts, not a number where nothing was recorded or can be read.
    probability : (n,)
        Final seizure probability, not a number where there is none.
    problem
        What could not be read, in one line; empty where everything could.
    """

    signal: Chunk
    probability: FloatArray
    problem: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class SignalPiece:
    """The next piece of a whole session.

    Attributes
    ----------
    chunks
        What came out of the filters: it trails the piece by a fraction of a second.
    start_sample, stop_sample
        The piece.
    """

    chunks: tuple[Chunk, ...]
    start_sample: int
    stop_sample: int


class ConditionedSignal:
    """Reads a session through the operators of the live pipeline.

    Parameters
    ----------
    record
        The session.
    config
        Its settings.
    """

    def __init__(self, record: SessionRecord, config: Config) -> None:
        self._record = record
        self._config = config
        self._sfreq = float(config.conditioning.sfreq)
        offsets_s = {run.number: run.offset_s for run in record.runs}
        self._starts_s = sorted(
            offsets_s[part.run] + part.start_sample / part.sfreq_hz for part in record.parts
        )

    @property
    def n_samples(self) -> int:
        """Length of the session."""
        return round(self._record.duration_s * self._sfreq)

    def stretch(self, first: int, stop: int) -> SignalStretch:
        """Read samples ``[first, stop)``; the filters begin :data:`LEAD_S` before."""
        data = np.full((len(ELECTRODES), stop - first), np.nan, dtype=np.float32)
        valid = np.ones(data.shape, dtype=np.bool_)
        conditioning = _Conditioning(self._record, self._config)
        chunks, problems = self._read(
            conditioning, first / self._sfreq - LEAD_S, stop / self._sfreq + TAIL_S
        )
        for chunk in [*chunks, *conditioning.flush()]:
            begin, end = max(first, chunk.start_sample), min(stop, chunk.stop_sample)
            if begin < end:
                taken = slice(begin - chunk.start_sample, end - chunk.start_sample)
                data[:, begin - first : end - first] = chunk.data[:, taken]
                valid[:, begin - first : end - first] = chunk.validity()[:, taken]
        probability, problem = self._read_probability(first, stop)
        lines = dict.fromkeys([*problems, problem])
        return SignalStretch(
            Chunk(data, first, valid), probability, "; ".join(line for line in lines if line)
        )

    def pieces(self, piece_s: float) -> Iterator[SignalPiece]:
        """Read all of the session; the filters run on from each piece to the next.

        What cannot be read is left out.
        """
        conditioning = _Conditioning(self._record, self._config)
        n_piece = round(piece_s * self._sfreq)
        for first in range(0, self.n_samples, n_piece):
            stop = min(first + n_piece, self.n_samples)
            chunks, _ = self._read(conditioning, first / self._sfreq, stop / self._sfreq)
            if stop == self.n_samples:
                chunks += conditioning.flush()
            yield SignalPiece(tuple(_joined(chunks)), first, stop)

    def _read(
        self, conditioning: "_Conditioning", begin_s: float, stop_s: float
    ) -> tuple[list[Chunk], list[str]]:
        """Read a stretch part by part, so that a part that is missing takes no other with it."""
        begin_s, stop_s = max(0.0, begin_s), min(stop_s, self._record.duration_s)
        inner = [start_s for start_s in self._starts_s if begin_s < start_s < stop_s]
        chunks: list[Chunk] = []
        problems: list[str] = []
        for first_s, last_s in pairwise([begin_s, *inner, stop_s]):
            try:
                for part, raw in _by_part(self._record.eeg(first_s, last_s)):
                    chunks += conditioning.push(part, raw)
            except VigilError as error:
                problems.append(str(error))
                chunks += conditioning.flush()
        return chunks, problems

    def probability(self, first: int, stop: int) -> FloatArray:
        """Read the final probability of samples ``[first, stop)``; what cannot be, is left out."""
        return self._read_probability(first, stop)[0]

    def _read_probability(self, first: int, stop: int) -> tuple[FloatArray, str]:
        try:
            return self._record.probability(first / self._sfreq, stop / self._sfreq), ""
        except VigilError as error:
            return np.full(stop - first, np.nan, dtype=np.float32), str(error)


class _Conditioning:
    """One conditioner after the other, as the parts of the session need them."""

    def __init__(self, record: SessionRecord, config: Config) -> None:
        self._config = config
        self._sfreq = float(config.conditioning.sfreq)
        self._offsets_s = {run.number: run.offset_s for run in record.runs}
        self._gaps_s = [
            (span.start_s, np.inf if span.stop_s is None else span.stop_s)
            for span in record.technical
            if span.key == "gap"
        ]
        self._stream: tuple[object, ...] = ()
        self._offset = 0
        self._conditioner: Conditioner | None = None
        self._next_raw = 0

    def push(self, part: EegPart, raw: Chunk) -> list[Chunk]:
        """Take the next raw chunk; return what is due."""
        out: list[Chunk] = []
        raw = Chunk(raw.data, part.start_sample + raw.start_sample)
        stream = (part.run, part.sfreq_hz, part.ch_names)
        if self._conditioner is None or stream != self._stream:
            out = self.flush()
            self._stream, self._next_raw = stream, raw.start_sample
            self._offset = round(self._offsets_s[part.run] * self._sfreq)
            self._conditioner = Conditioner(
                StreamInfo(part.ch_names, part.sfreq_hz, name=part.file),
                self._config,
                judges_quality=False,
            )
        # the sample that two stretches share comes once
        known = min(max(0, self._next_raw - raw.start_sample), raw.n_samples)
        raw = Chunk(raw.data[:, known:], raw.start_sample + known)
        self._next_raw = max(self._next_raw, raw.stop_sample)
        for piece in self._measured(part, raw):
            out += self._shifted(self._conditioner.push(piece))
        return out

    def flush(self) -> list[Chunk]:
        """End the stream; return what was held back."""
        if self._conditioner is None:
            return []
        out = self._shifted(self._conditioner.flush())
        self._conditioner = None
        return out

    def _shifted(self, items: Iterable[object]) -> list[Chunk]:
        chunks = [item for item in items if isinstance(item, Chunk)]
        return [replace(chunk, start_sample=chunk.start_sample + self._offset) for chunk in chunks]

    def _measured(self, part: EegPart, raw: Chunk) -> Iterator[Chunk]:
        """Leave out what stands in the file where the log tells of an interruption.

        A gap is filled with one value a channel there, and its alarm stands a window longer.
        """
        begin_s = self._offsets_s[part.run] + raw.start_sample / part.sfreq_hz
        stop_s = begin_s + raw.n_samples / part.sfreq_hz
        if not any(start_s < stop_s and begin_s < end_s for start_s, end_s in self._gaps_s):
            yield raw
            return
        same = (np.diff(raw.data, axis=1) == 0).all(axis=0)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], same, [False]]).astype(np.int8)))
        kept_from = 0
        for first, last in edges.reshape(-1, 2).tolist():
            if last - first + 1 >= _HELD_SAMPLES:
                if first > kept_from:
                    yield Chunk(raw.data[:, kept_from:first], raw.start_sample + kept_from)
                kept_from = last + 1
        if kept_from < raw.n_samples:
            yield Chunk(raw.data[:, kept_from:], raw.start_sample + kept_from)


def _by_part(pieces: Iterable[tuple[EegPart, Chunk]]) -> Iterator[tuple[EegPart, Chunk]]:
    """Join the chunks of each part that follow each other: a few long ones cost less."""
    part: EegPart | None = None
    run: list[Chunk] = []
    for next_part, chunk in pieces:
        if part is not None and (
            next_part is not part
            or run[-1].stop_sample != chunk.start_sample
            or len(run) >= JOINED_CHUNKS
        ):
            yield part, concatenate(run)
            run = []
        part = next_part
        run.append(chunk)
    if part is not None:
        yield part, concatenate(run)


def _joined(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Join chunks that follow each other."""
    run: list[Chunk] = []
    for chunk in chunks:
        if run and run[-1].stop_sample != chunk.start_sample:
            yield concatenate(run)
            run = []
        run.append(chunk)
    if run:
        yield concatenate(run)
