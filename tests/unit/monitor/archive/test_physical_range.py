"""Microvolts to 16 bits: exact where the source has 16 bits, half a step off elsewhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.archive.physical_range import Quantiser, RangePlan, centred_channel, known_channel
from tests.recorded_eeg import stream


@pytest.mark.parametrize(
    ("low_uv", "high_uv", "bits"),
    [(-3276.8, 3276.7, 16), (-5000.0, 5000.0, 16), (-800.0, 800.0, 12), (0.0, 6553.5, 16),
     (-8711.0, 8711.0, 16), (-3199.9023, 3199.9023, 12)],
)  # fmt: skip
def test_a_known_range_keeps_the_values(low_uv, high_uv, bits):
    channel = known_channel("C1", low_uv, high_uv)
    source = np.linspace(low_uv, high_uv, 2**bits)
    steps, clipped, _ = Quantiser([channel]).steps(source[np.newaxis].astype(np.float32))
    assert not clipped.any()
    read = float(channel.physical_min) + (steps[0].astype(float) + 32768) * channel.gain_uv
    assert np.abs(read - source).max() <= channel.gain_uv * 0.51
    if bits == 16:
        assert np.array_equal(steps[0], np.arange(-32768, 32768))


@pytest.mark.parametrize(
    ("low_uv", "high_uv"),
    [(-187500.0, 187500.0), (0.0, 0.0), (100.0, -100.0), (float("nan"), 1.0),
     (float("-inf"), float("inf"))],
)  # fmt: skip
def test_a_range_that_is_too_wide_or_none_is_not_used(low_uv, high_uv):
    assert known_channel("C1", low_uv, high_uv) is None


@given(st.floats(-1e7, 1e7))
def test_a_range_around_any_centre_fits_into_its_fields(centre_uv):
    channel = centred_channel("C1", centre_uv)
    low, high = channel.physical_min, channel.physical_max
    assert max(len(low), len(high)) <= 8
    assert "e" not in low + high
    assert 0.1 <= round(channel.gain_uv, 6) <= 0.1001 + (0.02 if abs(centre_uv) > 9e5 else 0)
    if abs(centre_uv) < 8.9e6:
        assert float(low) < centre_uv < float(high)
        middle = np.array([[centre_uv]], dtype=np.float64)
        assert abs(int(Quantiser([channel]).steps(middle)[0][0, 0])) <= 11


def test_steps_of_a_tenth_of_a_microvolt_around_zero():
    channel = centred_channel("C1", 0.2)
    assert (channel.physical_min, channel.physical_max) == ("-3276.7", "3276.7")
    assert channel.gain_uv == pytest.approx(0.1, abs=1e-12)


def test_what_lies_outside_is_clipped_and_told():
    quantiser = Quantiser([centred_channel(name, 0.0) for name in "abcd"])
    data = np.zeros((4, 5), dtype=np.float32)
    data[1, 2] = 4000.0
    data[2] = -4000.0
    data[3, 1:] = np.inf
    steps, clipped, outside = quantiser.steps(data)
    assert clipped.tolist() == [False, True, True, True]
    assert outside.tolist() == [False, False, True, False]
    assert steps[1].tolist() == [0, 0, 32767, 0, 0]
    assert steps[2].tolist() == [-32767] * 5
    assert steps[3].tolist() == [0, 32767, 32767, 32767, 32767]


def test_what_is_no_number_is_the_middle():
    data = np.full((1, 4), np.nan, dtype=np.float32)
    data[0, 3] = 20000.0
    quantiser = RangePlan(stream(1)).choose(data)
    steps, clipped, _ = quantiser.steps(data)
    assert steps.tolist() == [[0, 0, 0, 0]]
    assert not clipped.any()
    assert quantiser.channels[0].physical_min == "16723.3"
    assert quantiser.middle(2).tolist() == [[0, 0]]
    nothing = RangePlan(stream(1)).choose(np.full((1, 4), np.nan, dtype=np.float32))
    assert nothing.channels[0].physical_max == "3276.7"


def test_the_plan_takes_what_the_source_knows_unless_the_signal_is_elsewhere():
    info = stream(3, physical_min_uv=(-800.0, -800.0, -1e6), physical_max_uv=(800.0, 800.0, 1e6))
    data = np.array([[10.0, 2000.0], [5000.0, 5000.0], [70.0, 70.0]], dtype=np.float32)
    ranges = [(c.physical_min, c.physical_max) for c in RangePlan(info).choose(data).channels]
    assert ranges == [("-800", "800"), ("1723.3", "8276.7"), ("-3206.7", "3346.7")]
