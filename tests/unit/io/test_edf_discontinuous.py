"""EDF+D: records that tell their own onset."""

from datetime import datetime

import numpy as np
import pytest

from core.errors import RecordingError
from core.io.edf import Annotation, open_recording
from core.stream import concatenate
from tests.edf_files import Signal, edf_bytes, tal, write_edf_plus_d

RNG = np.random.default_rng(5)

at = datetime.fromisoformat


def noise(n):
    return RNG.integers(-20000, 20000, n)


class TestDiscontinuous:
    SEGMENTS_S = ((0.5, 3), (10.5, 2), (12.5, 1), (20.0, 4))

    @pytest.fixture
    def recording(self, tmp_path):
        self.data = [
            np.rint(RNG.uniform(-99, 99, (2, n * 256)) * 10) / 10 for _, n in self.SEGMENTS_S
        ]
        onsets_s = [onset_s for onset_s, _ in self.SEGMENTS_S]
        write_edf_plus_d(
            tmp_path / "x.edf",
            list(zip(onsets_s, self.data, strict=True)),
            ch_names=["C3", "C4"],
            annotations=[(11.0, "arousal")],
        )
        with open_recording(tmp_path / "x.edf") as recording:
            yield recording

    @pytest.mark.parametrize("chunk_s", [0.1, 1.0, 2.5, 100.0])
    def test_gaps_show_as_jumps(self, recording, chunk_s):
        chunks = list(recording.chunks(chunk_s))
        runs = [[chunks[0]]]
        for chunk in chunks[1:]:
            if chunk.start_sample == runs[-1][-1].stop_sample:
                runs[-1].append(chunk)
            else:
                runs.append([chunk])
        joined = [concatenate(run) for run in runs]
        # The second and the third segment touch.
        assert [(c.start_sample, c.n_samples) for c in joined] == [
            (0, 768),
            (2560, 768),
            (4992, 1024),
        ]
        got = np.concatenate([c.data for c in joined], axis=1)
        np.testing.assert_allclose(got, np.concatenate(self.data, axis=1), atol=2e-4)

    def test_span_and_annotations(self, recording):
        assert recording.n_samples == 4992 + 1024
        assert recording.duration_s == 23.5
        assert recording.annotations == [Annotation(10.5, None, "arousal")]
        assert recording.info.start_time == at("2023-05-04 06:07:08.500")

    @pytest.mark.parametrize(
        ("start_s", "first"), [(1.5, 384), (5.0, 2560), (11.0, 2816), (23.0, 5888)]
    )
    def test_start_inside_and_between_segments(self, recording, start_s, first):
        chunks = list(recording.chunks(1.0, start_s))
        assert chunks[0].start_sample == first
        every = {
            c.start_sample + k: c.data[:, k]
            for c in recording.chunks(7.0)
            for k in range(c.n_samples)
        }
        for chunk in chunks:
            for k in range(chunk.n_samples):
                np.testing.assert_array_equal(chunk.data[:, k], every[chunk.start_sample + k])


def discontinuous(tmp_path, onsets_s, **how):
    tals = [tal(onset_s) for onset_s in onsets_s]
    signal = Signal("Cz", noise(100 * len(tals)))
    (tmp_path / "x.edf").write_bytes(edf_bytes([signal], tals=tals, reserved="EDF+D", **how))
    return tmp_path / "x.edf"


def test_rounded_onsets_make_no_gap(tmp_path):
    path = discontinuous(tmp_path, [0, 1.004, 1.996, 3.01, 4.006])
    with open_recording(path) as recording:
        assert len(list(recording.chunks(100.0))) == 1
        assert recording.n_samples == 500


def test_records_that_overlap_are_an_error(tmp_path):
    with (
        open_recording(discontinuous(tmp_path, [0, 1, 1.2])) as recording,
        pytest.raises(RecordingError, match=r"x\.edf: record 2 begins at 1\.2 s, before record 1"),
    ):
        list(recording.chunks())


def test_a_record_without_onset_is_an_error(tmp_path):
    path = discontinuous(tmp_path, [0, 1])
    path.write_bytes(path.read_bytes().replace(b"+1\x14\x14", b"+1\x14a\x14"))
    with (
        open_recording(path) as recording,
        pytest.raises(RecordingError, match="record 1 does not tell its onset"),
    ):
        list(recording.chunks())


def test_start_time_moves_with_the_first_onset_only(tmp_path):
    path = discontinuous(tmp_path, [100.0, 101.0, 160.0])
    with open_recording(path) as recording:
        assert recording.info.start_time == at("2023-05-04 06:08:48")
        assert [c.start_sample for c in recording.chunks()] == [0, 100, 6000]
