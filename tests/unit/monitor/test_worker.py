"""The threads: what they agree on, how they fail, how they end."""

import sqlite3
import threading
import time

import numpy as np
import pytest

from core.config import Config
from core.detector import detect
from core.errors import SignalError
from core.types import Chunk
from monitor.archive.log import AlarmLog
from monitor.worker import Acknowledge, Pipeline
from tests.monitor_fakes import (
    AmplitudeScorer,
    BrokenScorer,
    GatedScorer,
    MemorySource,
    Notes,
    bursts,
)

TIMEOUT_S = 30
BURSTS = [(25, 32), (70, 90)]


def pipeline_of(source, scorer=None, notes=None, config=None, recorder=None):
    notes = notes or Notes()
    config = config or Config()
    return Pipeline(source, config, scorer or AmplitudeScorer(), recorder or notes, notes), notes


def run(source, scorer=None, config=None):
    pipeline, notes = pipeline_of(source, scorer, config=config)
    pipeline.start()
    assert pipeline.join(TIMEOUT_S), "the threads have not ended"
    return pipeline, notes


def transitions(notes):
    return [(s.transition.value, s.alarm.alarm_id) for s in notes.steps]


@pytest.mark.parametrize(
    "pieces",
    [
        [(0, bursts(256 * 115 + 77, at_s=BURSTS))],
        [(0, bursts(256 * 37, at_s=[(20, 30)]))],
        [(0, bursts(256 * 5, at_s=[(1.5, 5)]))],
        [
            (0, bursts(256 * 80, at_s=[(30, 40), (77, 80)])),
            (256 * 90, bursts(256 * 7, at_s=[(1, 7)], seed=1)),
            (256 * 100, bursts(256 * 62, at_s=[(20, 30)], seed=2)),
        ],
    ],
    ids=["odd length", "37 s", "5 s", "gaps"],
)
def test_the_same_as_offline(pieces):
    config = Config()
    chunks = [Chunk(data, start) for start, data in pieces]
    source = MemorySource(pieces)
    offline, _ = detect(chunks, source.info, config, AmplitudeScorer())
    pipeline, notes = run(source)
    online = pipeline.detection
    assert online.probabilities_sha256 == offline.probabilities_sha256
    assert online.events == offline.events
    assert online.gaps == offline.gaps
    assert (online.n_windows, online.n_samples) == (offline.n_windows, offline.n_samples)
    ended = [a for a in pipeline.alarms if a.state == "ended"]
    assert [(a.onset_sample, a.offset_sample) for a in ended] == [
        (e.onset_sample, e.offset_sample) for e in offline.events
    ]
    assert len(pipeline.inference_s) == online.n_windows
    assert notes.shown == notes.steps


def test_events_are_where_the_bursts_are():
    pipeline, notes = run(MemorySource([(0, bursts(256 * 115, at_s=BURSTS))]))
    found = [(e.onset_s, e.offset_s) for e in pipeline.detection.events]
    assert np.allclose(found, BURSTS, atol=1.5)
    assert transitions(notes)[0] == ("raised", 1)
    assert notes.counts["chunk"] == 115 * 8
    assert notes.counts["quality"] == 115
    assert notes.counts["step"] == pipeline.detection.n_windows + 1
    assert "technical" not in notes.counts
    assert notes.arming[0] == 60 - 0.125
    assert notes.arming[-1] == 0
    assert sorted(notes.arming, reverse=True) == notes.arming
    assert not pipeline.is_alive


@pytest.mark.parametrize("sfreq", [200.0, 500.0])
def test_other_rates(sfreq):
    data = bursts(round(sfreq * 65), sfreq, [(20, 30)])
    source = MemorySource([(0, data)], sfreq=sfreq)
    offline, _ = detect([Chunk(data, 0)], source.info, Config(), AmplitudeScorer())
    pipeline, _ = run(source)
    assert len(offline.events) == 1
    assert pipeline.detection.events == offline.events
    assert pipeline.detection.probabilities_sha256 == offline.probabilities_sha256


def test_a_segment_of_less_than_a_stride_keeps_its_events_and_its_place():
    """Two short segments: the second one's event must not be counted from the first's clock."""
    pieces = [
        (0, bursts(256 * 8, at_s=[(1, 6)])),
        (256 * 20, bursts(256 * 9, at_s=[(2, 7)], seed=1)),
    ]
    pipeline, _ = run(MemorySource(pieces))
    events = [(e.onset_s, e.offset_s) for e in pipeline.detection.events]
    assert np.allclose(events, [(1, 6), (22, 27)], atol=1.0)
    assert {a.state for a in pipeline.alarms} == {"ended"}


def test_a_gap_is_said_at_once_and_cleared_when_rearmed():
    pieces = [(0, bursts(256 * 65)), (256 * 75, bursts(256 * 70, seed=1))]
    pipeline, notes = run(MemorySource(pieces))
    (raised, cleared) = [a for a in notes.technical if a.key == "gap"]
    assert (raised.active, cleared.active) == (True, False)
    assert raised.sample == 256 * 65
    assert cleared.sample == 256 * (75 + 60)
    assert notes.active == ()
    assert notes.counts["gap"] == 1
    assert [(g.start_sample, g.stop_sample) for g in pipeline.detection.gaps] == [
        (256 * 65, 256 * 75)
    ]
    assert 60.0 in notes.arming


def test_a_gap_without_rearming_stands_to_the_end():
    _, notes = run(MemorySource([(0, bursts(256 * 65)), (256 * 75, bursts(256 * 20))]))
    assert [a.active for a in notes.technical if a.key == "gap"] == [True]
    assert [a.key for a in notes.active] == ["gap"]


def test_a_flat_channel_is_a_technical_alarm():
    data = bursts(256 * 20)
    data[4, 256 * 5 : 256 * 12] = 3.0
    _, notes = run(MemorySource([(0, data)]))
    assert [(a.text, a.active) for a in notes.technical] == [
        ("F7: flat line", True), ("F7: flat line", False),
    ]  # fmt: skip


@pytest.mark.parametrize("can_wait", [True, False])
def test_a_network_that_fails(can_wait):
    source = MemorySource([(0, bursts(256 * 400))], can_wait=can_wait)
    pipeline, _ = pipeline_of(source, BrokenScorer(SignalError("out of order"), at=2))
    pipeline.start()
    with pytest.raises(SignalError, match="out of order"):
        pipeline.join(TIMEOUT_S)
    assert not pipeline.is_alive
    assert source.stopped.is_set()
    pipeline.tell(Acknowledge())  # nobody is there any more, and nobody waits


def test_a_log_that_fails():
    class FullDisk(Notes):
        def record(self, *steps):
            raise SignalError("disk is full")

    pipeline, _ = pipeline_of(
        MemorySource([(0, bursts(256 * 400, at_s=BURSTS))]), recorder=FullDisk()
    )
    pipeline.start()
    with pytest.raises(SignalError, match="disk is full"):
        pipeline.join(TIMEOUT_S)
    assert not pipeline.is_alive


def test_a_listener_that_fails():
    class Clumsy(Notes):
        def on_chunk(self, chunk):
            raise RuntimeError("cannot draw")

    pipeline, _ = pipeline_of(MemorySource([(0, bursts(256 * 100))]), notes=Clumsy())
    pipeline.start()
    with pytest.raises(RuntimeError, match="cannot draw"):
        pipeline.join(TIMEOUT_S)


def test_a_sample_that_is_not_a_number():
    data = bursts(256 * 70)
    data[3, 256 * 66] = np.nan
    pipeline, _ = pipeline_of(MemorySource([(0, data)]))
    pipeline.start()
    with pytest.raises(SignalError, match=r"channel P3: value nan at 66\.000 s is not a number"):
        pipeline.join(TIMEOUT_S)


def test_an_amplifier_that_is_faster_than_the_network():
    config = Config.model_validate({"inference": {"queue_windows": 2}})
    scorer, notes = GatedScorer(), Notes()
    source = MemorySource([(0, bursts(256 * 150, at_s=[(100, 110)]))], can_wait=False)
    source.hold_at = 256 * 149
    pipeline, _ = pipeline_of(source, scorer, notes, config)
    pipeline.start()
    assert scorer.reached.wait(TIMEOUT_S)
    assert notes.technical_shown.wait(TIMEOUT_S), "nobody says that detection is behind"
    assert source.holding.wait(TIMEOUT_S), "the amplifier was held up"
    scorer.gate.set()
    source.stop()
    assert pipeline.join(TIMEOUT_S)
    told = [(a.key, a.active) for a in notes.technical]
    assert told[0] == ("inference_behind", True)
    assert told[-1] == ("inference_behind", False)
    assert notes.technical[0].text == "Detection is 20 s behind the signal"
    assert notes.active == ()
    detection = pipeline.detection
    # window 0 was being scored, two waited; of the ten that came due the rest was given up
    assert detection.n_windows < 5
    assert detection.unscored_samples > 0
    assert detection.n_skipped > 0
    assert detection.n_samples >= 256 * 148


def test_a_slow_network_holds_a_file_up_and_nobody_is_behind():
    config = Config.model_validate({"inference": {"queue_windows": 1}})
    pipeline, notes = run(MemorySource([(0, bursts(256 * 150))]), config=config)
    assert notes.technical == []
    assert pipeline.detection.unscored_samples == 0
    assert pipeline.detection.n_windows == 10


def test_stop_midway_scores_and_logs_what_has_arrived():
    source = MemorySource([(0, bursts(256 * 200, at_s=[(30, 40), (80, 100)]))])
    source.hold_at = 256 * 95
    pipeline, notes = pipeline_of(source)
    pipeline.start()
    assert source.holding.wait(TIMEOUT_S)
    assert not pipeline.join(0.05)
    pipeline.stop()
    assert pipeline.join(TIMEOUT_S)
    assert 256 * 95 <= pipeline.detection.n_samples < 256 * 95 + 333
    first, second = pipeline.detection.events
    assert pipeline.detection.n_samples - 128 < second.offset_sample
    assert transitions(notes)[-1] == ("ended", len(pipeline.alarms))
    assert {a.state for a in pipeline.alarms} <= {"ended", "retracted"}
    assert first.offset_sample < second.onset_sample


def test_acknowledged_while_running_and_after_the_end(tmp_path):
    source = MemorySource([(0, bursts(256 * 120, at_s=[(30, 40), (108, 118)]))])
    source.hold_at = 256 * 90
    notes = Notes()
    log = AlarmLog(tmp_path / "alarms.sqlite")
    pipeline, _ = pipeline_of(source, notes=notes, recorder=log)
    pipeline.start(stay=True)
    assert notes.alarm_shown.wait(TIMEOUT_S)
    pipeline.tell(Acknowledge((1,), "nurse"))
    pipeline.tell(Acknowledge((77,), "nobody"))
    assert source.holding.wait(TIMEOUT_S)
    pipeline.stop()
    ends_by = time.monotonic() + TIMEOUT_S
    while not pipeline.has_ended and time.monotonic() < ends_by:
        time.sleep(0.01)
    assert pipeline.has_ended
    assert pipeline.is_alive  # the desk stays
    assert pipeline.alarms[0].acknowledged
    pipeline.tell(Acknowledge(None, "physician"))
    pipeline.leave()
    assert pipeline.join(TIMEOUT_S)
    log.close()
    db = sqlite3.connect(tmp_path / "alarms.sqlite")
    logged = db.execute(
        "SELECT alarm_id, reason, acknowledged FROM alarm_steps WHERE transition = 'acknowledged'"
    ).fetchall()
    db.close()
    others = len(pipeline.alarms) - 1
    assert logged[0] == (1, "nurse", 1)
    assert [row[1] for row in logged[1:]] == ["physician"] * others
    assert all(a.acknowledged for a in pipeline.alarms)


def test_no_thread_is_left():
    before = threading.active_count()
    run(MemorySource([(0, bursts(256 * 61))]))
    assert threading.active_count() == before


def test_a_failure_decides_nothing_about_alarms_that_stand():
    """The provisional end of a stream that broke off is no final event."""
    source = MemorySource([(0, bursts(256 * 100, at_s=[(40, 55)]))])
    pipeline, notes = pipeline_of(source, BrokenScorer(RuntimeError("no more memory")))
    pipeline.start()
    with pytest.raises(RuntimeError, match="no more memory"):
        pipeline.join(TIMEOUT_S)
    assert set(transitions(notes)) <= {("raised", 1)}
    assert pipeline.detection.events == []
    assert not pipeline.is_alive


def test_a_replay_at_a_pace_that_falls_behind_says_so_and_loses_nothing():
    """The file waits, so every window is scored; the screen says that it is late."""
    scorer = GatedScorer()
    source = MemorySource([(0, bursts(256 * 200))])
    source.keeps_time = True
    pipeline, notes = pipeline_of(source, scorer)
    pipeline.start()
    assert notes.technical_shown.wait(TIMEOUT_S)
    scorer.gate.set()
    assert pipeline.join(TIMEOUT_S)
    behind = [(a.text, a.active) for a in notes.technical if a.key == "inference_behind"]
    assert behind[0] == ("Detection is 60 s behind the signal", True)
    assert not behind[-1][1]
    assert (pipeline.detection.n_windows, pipeline.detection.n_skipped) == (15, 0)
