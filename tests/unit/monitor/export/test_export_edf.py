"""The exported EEG, read back by three independent readers."""

import dataclasses
import warnings

import edfio
import mne
import numpy as np
import pyedflib
import pytest

from core.errors import SessionError
from core.io.edf import open_recording
from monitor.archive.history import Finding
from monitor.archive.log import AlarmLog
from monitor.archive.record import SessionRecord
from monitor.export.destination import write_whole
from monitor.export.edf import PROBABILITY_LABEL, edf_files
from tests.session_folders import (
    FIRST,
    NURSE,
    PATIENT,
    SECOND,
    RunOf,
    Told,
    make_session,
    verdict,
)

TICK = 1 / 256
RUNS = [RunOf(parts=(70, 50)), RunOf(offset_s=150.5)]
VERDICTS = [
    verdict("alarm 1", Finding.SEIZURE, FIRST, (31.0, 50.5)),
    verdict("alarm 1", Finding.NO_SEIZURE, SECOND, (30.25, 52.5), comment=""),
]


def export(folder, out):
    done = []
    record = SessionRecord(folder)
    files = edf_files(record, out.relative_to(out.parent), done.append)
    write_whole(files, out.parent)
    assert done == sorted(done)
    assert done[-1] == 1.0
    return [out.parent / name for name in files]


def read_mne(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        raw = mne.io.read_raw_edf(path, verbose="error")
    return [(a["onset"], a["duration"], a["description"]) for a in raw.annotations]


def read_edfio(path):
    edf = edfio.read_edf(path)
    return [(a.onset, a.duration or 0.0, a.text) for a in edf.annotations]


def read_pyedflib(path):
    with pyedflib.EdfReader(str(path)) as reader:
        onsets, durations, texts = reader.readAnnotations()
    return [
        (onset, max(0.0, duration), text)
        for onset, duration, text in zip(onsets, durations, texts, strict=True)
    ]


READERS = [read_mne, read_edfio, read_pyedflib]


@pytest.mark.parametrize("read", READERS)
def test_every_reader_finds_the_same_events(tmp_path, read) -> None:
    folder = make_session(tmp_path / "s", RUNS, verdicts=VERDICTS)
    files = export(folder, tmp_path / "night.edf")
    assert [path.name for path in files] == ["night.edf", "night_part2.edf", "night_part3.edf"]
    starts_s = [0.0, 70.0, 150.5]
    found = {}
    for path, start_s in zip(files, starts_s, strict=True):
        for onset_s, duration_s, text in read(path):
            found[text, round(start_s + onset_s)] = (start_s + onset_s, duration_s)
    alarms = SessionRecord(folder).alarms
    for alarm in alarms:
        state = ", retracted" if alarm.state == "retracted" else ""
        key = (f"seizure alarm {alarm.alarm_id}, peak 0.94{state}", round(alarm.onset_s))
        assert found[key] == pytest.approx((alarm.onset_s, alarm.duration_s), abs=TICK)
    assert found["alarm 1 raised", 39][0] == pytest.approx(38.75, abs=TICK)
    assert found[f"alarm 1 acknowledged ({NURSE})", 39][0] == pytest.approx(38.75, abs=TICK)
    said = f"verdict on alarm 1: seizure (sz_foc_ia), {FIRST}: like last time, {PATIENT}"
    assert found[said, 31] == pytest.approx((31.0, 19.5), abs=TICK)
    assert found[f"verdict on alarm 1: not a seizure, {SECOND}", 30][1] == pytest.approx(22.25)
    assert found["GAP, not recorded", 10] == pytest.approx((10.0, 2.5))
    assert found["EEG begins 2026-03-14T23:01:00.750000", 150][0] == pytest.approx(150.5)
    assert found["run 2 begins", 150][0] == pytest.approx(150.5)
    assert found[f"marker: call from {PATIENT}", 27][0] == pytest.approx(7000 / 256, abs=TICK)


def test_samples_are_the_recorded_integers_and_the_probability_is_beside_them(tmp_path) -> None:
    folder = make_session(tmp_path / "s", RUNS)
    files = export(folder, tmp_path / "night.edf")
    record = SessionRecord(folder)
    for part, path in zip(record.parts, files, strict=True):
        ours, theirs = edfio.read_edf(path), edfio.read_edf(folder / part.file)
        assert [s.label for s in ours.signals] == [*part.ch_names, PROBABILITY_LABEL]
        for copied, original in zip(ours.signals[:-1], theirs.signals, strict=True):
            np.testing.assert_array_equal(copied.digital, original.digital)
            assert copied.physical_range == original.physical_range
        offset_s = record.runs[part.run - 1].offset_s + part.start_sample / 256
        expected = record.probability(offset_s, offset_s + ours.duration)
        got = ours.signals[-1].data
        known = ~np.isnan(expected)
        np.testing.assert_allclose(got[known], expected[known], atol=2e-5)
        assert (got[~known] == -1).all()
    assert not known.all()  # the last 10 s have none


@pytest.mark.parametrize("sfreq", [200, 500, 1024])
def test_another_rate_keeps_the_eeg_as_it_is(tmp_path, sfreq) -> None:
    folder = make_session(tmp_path / "s", sfreq=sfreq, notes=False)
    (path,) = export(folder, tmp_path / "night.edf")
    raw = mne.io.read_raw_edf(path, verbose="error")
    assert raw.info["sfreq"] == sfreq
    probability = raw.get_data(PROBABILITY_LABEL)[0]
    inside = np.flatnonzero(probability[: 60 * sfreq] > 0.5)
    assert inside[0] / sfreq == pytest.approx(30.25, abs=1 / 200)
    assert (inside[-1] + 1) / sfreq == pytest.approx(52.5, abs=1 / 200)
    with open_recording(path) as recording:
        assert recording.info.ch_names == SessionRecord(folder).parts[0].ch_names


def test_an_alarm_across_two_parts_goes_on_in_the_second(tmp_path) -> None:
    run = RunOf(parts=(70, 50), alarms=(Told(65, 75),))
    folder = make_session(tmp_path / "s", [run], notes=False)
    first, second = export(folder, tmp_path / "night.edf")
    assert (65.0, 5.0, "seizure alarm 1, peak 0.94") in read_edfio(first)
    assert (0.0, 5.0, "seizure alarm 1, peak 0.94 (continued)") in read_edfio(second)


def test_a_record_that_only_fills_up_is_left_out(tmp_path) -> None:
    folder = make_session(tmp_path / "s", [RunOf(alarms=(Told(110, 120),))], notes=False)
    log = AlarmLog(folder / "alarms.sqlite")
    (part,) = SessionRecord(folder).parts
    log.record_part_closed(dataclasses.replace(part, n_samples=119 * 256 + 1))
    log.append("marker", {"sample": 120 * 256, "text": "the end"})
    log.close()
    (path,) = export(folder, tmp_path / "night.edf")
    assert edfio.read_edf(path).duration == 120
    log = AlarmLog(folder / "alarms.sqlite")
    log.record_part_closed(dataclasses.replace(part, n_samples=119 * 256))
    log.close()
    (path,) = export(folder, tmp_path / "shorter.edf")
    assert edfio.read_edf(path).duration == 119
    for read in READERS:
        last = [remark for remark in read(path) if remark[2] == "marker: the end"]
        assert [onset_s for onset_s, _, _ in last] == [pytest.approx(119, abs=TICK)]


def test_many_remarks_in_one_second_all_get_in(tmp_path) -> None:
    said = [verdict("alarm 1", Finding.SEIZURE, f"Reviewer {k:03d}") for k in range(150)]
    folder = make_session(tmp_path / "s", verdicts=said)
    (path,) = export(folder, tmp_path / "night.edf")
    for read in READERS:
        texts = [text for _, _, text in read(path)]
        assert sum(text.startswith("verdict on alarm 1") for text in texts) == 150


def test_the_header_names_nobody(tmp_path) -> None:
    folder = make_session(tmp_path / "s")
    (path,) = export(folder, tmp_path / "night.edf")
    header = path.read_bytes()[:256].decode()
    assert header[8:88].strip() == "X X X X"
    assert header[88:168].strip() == "Startdate 14-MAR-2026 X X X"
    assert header[168:184] == "14.03.2622.58.30"


def test_a_session_without_eeg_and_one_that_lost_a_part_are_refused(tmp_path) -> None:
    with pytest.raises(SessionError, match="holds no EEG to export"):
        export(make_session(tmp_path / "s", eeg=False), tmp_path / "a.edf")
    folder = make_session(tmp_path / "t", RUNS)
    (folder / "eeg_part2.edf").unlink()
    with pytest.raises(SessionError, match=r"eeg_part2.edf: EEG part 2 is missing"):
        export(folder, tmp_path / "b.edf")
    assert not list(tmp_path.glob("*.edf"))
