from pathlib import Path

import pytest

from core.config import Config
from core.electrodes import ELECTRODES
from core.types import StreamInfo
from monitor.desk import Desk
from monitor.disk import CHECK_S, DiskForecast, DiskWatch, free_bytes
from tests.monitor_fakes import Notes

GB = 1e9


def test_hours_are_those_of_the_last_ten_minutes():
    forecast = DiskForecast()
    # 36 GB an hour for an hour, then 3.6 GB an hour
    for now_s in range(0, 3600, 10):
        state = forecast.update(100 * GB - now_s * 0.01 * GB, float(now_s))
    assert state.hours_left == pytest.approx(state.free_gb / 36, rel=0.01)
    for now_s in range(3600, 4300, 10):
        state = forecast.update(64 * GB - (now_s - 3600) * 0.001 * GB, float(now_s))
    assert state.hours_left == pytest.approx(state.free_gb / 3.6, rel=0.01)


@pytest.mark.parametrize("change", [0.0, 1e6])
def test_a_disk_that_does_not_shrink_lasts(change):
    forecast = DiskForecast()
    states = [forecast.update(5 * GB + k * change, 10.0 * k) for k in range(100)]
    assert {state.hours_left for state in states} == {float("inf")}


def test_a_rate_is_unknown_at_first():
    forecast = DiskForecast()
    assert forecast.update(50 * GB, 0.0).hours_left == float("inf")
    assert forecast.update(10 * GB, 60.0).hours_left == float("inf")


def faults(readings, step_s=CHECK_S):
    values = iter(readings)
    watch = DiskWatch(Path("/nowhere"), lambda _: next(values))
    return [watch.look(k * step_s) for k in range(len(readings))]


def test_little_room_is_a_fault_until_there_is_clearly_more():
    words = faults([1.2 * GB, 0.94 * GB, 1.05 * GB, 1.2 * GB])
    assert words == ["", "Disk almost full: 0.9 GB left", "Disk almost full: 1.1 GB left", ""]


def test_a_disk_that_fills_within_two_hours_is_a_fault_with_its_hours():
    # 60 GB an hour
    words = faults([80 * GB - k * 60 * GB * CHECK_S / 3600 for k in range(60)])
    assert words[:30] == [""] * 30
    assert words[30] == "Disk almost full: 75.0 GB left, for less than 2 h at the current rate"


def test_it_is_looked_at_every_ten_seconds_only_and_what_is_unknown_is_no_fault():
    assert faults([0.5 * GB] * 4, step_s=4.0)[1:3] == [None, None]
    assert faults([None, 0.5 * GB])[0] is None
    assert free_bytes(Path("/no/such/folder")) is None
    assert free_bytes(Path("/")) > 0


def test_the_desk_raises_it_without_a_window():
    room = iter([0.5 * GB, 50 * GB])
    notes = Notes()
    info = StreamInfo(ELECTRODES, 256.0, name="memory")
    disk = DiskWatch(Path("/nowhere"), lambda _: next(room))
    desk = Desk(info, Config(), notes, notes, lambda: 0, disk)
    desk.tick()
    desk.tick()
    assert [(a.key, a.active, a.text) for a in notes.technical] == [
        ("disk", True, "Disk almost full: 0.5 GB left")
    ]
    assert notes.boards[-1].conditions[0].key == "disk"
    disk._looked_s = float("-inf")
    desk.tick()
    assert not notes.technical[-1].active


def test_what_is_known_to_be_written_tells_the_hours_from_the_start():
    watch = DiskWatch(Path("/nowhere"), lambda _: 3.6 * GB)
    watch.expect(1e6)
    assert watch.look(0.0) == "Disk almost full: 3.6 GB left, for less than 2 h at the current rate"
    forecast = DiskForecast(1e6)
    for now_s in range(0, 600, 10):  # others write, too
        state = forecast.update(36 * GB - now_s * 10e6, float(now_s))
    assert state.hours_left == pytest.approx(state.free_gb / 36, rel=0.01)


def test_a_folder_that_goes_away_is_a_fault_until_it_is_back(tmp_path):
    folder = tmp_path / "night"
    folder.mkdir()
    watch = DiskWatch(folder)
    assert watch.look(0.0) == ""
    folder.rename(tmp_path / "moved")
    assert watch.look(10.0) == "Session folder is gone: it was moved, or its drive is not there"
    (tmp_path / "moved").rename(folder)
    assert watch.look(20.0) == ""
