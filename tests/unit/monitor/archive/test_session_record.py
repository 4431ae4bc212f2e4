"""What a recorded session says to its readers."""

from datetime import datetime

import pytest

from core.errors import SessionError
from monitor.archive.record import SessionRecord
from tests.monitor_fakes import bursts


def test_the_record(session):
    record = SessionRecord(session)
    assert [part.file for part in record.parts] == ["eeg.edf", "eeg_part2.edf"]
    assert [part.n_samples for part in record.parts] == [72 * 256, 58 * 256]
    (run,) = record.runs
    assert (run.offset_s, run.duration_s, run.ended) == (0.0, 130.0, True)
    assert run.start_time == datetime.fromisoformat(record.description["source"]["start_time"])
    first, second = record.alarms
    assert abs(first.onset_s - 30) < 1.5
    assert abs(second.offset_s - 101) < 1.5
    assert first.raised_s == 60.0
    probability = record.probability(0, 130)
    assert probability.shape == (130 * 256,)
    assert probability[256 * 35] > 0.9
    assert probability[256 * 60] < 0.1
    assert [step["seq"] for step in record.steps()] == list(range(1, len(record.rows) + 1))


def test_the_eeg_across_two_files(session):
    record = SessionRecord(session)
    source = bursts(256 * 130, at_s=[(30, 40), (90, 101)])
    pieces = list(record.eeg(70.5, 75.25))
    assert {part.number for part, _ in pieces} == {1, 2}
    position = round(70.5 * 256)
    for part, chunk in pieces:
        start = part.start_sample + chunk.start_sample
        assert start == position
        position = start + chunk.n_samples
        assert abs(chunk.data - source[:, start:position]).max() < 0.2
    assert position == round(75.25 * 256)


def test_a_missing_part_is_named(session):
    (session / "eeg_part2.edf").unlink()
    record = SessionRecord(session)
    assert sum(chunk.n_samples for _, chunk in record.eeg(0, 10)) == 2560
    with pytest.raises(SessionError, match=r"EEG part 2: .*eeg_part2\.edf: no such file"):
        list(record.eeg(60, 80))


def test_probability_beyond_what_there_is(session):
    record = SessionRecord(session)
    values = record.probability(129.0, 132.0)
    assert values.shape == (768,)
    assert (values[:256] == values[:256]).all()
    assert (values[256:] != values[256:]).all()
