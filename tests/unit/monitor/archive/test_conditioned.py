"""The conditioned signal of a recorded session, against the live pipeline on the same samples."""

import numpy as np
import pytest

from core.conditioning import Conditioner
from core.config import Config
from core.io.edf import open_recording
from core.stream import concatenate
from core.types import Chunk
from monitor.archive.conditioned import ConditionedSignal
from monitor.archive.record import SessionRecord
from tests.session_folders import RunOf, make_session

CONFIG = Config()


def live(folder, name="eeg.edf"):
    """What the live pipeline makes of a part, with no regard to gaps in the log."""
    with open_recording(folder / name) as recording:
        conditioner = Conditioner(recording.info, CONFIG)
        items = [out for chunk in recording.chunks() for out in conditioner.push(chunk)]
        return concatenate([c for c in [*items, *conditioner.flush()] if isinstance(c, Chunk)])


def conditioned(folder):
    return ConditionedSignal(SessionRecord(folder), CONFIG)


@pytest.mark.parametrize("sfreq", [256, 250, 512])
def test_a_stretch_is_what_the_bedside_window_showed(tmp_path, sfreq):
    folder = make_session(tmp_path / "s", [RunOf(100, parts=(100,))], sfreq=sfreq, notes=False)
    whole = live(folder).data[:, 40 * 256 : 70 * 256]
    stretch = conditioned(folder).stretch(40 * 256, 70 * 256)
    assert stretch.problem == ""
    np.testing.assert_allclose(stretch.signal.data, whole, atol=0.2)


def test_the_pieces_are_the_live_signal_to_the_bit(tmp_path):
    folder = make_session(tmp_path / "s", [RunOf(100, parts=(100,))], notes=False)
    pieces = list(conditioned(folder).pieces(30.0))
    assert [piece.stop_sample for piece in pieces] == [7680, 15360, 23040, 25600]
    whole = concatenate([chunk for piece in pieces for chunk in piece.chunks])
    np.testing.assert_array_equal(whole.data, live(folder).data)


def test_the_probability_counts_the_same_samples(tmp_path):
    folder = make_session(tmp_path / "s", [RunOf(100, parts=(100,))], notes=False)
    values = conditioned(folder).probability(30 * 256, 31 * 256)
    np.testing.assert_array_equal(values[:64], np.float32(0.05))
    np.testing.assert_array_equal(values[64:], np.float32(0.9375))


def test_a_new_part_of_the_same_stream_is_no_break(tmp_path):
    one = make_session(tmp_path / "one", [RunOf(100, parts=(100,))], notes=False)
    two = make_session(tmp_path / "two", [RunOf(100, parts=(60, 40))], notes=False)
    first, stop = 50 * 256, 80 * 256
    np.testing.assert_allclose(
        conditioned(two).stretch(first, stop).signal.data,
        conditioned(one).stretch(first, stop).signal.data,
        atol=1e-3,
    )


def test_runs_lie_on_the_sessions_clock(tmp_path):
    runs = [RunOf(60, parts=(60,), ended=False), RunOf(60, offset_s=90.0, parts=(60,))]
    folder = make_session(tmp_path / "s", runs, notes=False)
    stretch = conditioned(folder).stretch(50 * 256, 100 * 256)
    measured = np.isfinite(stretch.signal.data).all(axis=0)
    assert measured[: 10 * 256].all()
    assert not measured[10 * 256 : 40 * 256].any()
    assert measured[40 * 256 :].all()
    again = live(folder, "eeg_part2.edf").data[:, : 10 * 256]
    np.testing.assert_allclose(stretch.signal.data[:, 40 * 256 :], again, atol=1e-3)


def test_a_missing_part_takes_no_other_with_it(tmp_path):
    folder = make_session(tmp_path / "s", [RunOf(90, parts=(30, 30, 30))], notes=False)
    (folder / "eeg_part2.edf").unlink()
    stretch = conditioned(folder).stretch(0, 90 * 256)
    measured = np.isfinite(stretch.signal.data).all(axis=0)
    assert measured[: 30 * 256].all()
    assert not measured[30 * 256 : 60 * 256].any()
    assert measured[60 * 256 :].all()
    assert "eeg_part2.edf" in stretch.problem
    assert np.isfinite(stretch.probability).any()


def test_the_fill_of_a_gap_is_no_signal(tmp_path):
    folder = make_session(tmp_path / "s", [RunOf(100, parts=(100,))])
    with (folder / "eeg.edf").open("r+b") as file:
        header = (19 + 2) * 256
        record = (19 * 256 + 256) * 2
        for second in (11, 12):
            for channel in range(19):
                file.seek(header + second * record + channel * 512)
                file.write(b"\x05\x00" * 256)
    stretch = conditioned(folder).stretch(0, 30 * 256)
    measured = np.isfinite(stretch.signal.data).all(axis=0)
    np.testing.assert_array_equal(np.flatnonzero(~measured), np.arange(11 * 256, 13 * 256))
