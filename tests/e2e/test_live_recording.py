"""What a live session leaves on the disk: what was sent, at the right time, whatever happens."""

import time

import edfio
import numpy as np
import pytest

from core.io.edf import open_recording
from monitor.archive.record import SessionRecord
from tests.live_streams import BedsideMonitor, Sender, read_summary, recorded_s, wait_until

SFREQ = 256
REMARKS = ((1.25, "eyes closed"), (17.5, "hyperventilation"), (40.002, "eyes open"))


@pytest.fixture
def bedside(lsl, request, tmp_path):
    """Senders and monitors of one stream, ended with the test."""
    processes = []

    class Bedside:
        folder = tmp_path / "s"
        stream = request.node.name

        def send(self, recording, *options):
            processes.append(Sender(lsl, recording, self.stream, *options))
            return processes[-1]

        def monitor(self, *options):
            processes.append(BedsideMonitor(lsl, self.stream, self.folder, *options))
            return processes[-1]

    yield Bedside()
    for process in processes:
        process.end()


def samples_of(path):
    """Read all of a file's signals: labels, and (n_channels, n) microvolts."""
    with open_recording(path) as recording:
        data = np.concatenate([chunk.data for chunk in recording.chunks(chunk_s=60.0)], axis=1)
        return recording.info.ch_names, data


def recorded(folder, name="eeg.edf"):
    """Read a file of the session with another program: labels, samples, half a step, remarks."""
    edf = edfio.read_edf(folder / name)
    half_step = max(
        (s.physical_max - s.physical_min) / (s.digital_max - s.digital_min) / 2 for s in edf.signals
    )
    data = np.stack([signal.data for signal in edf.signals])
    remarks = [(a.onset, a.duration, a.text) for a in edf.annotations]
    return tuple(signal.label for signal in edf.signals), data, half_step, remarks


def place_of(piece, whole, half_step):
    """Where in a recording a piece of it begins; no sample of it may differ."""
    n = piece.shape[1]
    starts = np.arange(whole.shape[1] - n + 1)
    for row, column in ((row, column) for row in range(3) for column in (0, n // 2)):
        there = whole[row, starts + column]
        starts = starts[np.abs(there - piece[row, column]) <= 1.01 * half_step]
    (start,) = starts
    assert np.abs(whole[:, start : start + n] - piece).max() <= 1.01 * half_step
    return int(start)


@pytest.fixture
def marked_recording(real_recordings, tmp_path):
    """A real recording of 62 s at 500 Hz, with remarks."""
    edf = edfio.read_edf(real_recordings["eegma"])
    edf.set_annotations([edfio.EdfAnnotation(at_s, None, text) for at_s, text in REMARKS])
    edf.write(tmp_path / "marked.edf")
    return tmp_path / "marked.edf"


def test_all_that_was_sent_and_nothing_else(vigil, bedside, marked_recording):
    """A real recording, until SIGTERM; its remarks come as a stream of markers."""
    bedside.send(marked_recording, "--speed", 4, "--wait", "--markers")
    monitor = bedside.monitor("--markers", f"{bedside.stream}-markers")
    monitor.await_eeg(bedside.folder / "eeg.edf", 62)
    summary = monitor.terminate()
    names, sent = samples_of(marked_recording)
    labels, kept, half_step, remarks = recorded(bedside.folder)
    assert summary["stream"]["received_samples"] == sent.shape[1] == 62 * 500
    assert labels == names
    assert half_step < 0.02
    assert np.abs(kept[:, : sent.shape[1]] - sent).max() <= 1.01 * half_step
    assert kept.shape[1] - sent.shape[1] in (0, 500)  # a record more for late remarks

    with SessionRecord(bedside.folder) as record:
        rows = [row for row in record.rows if row.kind == "marker"]
        assert record.parts[0].n_samples == sent.shape[1]
    assert [row.body["text"] for row in rows] == [text for _, text in REMARKS]
    for row, (at_s, text) in zip(rows, REMARKS, strict=True):
        assert row.body["sample"] / SFREQ == pytest.approx(at_s, abs=0.01)
        (onset_s,) = [on for on, _, said in remarks if said == f"Marker: {text} [log {row.seq}]"]
        assert onset_s == pytest.approx(at_s, abs=0.01)
    verified = vigil("verify", bedside.folder)
    assert verified.code == 0, verified.out


def test_killed_with_at_most_a_second_lost_and_taken_up_again(vigil, bedside, write_edf):
    recording = write_edf("x.edf", 240, SFREQ, [(4, 10)])
    bedside.send(recording, "--wait")
    first = bedside.monitor()
    first.await_eeg(bedside.folder / "eeg.edf", 6)
    time.sleep(0.6)  # in the middle of a record
    died = first.kill()
    found = vigil("verify", bedside.folder, "--json")
    assert found.code == 3, found.out
    assert found.json["faults"] == []
    (loss,) = found.json["losses"]
    assert "at most 1 s of EEG behind that lost, no logged step" in loss
    with SessionRecord(bedside.folder) as record:
        (run,) = record.runs
        eeg_s = recorded_s(bedside.folder / "eeg.edf")
        assert run.start_time is not None
        behind_s = died - (run.start_time.timestamp() + eeg_s)
        known_s = max(row.sample or 0 for row in record.rows) / SFREQ
    # The clock of the signal tells, and so does the log; 31 ms are a chunk on its way.
    assert behind_s < 1.2
    assert known_s - eeg_s < 1

    second = bedside.monitor()
    second.await_eeg(bedside.folder / "eeg_part2.edf", 4)
    summary = second.terminate()
    said = second.said.splitlines()[0]
    assert "session was interrupted in run 1" in said
    assert "run 2 begins at" in said
    assert said.removeprefix("vigil: ") in summary["notes"]
    whole = samples_of(recording)[1]
    places = []
    with SessionRecord(bedside.folder) as record:
        assert [run.ended for run in record.runs] == [False, True]
        assert [part.run for part in record.parts] == [1, 2]
        for run, part in zip(record.runs, record.parts, strict=True):
            _, kept, half_step, _ = recorded(bedside.folder, part.file)
            place = place_of(kept[:, : part.n_samples], whole, half_step)
            places.append(run.offset_s + part.start_sample / SFREQ - place / SFREQ)
        apart_s = record.runs[1].start_time - record.runs[0].start_time
        assert record.runs[1].offset_s == pytest.approx(apart_s.total_seconds(), abs=1e-3)
    # What came after the crash lies on the session's clock where it was sent.
    assert places[1] - places[0] == pytest.approx(0, abs=0.02)
    last = vigil("verify", bedside.folder, "--json")
    assert (last.code, last.json["faults"]) == (3, [])
    (loss,) = last.json["losses"]
    assert "session was interrupted in run 1" in loss


def gap_of(remarks):
    """Return the one gap of a file: begin and end in seconds."""
    ((onset_s, duration_s),) = [(on, length) for on, length, text in remarks if text == "GAP"]
    return onset_s, onset_s + duration_s


def events_in(folder):
    return [(onset_s, offset_s) for onset_s, offset_s, _ in read_summary(folder)["events"]]


def test_a_sender_that_was_away_leaves_a_gap(vigil, stand_in, bedside, write_edf):
    """The sender's own clock goes on, so that every sample's place is known."""
    recording = write_edf("x.edf", 30, SFREQ, [(2, 8), (16, 22)])
    bedside.send(recording, "--wait", "--restart", "10:4")
    monitor = bedside.monitor()
    monitor.await_eeg(bedside.folder / "eeg.edf", 26)
    summary = monitor.terminate()
    whole = samples_of(recording)[1]
    _, kept, half_step, remarks = recorded(bedside.folder)
    start_s, stop_s = gap_of(remarks)
    start, stop = round(start_s * SFREQ), round(stop_s * SFREQ)
    assert start_s == pytest.approx(10, abs=0.1)
    assert 4 <= stop_s - start_s < 8
    assert stop - start == summary["stream"]["lost_samples"]
    with SessionRecord(bedside.folder) as record:
        end = record.parts[0].n_samples
    assert place_of(kept[:, :start], whole, half_step) == 0
    assert abs(place_of(kept[:, stop:end], whole, half_step) - stop) <= 3
    assert (kept[:, start:stop] == kept[:, start - 1 : start]).all()
    offline = vigil("detect", recording, "--out", bedside.folder.parent / "o", "--json")
    for (onset_s, offset_s), event in zip(
        events_in(bedside.folder), offline.json["events"], strict=True
    ):
        assert (onset_s, offset_s) == pytest.approx(event[:2], abs=0.5)
    assert vigil("verify", bedside.folder).code == 0


def test_a_sender_that_was_killed_and_came_back(vigil, bedside, write_edf):
    """It begins anew: the second sender's samples lie where the clock says that they were sent."""
    recording = write_edf("x.edf", 60, SFREQ, [(2, 8), (20, 26)])
    sender = bedside.send(recording, "--wait")
    monitor = bedside.monitor()
    monitor.await_eeg(bedside.folder / "eeg.edf", 10)
    sender.kill()
    time.sleep(2)
    bedside.send(recording)
    began = time.time()
    wait_until(lambda: "GAP" in bedside.folder.joinpath("eeg.edf").read_text("latin-1"))
    monitor.await_eeg(bedside.folder / "eeg.edf", recorded_s(bedside.folder / "eeg.edf") + 30)
    summary = monitor.terminate()
    whole = samples_of(recording)[1]
    _, kept, half_step, remarks = recorded(bedside.folder)
    start_s, stop_s = gap_of(remarks)
    start, stop = round(start_s * SFREQ), round(stop_s * SFREQ)
    assert stop - start == summary["stream"]["lost_samples"]
    assert place_of(kept[:, :start], whole, half_step) == 0
    with SessionRecord(bedside.folder) as record:
        end, start_time = record.parts[0].n_samples, record.runs[0].start_time
        raised = [alarm for alarm in record.alarms if alarm.state != "retracted"]
    place = place_of(kept[:, stop:end], whole, half_step)
    restarted_s = (stop - place) / SFREQ
    assert start_time is not None
    assert start_time.timestamp() + restarted_s == pytest.approx(began, abs=1.5)
    # The first seizure from the first sender, the second from the other, which may have sent the
    # first again before it was found.
    (first, _), *_, (last, _) = events_in(bedside.folder)
    assert first == pytest.approx(2, abs=0.5)
    assert last - restarted_s == pytest.approx(20, abs=0.5)
    assert len(raised) >= 2
    assert vigil("verify", bedside.folder).code == 0
