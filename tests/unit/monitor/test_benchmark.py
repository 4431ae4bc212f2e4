"""What the benchmark computes from what it measures; no time is judged."""

import math
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from core.config import Config, ModelConfig
from core.detector import detect
from core.electrodes import ELECTRODES
from core.errors import VigilError
from core.io.edf import open_recording
from core.types import FloatArray
from monitor.benchmark.endurance import Hour, growth_per_hour, measure_day
from monitor.benchmark.gemm import Product, gemm_peak
from monitor.benchmark.machine import describe_machine, peak_rss_mb, resident_mb
from monitor.benchmark.offline import PARTS, Stopwatch, detect_in_parts, measure_offline
from monitor.benchmark.scaling import fit_power_law, time_stacks
from monitor.benchmark.timing import interleaved, spread_ms
from monitor.benchmark.windows import count_flops
from tests.edf_files import write_edf_plus_d
from tests.monitor_fakes import AmplitudeScorer, BrokenScorer, bursts

CPU = torch.device("cpu")


class Ticks:
    """A clock that someone else moves."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.parametrize(("exponent", "factor"), [(1.0, 3e-4), (1.5, 1e-6), (2.0, 7.0), (0.0, 1.0)])
def test_a_power_law_is_found_exactly(exponent: float, factor: float) -> None:
    lengths = [960, 1920, 3840, 7680, 15360]
    law = fit_power_law(lengths, [factor * n**exponent for n in lengths])
    assert law.exponent == pytest.approx(exponent, abs=1e-9)
    assert law.factor == pytest.approx(factor, rel=1e-6)
    assert law.at(5000) == pytest.approx(factor * 5000**exponent, rel=1e-6)


def test_a_power_law_needs_two_lengths() -> None:
    with pytest.raises(ValueError, match="two lengths"):
        fit_power_law([960], [1.0])


def test_the_plain_network_is_counted() -> None:
    assert count_flops("vigil-13m") == pytest.approx(43.6e9, rel=0.01)
    assert count_flops("small-cnn") < 1e9
    # 8 layers: queries with keys and weights with values, of 960 samples and 512 channels.
    attention = 8 * 2 * 2 * 960**2 * 512
    assert count_flops("seizure-transformer") == pytest.approx(96.07e9 + attention, rel=0.001)


def test_tasks_take_turns_behind_one_call_each() -> None:
    calls: list[str] = []
    times = interleaved({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 2)
    assert "".join(calls) == "ababab"
    assert {key: len(runs) for key, runs in times.items()} == {"a": 2, "b": 2}


def test_the_spread_of_nothing_is_nothing() -> None:
    assert spread_ms([]) == {"n": 0, "median_ms": None, "p95_ms": None, "max_ms": None}
    assert spread_ms([0.001, 0.002, 0.003])["median_ms"] == 2.0


def test_the_peak_is_that_of_the_fastest_product_of_a_format() -> None:
    times = {
        Product("float32", 1000, "mm"): [0.02, 0.01, 0.5],
        Product("float32", 2000, "conv"): [0.1, 0.1, 0.1],
        Product("bfloat16", 1000, "mm"): [0.001],
    }
    assert gemm_peak(times, "float32") == pytest.approx(16e9 / 0.1)
    assert gemm_peak(times, "float32", min) == pytest.approx(2e9 / 0.01)
    assert gemm_peak(times, "bfloat16") == pytest.approx(2e12)


def test_what_would_take_too_long_is_left_out_and_the_rest_is_repeated() -> None:
    clock = Ticks()
    calls: list[tuple[str, int]] = []

    def takes(name: str, factor: float, exponent: float) -> Callable[[torch.Tensor], torch.Tensor]:
        def stack(x: torch.Tensor) -> torch.Tensor:
            clock.now_s += factor * (x.shape[1] / 960) ** exponent
            calls.append((name, x.shape[1]))
            return x

        return stack

    stacks = {"mamba": takes("mamba", 0.2, 1.0), "transformer": takes("transformer", 0.8, 2.0)}
    lengths = [960, 1920, 3840, 7680]
    times = time_stacks(stacks, lengths, 3, 20.0, CPU, clock)
    assert {n: len(runs) for n, runs in times["mamba"].items()} == dict.fromkeys(lengths, 3)
    # 12.8 s is run once; 51.2 s never.
    assert {n: len(runs) for n, runs in times["transformer"].items()} == {960: 3, 1920: 3, 3840: 1}
    assert calls[:6] == [
        ("mamba", 960), ("transformer", 960),  # warms up
        ("mamba", 960), ("transformer", 960), ("mamba", 1920), ("transformer", 1920),
    ]  # fmt: skip
    law = fit_power_law(list(times["mamba"]), [runs[0] for runs in times["mamba"].values()])
    assert law.exponent == pytest.approx(1.0)


def test_each_moment_belongs_to_one_part() -> None:
    watch = Stopwatch()
    began = time.perf_counter()
    with watch.timing("events"):
        time.sleep(0.002)
        with watch.timing("stitch"):
            time.sleep(0.02)
        time.sleep(0.002)
    wall_s = time.perf_counter() - began
    assert watch.seconds["stitch"] >= 0.02
    assert watch.seconds["events"] >= 0.004
    assert sum(watch.seconds.values()) <= wall_s
    assert watch.seconds["read"] == 0


@pytest.fixture
def with_gap(tmp_path: Path) -> Path:
    path = tmp_path / "gap.edf"
    pieces = [(0, bursts(256 * 72, at_s=[(30, 40)])), (90, bursts(256 * 30, at_s=[(9, 15)]))]
    write_edf_plus_d(path, pieces, ch_names=ELECTRODES)
    return path


def test_parts_find_what_detection_in_one_go_finds(with_gap: Path) -> None:
    scorer = AmplitudeScorer()
    with open_recording(with_gap) as recording:
        expected, _ = detect(recording.chunks(), recording.info, Config(), scorer)
        found = detect_in_parts(recording, Config(), scorer, Stopwatch())
    assert len(found.events) == 2
    assert found.events == expected.events
    assert found.gaps == expected.gaps
    assert found.n_windows == expected.n_windows
    assert found.probabilities_sha256 == expected.probabilities_sha256


def test_the_parts_of_a_recording_are_no_more_than_the_whole(with_gap: Path) -> None:
    offline = measure_offline(with_gap, Config(), AmplitudeScorer())
    parts_s = offline["parts_s"]
    assert set(parts_s) == {*PARTS, "other"}
    assert all(seconds >= 0 for seconds in parts_s.values())
    assert sum(parts_s[part] for part in PARTS) <= offline["wall_s"]
    assert sum(parts_s.values()) == pytest.approx(offline["wall_s"])
    assert offline["duration_s"] == pytest.approx(102)
    assert offline["real_time_factor"] == offline["duration_s"] / offline["wall_s"]


class FickleScorer(AmplitudeScorer):
    """Never says the same twice."""

    def __init__(self) -> None:
        self._n = 0

    def predict(self, data: FloatArray) -> FloatArray:
        self._n += 1
        return super().predict(data) / self._n


def test_runs_that_differ_are_an_error(with_gap: Path) -> None:
    with pytest.raises(VigilError, match="differs"):
        measure_offline(with_gap, Config(), FickleScorer())


def test_a_short_day_is_told_hour_by_hour() -> None:
    told: list[Hour] = []
    config = Config(model=ModelConfig(preset="line-length"))
    day = measure_day(config, AmplitudeScorer(), 0.05, told.append)
    assert day["n_windows"] == 13
    assert [hour["n_windows"] for hour in day["hours"]] == [13]
    assert [hour.n_windows for hour in told] == [13]
    assert day["hours"][0]["median_ms"] <= day["hours"][0]["worst_ms"]
    assert day["rss_slope_mb_per_h"] is None  # one point has no slope


def test_a_day_fails_with_its_network() -> None:
    with pytest.raises(VigilError, match="broken"):
        measure_day(Config(), BrokenScorer(VigilError("broken")), 0.05)


def test_growth_is_the_slope_over_the_hours() -> None:
    assert growth_per_hour([(1, 100.0), (2, 102.0), (3, 104.0)]) == pytest.approx(2.0)
    assert growth_per_hour([(1, 100.0), (2, 100.0), (3, 100.0)]) == pytest.approx(0.0)
    assert growth_per_hour([(1, 100.0), (2, None)]) is None


def test_the_machine_is_named() -> None:
    machine = describe_machine(1)
    assert machine["processor"]
    assert machine["cores"] >= 1
    assert machine["torch"] == torch.__version__


def test_memory_is_in_megabytes() -> None:
    now_mb, peak_mb = resident_mb(), peak_rss_mb()
    if now_mb is None or peak_mb is None:
        pytest.skip("this system does not tell")
    assert 50 < now_mb <= 1.05 * peak_mb < 50_000
    assert math.isfinite(peak_mb)
