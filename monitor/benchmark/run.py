"""All parts of ``vigil bench``, one after the other."""

import gc
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core.config import Config
from core.errors import VigilError
from core.model.builtin import weights_file
from core.model.engine import Engine, load_engine, resolve_device
from core.simulate import simulate_recording
from monitor.benchmark.delays import measure_delays
from monitor.benchmark.endurance import Hour, measure_day
from monitor.benchmark.figures import write_figures
from monitor.benchmark.machine import describe_machine, peak_rss_mb
from monitor.benchmark.offline import measure_offline
from monitor.benchmark.scaling import measure_scaling
from monitor.benchmark.windows import measure_window

__all__ = ["BenchOptions", "run_bench"]

DEMO = Path(__file__).parents[2] / "recordings" / "demo.edf"

_LONGEST_RUN_S = 20.0
_LONGEST_RUN_IN_FULL_S = 300.0
_SIMULATED_MINUTES = 9.0


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """What to measure.

    Attributes
    ----------
    config, weights
        As for a session; the threads that compute are the configuration's.
    recording
        For the offline part; None: the demo recording, or a simulated one where that is not there.
    seconds
        Of live signal; 0 leaves the live part out.
    rounds
        How often a window is scored; the stacks run a fifth as often.
    longest
        Longest sequence of the stacks; 0 leaves that part out.
    hours
        Of the simulated day; 0 leaves it out.
    out
        Folder for ``bench.json`` and figures; None: none are written.
    """

    config: Config
    weights: Path | None = None
    recording: Path | None = None
    seconds: float = 75.0
    rounds: int = 15
    longest: int = 15360
    hours: float = 0.0
    out: Path | None = None


def run_bench(options: BenchOptions, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure everything that was asked for.

    What belongs to the monitor comes first, so that the memory peak is its own and not that of
    the networks it is compared with.

    Parameters
    ----------
    options
        What to measure.
    say
        Told what comes next, in a line.

    Returns
    -------
    dict
        For JSON; docs/performance.md describes the keys.

    Raises
    ------
    VigilError
        Where the recording, the weights or the output folder cannot be used, or a part fails.
    """
    began = time.perf_counter()
    config = options.config
    if options.out is not None:
        _make_folder(options.out)
    machine = describe_machine(config.inference.threads)
    preset = config.model.preset
    loading = time.perf_counter()
    scorer = load_engine(config, weights_file(options.weights, preset))
    result: dict[str, Any] = {
        "machine": machine,
        "engine": scorer.name,
        "weights": scorer.weights,
        "preset": preset,
        "config_hash": config.hash,
        "engine_load_s": round(time.perf_counter() - loading, 2),
    }

    offline = _offline(options, scorer, say)
    peaks = {"offline": peak_rss_mb()}
    live = None
    if options.seconds:
        say(f"live delays: {options.seconds:g} s of signal in real time")
        live = measure_delays(config, scorer, options.seconds)
        peaks["live"] = peak_rss_mb()
    day = _day(options, scorer, offline, say) if options.hours else None
    say(f"one window, {options.rounds} times, in turns with a transformer and matrix products")
    window = measure_window(config, scorer, options.rounds)
    peaks["window"] = peak_rss_mb()
    gc.collect()  # the other network
    scaling = _scaling(options, say) if options.longest else None
    if scaling is not None:
        peaks["scaling"] = peak_rss_mb()

    result |= {
        **window,
        "offline_real_time_factor": round(offline["real_time_factor"], 2),
        "scaling_exponent": None if scaling is None else scaling["stacks"]["mamba"]["exponent"],
        "peak_rss_mb": peaks["live" if live else "offline"],
        "peak_rss_by_part_mb": peaks,
        "offline": offline,
        "live": live,
        "scaling": scaling,
        "day": day,
        "rounds": options.rounds,
        "figures": [],
        "wall_s": round(time.perf_counter() - began, 1),
    }
    if options.out is not None:
        say(f"figures in {options.out}")
        result["figures"] = write_figures(result, options.out)
        _write_json(result, options.out / "bench.json")
    return result


def _offline(options: BenchOptions, scorer: Engine, say: Callable[[str], None]) -> dict[str, Any]:
    path = options.recording or DEMO
    if options.recording is None and not DEMO.is_file():
        say(f"no {DEMO}: {_SIMULATED_MINUTES:g} min of EEG are simulated")
        with TemporaryDirectory(prefix="vigil-bench-") as folder:
            path = Path(folder) / "simulated.edf"
            simulate_recording(path, _SIMULATED_MINUTES, 2, 27)
            return _measured_offline(path, options.config, scorer, say)
    return _measured_offline(path, options.config, scorer, say)


def _measured_offline(
    path: Path, config: Config, scorer: Engine, say: Callable[[str], None]
) -> dict[str, Any]:
    say(f"offline detection in {path.name}, twice")
    return measure_offline(path, config, scorer)


def _scaling(options: BenchOptions, say: Callable[[str], None]) -> dict[str, Any]:
    say(f"time against length, up to {options.longest:,} samples at the bottleneck")
    return measure_scaling(
        options.config.model.preset,
        max(1, options.rounds // 5),
        options.longest,
        _LONGEST_RUN_IN_FULL_S if options.hours else _LONGEST_RUN_S,
        resolve_device(options.config),
    )


def _day(
    options: BenchOptions, scorer: Engine, offline: dict[str, Any], say: Callable[[str], None]
) -> dict[str, Any]:
    hours = options.hours
    n_windows = hours * 3600 / options.config.windows.stride_s
    minutes = n_windows * offline["parts_s"]["infer"] / offline["n_windows"] / 60
    say(f"{hours:g} h of simulated EEG at full speed: {max(1, minutes):.0f} min or more")

    def tell(hour: Hour) -> None:
        memory = "" if hour.rss_mb is None else f", {hour.rss_mb:.0f} MB"
        say(f"  {hour.hour:g} of {hours:g} h: {hour.median_ms:.0f} ms a window{memory}")

    return measure_day(options.config, scorer, hours, tell)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VigilError(f"{folder}: output folder cannot be made ({error.strerror})") from error


def _write_json(result: dict[str, Any], path: Path) -> None:
    try:
        path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise VigilError(f"{path}: cannot be written ({error.strerror})") from error
