"""What a crash or a failing disk cost a session is told as a loss."""

import os
from contextlib import nullcontext

import pytest

from core.config import Config
from core.errors import SessionError, SignalError
from core.io.edf_writer import EdfWriter
from monitor.archive.record import SessionRecord
from monitor.archive.verify import verify_session
from monitor.replaying import ReplayOptions, replay
from monitor.session_options import SessionOptions
from tests.monitor_fakes import AmplitudeScorer, BrokenScorer
from tests.unit.monitor.archive.session_checks import bed_recording, change_json, flip


def monitored(folder, monkeypatch, *, fail=False, scorer=None):
    """Monitor 130 s in a session of this folder; where it fails, the network does, at the end."""
    edf = bed_recording(folder)
    if scorer is None:
        scorer = BrokenScorer(SignalError("out of order"), at=7) if fail else AmplitudeScorer()
    monkeypatch.setattr("monitor.app.load_engine", lambda *_: scorer)
    options = SessionOptions(Config(), headless=True, session_folder=folder / "session")
    with pytest.raises(SignalError) if fail else nullcontext():
        replay(ReplayOptions(edf, options, speed=float("inf")))
    return folder / "session"


def only_fault_of(session):
    """Of a session that a crash cost something."""
    (fault,) = verify_session(session).faults
    return fault


def test_a_session_that_does_not_know_that_it_ended(session):
    change_json(session, lambda told: told.update(state="running"))
    found = verify_session(session)
    assert (found.faults, found.verdict) == ((), "loss")
    assert "does not say that run 1 ended, the log does" in found.losses[0]


def test_a_disk_that_fails_for_good_is_no_forgery(tmp_path, monkeypatch):
    """The remark that waits while the disk fails is in no file; nobody took it out."""
    write = EdfWriter.write

    def fail(writer, digital):
        if any(b"Alarm 1 raised" in remark.text for remark in writer._remarks):
            raise OSError(28, "No space left on device")
        write(writer, digital)

    monkeypatch.setattr(EdfWriter, "write", fail)
    found = verify_session(monitored(tmp_path, monkeypatch))
    assert found.faults == ()
    assert any("the EEG does not tell of it (Alarm 1 raised" in loss for loss in found.losses)
    assert "130.0 s were monitored: what came then was not recorded" in found.losses[0]


def test_a_folder_that_vanishes_while_it_is_written(tmp_path, monkeypatch, capsys):
    """Nothing is lost that the open files took; the last line says what could not be written."""

    class Mover(AmplitudeScorer):
        def predict(self, data):
            if (tmp_path / "session").exists():
                (tmp_path / "session").rename(tmp_path / "elsewhere")
            return super().predict(data)

    monkeypatch.setattr("monitor.disk.CHECK_S", 0.0)
    with pytest.raises(SessionError, match=r"session\.json: cannot be written"):
        monitored(tmp_path, monkeypatch, scorer=Mover())
    assert "technical: Session folder is gone: it was moved" in capsys.readouterr().err
    found = verify_session(tmp_path / "elsewhere")
    assert found.faults == ()
    assert any(loss.startswith("probability_run1.f32: is missing") for loss in found.losses)
    assert (found.eeg_s, found.n_parts) == (130.0, 1)
    assert [alarm.alarm_id for alarm in SessionRecord(tmp_path / "elsewhere").alarms] == [1, 2]


@pytest.mark.parametrize("change", ["flip", "cut", "remove"])
def test_the_probability_of_an_interrupted_run(tmp_path, monkeypatch, change):
    session = monitored(tmp_path, monkeypatch, fail=True)
    assert (session / "probability_run1.f32").stat().st_size > 4 * 256 * 30
    monitored(tmp_path, monkeypatch)
    assert verify_session(session).faults == ()
    path = session / "probability_run1.f32"
    match change:
        case "flip":
            flip(path, 5)
        case "cut":
            os.truncate(path, 100)
        case "remove":
            path.unlink()
    assert only_fault_of(session).startswith("probability_run1.f32: is")
