"""What a sender may do to its samples and stamps: a real outlet in this process."""

import threading
import time

import numpy as np
import pytest

from core.electrodes import ELECTRODES
from core.types import Chunk, Marker
from monitor.sources.base import StreamState, StreamStatus
from monitor.sources.lsl import LslSource
from monitor.sources.lsl_discovery import StreamQuery
from monitor.sources.lsl_markers import MarkerStream

SFREQ = 256
N_CHUNK = 8


@pytest.fixture
def play(lsl):
    """Send samples in real time; their stamps may say something else."""
    import pylsl

    def start(name, data, stamps):
        info = pylsl.StreamInfo(name, "EEG", 19, SFREQ, pylsl.cf_float32, f"{name}-id")
        channels = info.desc().append_child("channels")
        for label in ELECTRODES:
            channel = channels.append_child("channel")
            channel.append_child_value("label", label)
            channel.append_child_value("unit", "uV")
        outlet = pylsl.StreamOutlet(info)

        def send() -> None:
            outlet.wait_for_consumers(20)
            began = time.monotonic()
            for first in range(0, len(stamps), N_CHUNK):
                chunk = slice(first, first + N_CHUNK)
                time.sleep(max(0.0, began + (first + N_CHUNK) / SFREQ - time.monotonic()))
                outlet.push_chunk(np.ascontiguousarray(data[:, chunk].T), list(stamps[chunk]))
            time.sleep(0.5)

        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        return outlet

    return start


def stamps_of(seconds, sfreq=SFREQ):
    import pylsl

    return pylsl.local_clock() + np.arange(round(seconds * SFREQ)) / sfreq


def numbered(n_samples):
    """Samples that are their own number."""
    return np.tile(np.arange(n_samples, dtype=np.float32), (19, 1))


def receive(name, seconds):
    """What the source yields in so many seconds, and what it says at the end."""
    source = LslSource(StreamQuery(name=name))
    timer = threading.Timer(seconds, source.stop)
    timer.start()
    try:
        return list(source.chunks()), source.account()
    finally:
        timer.cancel()
        source.close()


def test_what_is_no_number_is_held_and_marked(play):
    data = numbered(3 * SFREQ)
    data[3, 400:410] = np.nan
    data[4, 500] = np.inf
    outlet = play("nan", data, stamps_of(3))
    items, account = receive("nan", 3)
    chunks = [item for item in items if isinstance(item, Chunk)]
    got = np.concatenate([chunk.data for chunk in chunks], axis=1)
    valid = np.concatenate(
        [np.ones_like(c.data, dtype=bool) if c.valid is None else c.valid for c in chunks], axis=1
    )
    first = int(got[0, 0])
    assert np.isfinite(got).all()
    assert (got[3, 400 - first : 410 - first] == 399).all()
    assert got[4, 500 - first] == 499
    wrong = {(int(row), int(column) + first) for row, column in np.argwhere(~valid)}
    assert wrong == {(3, n) for n in range(400, 410)} | {(4, 500)}
    assert account["complete"]
    del outlet


def test_another_rate_than_announced_is_not_analysed(play):
    outlet = play("liar", numbered(4 * SFREQ), stamps_of(4, 2 * SFREQ))
    items, account = receive("liar", 3.5)
    (state,) = [item for item in items if isinstance(item, StreamState)]
    assert state.status is StreamStatus.RATE_CHANGED
    assert "samples come at 512 Hz, not at the announced 256 Hz" in state.text
    assert not any(isinstance(item, Chunk) for item in items)
    assert account["stream"]["refused_samples"] >= SFREQ
    assert not account["complete"]
    del outlet


@pytest.mark.parametrize("jump_s", [1e6, -1e6, 300.0])
def test_a_clock_that_is_set_leaves_no_gap_as_long_as_that(play, jump_s):
    stamps = stamps_of(5)
    stamps[2 * SFREQ :] += jump_s
    name = f"jump{jump_s:g}"
    outlet = play(name, numbered(5 * SFREQ), stamps)
    items, account = receive(name, 4.5)
    chunks = [item for item in items if isinstance(item, Chunk)]
    indices = np.concatenate([np.arange(c.start_sample, c.stop_sample) for c in chunks])
    counts = np.concatenate([c.data[0] for c in chunks])
    assert (np.diff(counts) == 1).all()
    assert counts[-1] > 3 * SFREQ  # behind the jump as well
    assert np.abs((indices - indices[0]) - (counts - counts[0])).max() <= SFREQ
    assert any(
        "the sender's clock jumped by" in i.text for i in items if isinstance(i, StreamState)
    )
    assert account["stream"]["clock_jumps"] == 1
    assert "the sender's clock jumped" in account["shortfall"]
    del outlet


def test_a_marker_stream_that_is_lost_and_comes_back(lsl):
    import pylsl

    def outlet():
        return pylsl.StreamOutlet(
            pylsl.StreamInfo("bell", "Markers", 1, 0, pylsl.cf_string, f"bell-{time.monotonic()}")
        )

    heard = []

    def listen(until) -> None:
        deadline = time.monotonic() + 20
        while not any(until(item) for item in heard):
            assert time.monotonic() < deadline
            heard.extend(stream.poll(7, lambda _: 5))
            time.sleep(0.02)

    sender = outlet()
    stream = MarkerStream("bell", 10)
    del sender
    listen(lambda item: isinstance(item, StreamState) and item.status is StreamStatus.LOST)
    sender = outlet()
    listen(lambda item: isinstance(item, StreamState) and item.status is StreamStatus.CONNECTED)
    sender.wait_for_consumers(5)
    sender.push_sample(["nurse call"])
    listen(lambda item: isinstance(item, Marker))
    states = [item for item in heard if isinstance(item, StreamState)]
    assert [(s.text, s.key, s.sample) for s in states] == [
        ("Marker stream bell is lost", "markers", 7),
        ("Marker stream bell is back", "markers", 7),
    ]
    assert heard[-1] == Marker(5, "nurse call")


def test_a_marker_waits_for_the_signals_clock_but_not_for_ever(lsl, monkeypatch):
    import pylsl

    sender = pylsl.StreamOutlet(
        pylsl.StreamInfo("early", "Markers", 1, 0, pylsl.cf_string, "early-1")
    )
    stream = MarkerStream("early", 10)
    sender.wait_for_consumers(5)

    def press(text, *, until, **options):
        sender.push_sample([text])
        heard, deadline = [], time.monotonic() + 20
        while not heard and time.monotonic() < deadline:
            sample = 5 if time.monotonic() > began + until else None
            heard = list(stream.poll(7, lambda _, sample=sample: sample, **options))
            time.sleep(0.02)
        return heard

    began = time.monotonic()
    assert press("waits", until=1.0) == [Marker(5, "waits")]
    assert time.monotonic() - began >= 1.0
    monkeypatch.setattr("monitor.sources.lsl_markers._UNPLACED_S", 0.5)
    assert press("too long", until=1e9) == [Marker(7, "too long")]
    monkeypatch.setattr("monitor.sources.lsl_markers._UNPLACED_S", 1e9)
    assert press("at the end", until=1e9, last=True) == [Marker(7, "at the end")]
