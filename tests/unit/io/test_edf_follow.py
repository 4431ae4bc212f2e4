"""Recordings that another program is still writing."""

import threading
import time

import numpy as np
import pytest

from core.errors import RecordingError
from core.io import edf
from core.io.edf import open_recording
from core.stream import concatenate
from tests.edf_files import Signal, edf_bytes, write_edf_plus_d

RNG = np.random.default_rng(5)


def noise(n):
    return RNG.integers(-20000, 20000, n)


class TestFollow:
    N = 100

    @pytest.fixture
    def growing(self, tmp_path):
        signal = Signal("Cz", noise(self.N * 12), self.N)
        raw = edf_bytes([signal], n_records="-1")
        path = tmp_path / "grow.edf"
        path.write_bytes(raw[:512])
        return path, raw, np.float32(signal.in_unit)

    def test_records_come_as_they_are_written(self, growing):
        path, raw, expected = growing

        def write():
            with path.open("ab", buffering=0) as file:
                for k in range(512, len(raw), 130):  # never a whole record at once
                    file.write(raw[k : k + 130])
                    time.sleep(0.005)

        writer = threading.Thread(target=write)
        with open_recording(path, follow=True) as recording:
            assert recording.n_samples == 0
            writer.start()
            chunks = list(recording.chunks(0.3, poll_s=0.002, idle_s=0.4))
        writer.join()
        np.testing.assert_array_equal(concatenate(chunks).data[0], expected)

    def test_what_is_in_is_handed_out_before_waiting(self, growing):
        path, raw, _ = growing
        path.write_bytes(raw[: 512 + 2 * self.N * 2 + 50])
        with open_recording(path, follow=True) as recording:
            chunk = next(recording.chunks(60.0, poll_s=0.01, idle_s=5.0))
            assert (chunk.n_samples, recording.complete) == (2 * self.N, True)

    def test_it_stops_when_told(self, growing):
        path, raw, _ = growing
        path.write_bytes(raw)
        begun = time.monotonic()
        with open_recording(path, follow=True) as recording:
            asked = iter([False, False, False])
            list(recording.chunks(stop=lambda: next(asked, True), poll_s=0.01, idle_s=60.0))
        assert time.monotonic() - begun < 5

    def test_it_can_be_read_without_following(self, growing):
        path, raw, expected = growing
        path.write_bytes(raw)
        with open_recording(path, follow=True) as recording:
            chunks = list(recording.chunks(follow=False))
        assert concatenate(chunks).n_samples == len(expected)

    def test_gaps_and_remarks_of_a_growing_file(self, tmp_path):
        write_edf_plus_d(
            tmp_path / "all.edf",
            [(0.0, np.ones((1, 512))), (9.0, np.ones((1, 256)))],
            ch_names=["Cz"],
        )
        raw = (tmp_path / "all.edf").read_bytes()
        path = tmp_path / "grow.edf"
        size = (len(raw) - 768) // 3
        path.write_bytes(raw[: 768 + 2 * size])
        with open_recording(path, follow=True) as recording:
            chunks = recording.chunks(poll_s=0.01, idle_s=0.2)
            assert [next(chunks).start_sample, next(chunks).start_sample] == [0, 256]
            assert recording.duration_s == 2
            path.write_bytes(raw)
            assert [c.start_sample for c in chunks] == [9 * 256]
            assert recording.duration_s == 10

    def test_a_file_that_shrinks_is_an_error_in_one_line(self, growing):
        path, raw, _ = growing
        path.write_bytes(raw)
        with open_recording(path) as recording:
            path.write_bytes(raw[:600])
            with pytest.raises(RecordingError, match=r"grow\.edf: shrank while it was read"):
                list(recording.chunks())

    def test_a_long_record_is_waited_for(self, tmp_path, monkeypatch):
        """A file of 30 s records does not grow for 30 s, which is no end."""
        idle_s = []
        growth = edf.Growth

        def watched(poll_s, idle, stop):
            idle_s.append(idle)
            return growth(poll_s, idle, stop)

        monkeypatch.setattr(edf, "Growth", watched)
        for record_s in ("1", "30"):
            raw = edf_bytes([Signal("Cz", noise(3000 * 2), 3000)], record_s=record_s)
            path = tmp_path / "long.edf"
            path.write_bytes(raw)
            with open_recording(path, follow=True) as recording:
                list(recording.chunks(stop=lambda: True))
        assert idle_s == [10.0, 90.0]
