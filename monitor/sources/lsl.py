"""A live stream from Lab Streaming Layer, with a watchdog of its own."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from core.types import Marker, StreamInfo
from monitor.sources.base import SourceItem, StreamState, StreamStatus
from monitor.sources.channel_map import ChannelMap
from monitor.sources.lsl_account import StreamAccount
from monitor.sources.lsl_break import Break
from monitor.sources.lsl_connection import Connection, Pulled
from monitor.sources.lsl_discovery import StreamQuery, find_stream
from monitor.sources.lsl_jumps import ClockJumps
from monitor.sources.lsl_library import StreamGoneError
from monitor.sources.lsl_markers import MarkerStream
from monitor.sources.lsl_rate import RateTrial, RateWatch
from monitor.sources.lsl_reunion import Refusal, Reunion
from monitor.sources.lsl_samples import IndexedSamples

__all__ = ["LslSource"]

STALL_S = 2.5
"""Silence that is a technical alarm; senders that pack 2 s together are not silent."""

_SEARCH_S = 8.0
"""Silence after which a restarted sender is looked for, although the connection stands."""

_POLL_S = 0.01


class LslSource:
    """A stream of EEG that may stall, break off and come back.

    Sample 0 of the session is the first sample received. Samples that are missing show as jumps
    of the index; where the connection was lost, the clocks of both sides say how many they were.
    A stream that comes back is taken up only if its rate, channels and units are the same.

    Parameters
    ----------
    query
        Which stream.
    names
        Names and units for its channels, or None.
    timeout_s
        How long to wait for the stream and its first sample.
    markers
        Name of a stream of markers, or None.
    duration_s
        Seconds of session after which to end; None for until stopped.

    Raises
    ------
    StreamError, ConfigError
        Where there is no such stream, more than one, or it cannot be monitored.
    """

    can_wait = False
    keeps_time = True

    def __init__(
        self,
        query: StreamQuery,
        *,
        names: ChannelMap | None = None,
        timeout_s: float = 10.0,
        markers: str | None = None,
        duration_s: float | None = None,
    ) -> None:
        self._stopped = threading.Event()
        found = find_stream(query, timeout_s)
        self._markers = None if markers is None else MarkerStream(markers, timeout_s)
        self._first = Connection(found, names)
        self._link: Connection | None = self._first
        self._layout = self._first.layout
        sfreq, range_uv = self._layout.sfreq, self._layout.range_uv
        self._limit = None if duration_s is None else round(duration_s * sfreq)
        self._samples = IndexedSamples(sfreq, self._limit)
        self._clock = self._samples.clock
        self._account = StreamAccount(found.name, sfreq, self._samples)
        self._correction_s = self._first.correction_s()
        first_samples = self._first.first_samples(timeout_s)
        self._info = StreamInfo(
            ch_names=self._layout.ch_names,
            sfreq=sfreq,
            start_time=self._first.time_of(float(first_samples.stamps[0])),
            physical_min_uv=None if range_uv is None else range_uv[0],
            physical_max_uv=None if range_uv is None else range_uv[1],
            name=found.name,
        )
        self._trial, self._rate = RateTrial(sfreq), RateWatch(sfreq)
        self._trial.begin()
        self._trial.add(first_samples)
        self._last_arrival = time.monotonic()
        self._reunion = Reunion(self._first, names)
        self._break: Break | None = None
        self._jumps = ClockJumps()
        self._jumps.find(first_samples.stamps, self._last_arrival)

    @property
    def info(self) -> StreamInfo:
        return self._info

    @property
    def notes(self) -> tuple[str, ...]:
        """What was assumed about the stream's channels."""
        return self._layout.notes

    def describe(self) -> dict[str, Any]:
        """Return what the session's description says about the source."""
        return {"kind": "live", **self._first.stream.describe()}

    def account(self) -> dict[str, Any]:
        """Return what became of the stream, for the summary."""
        return self._account.to_json()

    def stop(self) -> None:
        self._stopped.set()

    def close(self) -> None:
        if self._link is not None:
            self._link.close()
        self._link = self._markers = None
        self._reunion.end()

    def chunks(self) -> Iterator[SourceItem]:
        while not self._stopped.is_set() and not self._is_over():
            if self._markers is not None:
                yield from self._poll_markers(self._markers)
            if self._link is None:
                yield from self._look_around()
                self._stopped.wait(5 * _POLL_S)
                continue
            try:
                pulled = self._link.pull()
            except StreamGoneError:
                yield from self._lose("is lost: the connection broke off")
                continue
            if pulled.n_samples:
                yield from self._take(pulled)
            else:
                yield from self._watch()
                self._stopped.wait(_POLL_S)
        yield from self._settle_trial()
        yield from self._samples.flush()
        if self._markers is not None:
            yield from self._poll_markers(self._markers, last=True)

    # samples ----------------------------------------------------------------------------------

    def _take(self, pulled: Pulled) -> Iterator[SourceItem]:
        now = time.monotonic()
        start = 0
        for position, jump_s in self._jumps.find(pulled.stamps, now):
            if position > start:
                yield from self._receive(pulled.slice(start, position), now)
            yield from self._restart_clock(jump_s)
            start = position
        yield from self._receive(pulled.slice(start, pulled.n_samples), now)

    def _restart_clock(self, jump_s: float) -> Iterator[SourceItem]:
        """Take what comes now for another connection: its stamps are on another clock."""
        yield from self._settle_trial()
        yield from self._samples.flush()
        self._mark_break(same_clock=False)
        self._trial.begin()
        self._account.clock_jumps += 1
        text = f"{self._info.name}: the sender's clock jumped by {jump_s:+.3g} s"
        yield from self._say(StreamStatus.RECONNECTING, text)

    def _receive(self, pulled: Pulled, now: float) -> Iterator[SourceItem]:
        self._last_arrival = now
        self._reunion.end()
        if self._link is not None:
            self._correction_s = self._link.correction_s()
        if self._trial.is_on:
            self._trial.add(pulled)
            if self._trial.is_due:
                yield from self._settle_trial()
        elif wrong_hz := self._rate.push(pulled.stamps):
            yield from self._samples.flush()
            self._mark_break()
            self._trial.begin()
            yield from self._refuse([pulled], wrong_hz)
        else:
            yield from self._say(StreamStatus.CONNECTED, self._account.line)
            yield from self._index(pulled)

    def _settle_trial(self) -> Iterator[SourceItem]:
        """Let samples of a new connection pass once their rate has been seen."""
        if not self._trial.is_on:
            return
        waiting, wrong_hz = self._trial.end()
        if not waiting:
            return
        if wrong_hz is not None:
            yield from self._refuse(waiting, wrong_hz)
            return
        self._rate.reset()
        if self._break is not None:
            taken_s = float(waiting[0].stamps[0]) + self._correction_s
            self._clock.resume(
                self._break.count_missing(
                    taken_s, self._trial.first_arrival_s, waiting[0].n_samples, self._clock.sfreq
                )
            )
            self._break = None
        yield from self._say(StreamStatus.CONNECTED, self._account.line)
        for pulled in waiting:
            yield from self._index(pulled)

    def _refuse(self, pulled: list[Pulled], rate_hz: float) -> Iterator[SourceItem]:
        """Leave out samples that come at another rate than announced; go on listening."""
        self._account.refused_samples += sum(piece.n_samples for piece in pulled)
        yield from self._say(
            StreamStatus.RATE_CHANGED,
            f"{self._info.name}: samples come at {rate_hz:.3g} Hz, not at the announced "
            f"{self._info.sfreq:g} Hz; they are not analysed",
        )

    def _index(self, pulled: Pulled) -> Iterator[SourceItem]:
        """Hand samples on; say when some between them are missing, however few."""
        lost_before = self._clock.lost_samples
        yield from self._samples.push(pulled)
        yield from self._account.follow_losses(lost_before)

    # watchdog ---------------------------------------------------------------------------------

    def _watch(self) -> Iterator[SourceItem]:
        silent_s = time.monotonic() - self._last_arrival
        if self._trial.is_on and self._trial.is_due:
            yield from self._settle_trial()
        if silent_s < STALL_S:
            return
        if self._account.states.status in (None, StreamStatus.CONNECTED, StreamStatus.RECONNECTING):
            text = f"{self._info.name}: no sample for {STALL_S:g} s"
            yield from self._say(StreamStatus.STALLED, text)
        if silent_s >= _SEARCH_S:
            yield from self._look_around()

    def _lose(self, reason: str) -> Iterator[SourceItem]:
        yield from self._settle_trial()
        yield from self._samples.flush()
        self._mark_break()
        self._trial.begin()
        self._link = None
        self._reunion.begin()
        yield from self._say(StreamStatus.LOST, f"{self._info.name} {reason}")

    def _mark_break(self, *, same_clock: bool = True) -> None:
        """Remember on our own clock when the next sample would have come."""
        if self._break is None:
            stamp = self._clock.stamp_of(self._clock.next_sample) if same_clock else None
            due_s = None if stamp is None else stamp + self._correction_s
            self._break = Break(due_s, self._last_arrival)
        elif not same_clock:
            self._break = replace(self._break, due_s=None)

    def _look_around(self) -> Iterator[SourceItem]:
        """Take up a stream that fits in place of the one that is lost or silent."""
        found = self._reunion.look(self._link)
        if found is None:
            return
        if isinstance(found, Refusal):
            yield from self._say(found.status, found.text)
            return
        if self._link is not None:
            yield from self._lose("is silent and its sender is gone")
        self._reunion.end()
        self._correction_s = found.correction_s()
        self._link = found
        self._trial.begin()
        self._jumps.reset()
        self._last_arrival = time.monotonic()
        self._account.reconnects += 1
        yield from self._say(StreamStatus.RECONNECTING, f"{self._info.name}: reconnecting")

    # state ------------------------------------------------------------------------------------

    def _say(self, status: StreamStatus, text: str) -> Iterator[StreamState]:
        yield from self._account.states.say(status, self._now_sample(), text)

    def _now_sample(self) -> int:
        """Return the present, although no sample may come in."""
        silent_s = time.monotonic() - self._last_arrival
        elapsed = silent_s * self._info.sfreq if silent_s >= STALL_S or self._link is None else 0
        return self._clock.next_sample + round(elapsed)

    def _is_over(self) -> bool:
        return self._limit is not None and self._now_sample() >= self._limit

    def _poll_markers(self, markers: MarkerStream, *, last: bool = False) -> Iterator[SourceItem]:
        for item in markers.poll(self._now_sample(), self._sample_at, last=last):
            self._account.markers += isinstance(item, Marker)
            yield item

    def _sample_at(self, local_s: float) -> int | None:
        return self._clock.sample_at(local_s - self._correction_s)
