import pytest

from core.config import Config
from core.electrodes import ELECTRODES
from core.types import StreamInfo
from monitor.desk import Desk
from monitor.host_clock import HostClock
from tests.monitor_fakes import Notes


class Clocks:
    wall_s = 1_700_000_000.0
    monotonic_s = 500.0
    read_s = 0.0

    def go(self, seconds, jump_s=0.0):
        self.wall_s += seconds + jump_s
        self.monotonic_s += seconds

    def monotonic(self):
        self.go(self.read_s)
        return self.monotonic_s

    def wall(self):
        return self.wall_s


@pytest.fixture
def clocks():
    return Clocks()


@pytest.fixture
def host(clocks):
    return HostClock(clocks.wall, clocks.monotonic)


@pytest.mark.parametrize("jump_s", [0.6, -0.6, 3600.0, -1e6])
def test_a_clock_that_is_set_jumps_once(clocks, host, jump_s):
    assert host.look() is None
    clocks.go(0.2)
    assert host.look() is None
    clocks.go(0.2, jump_s)
    assert host.look() == pytest.approx(jump_s)
    clocks.go(0.2)
    assert host.look() is None


def test_a_clock_that_is_led_slowly_does_not_jump(clocks, host):
    for _ in range(10_000):
        assert host.look() is None
        clocks.go(0.2, 0.0001)


def test_readings_that_were_not_taken_together_say_nothing(clocks, host):
    host.look()
    clocks.read_s = 5.0
    assert host.look() is None
    clocks.read_s = 0.0
    assert host.look() is None
    clocks.go(0.2, 5.0)
    assert host.look() == pytest.approx(5.0)


def test_the_desk_writes_it_down(clocks):
    notes = Notes()
    info = StreamInfo(ELECTRODES, 256.0, name="memory")
    desk = Desk(info, Config(), notes, notes, lambda: 0)
    desk._host_clock = HostClock(clocks.wall, clocks.monotonic)
    desk.tick()
    clocks.go(0.2, -7.5)
    desk.tick()
    desk.tick()
    assert notes.clock_jumps == [(0, pytest.approx(-7.5))]
