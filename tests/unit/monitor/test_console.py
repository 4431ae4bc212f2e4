"""What the monitor prints."""

import pytest

from monitor.console import clock


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00:00"), (59.99, "0:00:59"), (3661, "1:01:01"), (26 * 3600 + 5, "26:00:05")],
)
def test_the_clock_goes_on_behind_a_day(seconds: float, text: str) -> None:
    assert clock(seconds) == text
