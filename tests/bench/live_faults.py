"""Faults of a live stream, one after the other: alarm, delay, loss, events.

A real outlet in another process, over the loopback, in real time. Prints the table of
docs/live.md. Run with ``python tests/bench/live_faults.py``; it takes some ten minutes. With
``--network`` the untrained network scores in place of a cheap stand-in, and needs two free cores.
``--only fast slow --minutes 60`` gives drifting clocks an hour, with a simulated recording, the
built-in weights and the thresholds that they come with.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
RECORDING = ROOT / "recordings" / "demo.edf"
RUN_S = 65.0
FAULT_AT_S = 15.0
NAME = "bed-7"


@dataclass
class Fault:
    """A fault: what the sender does by itself, and what is done to it from outside."""

    title: str
    options: list[str] = field(default_factory=list)
    act: Callable[["Bedside"], None] | None = None
    key: str = "stream"
    words: str = ""
    run_s: float = RUN_S


class Bedside:
    """What an act may do to the sender."""

    def __init__(self, settings: Path, folder: Path, sender: "object", options: list[str]) -> None:
        self.settings, self.folder, self.sender, self.options = settings, folder, sender, options
        self.began: float | None = None

    def fault(self) -> None:
        self.began = time.time()

    def kill(self) -> None:
        self.fault()
        self.sender.kill()

    def restart(self, recording: Path = RECORDING, *options: str) -> None:
        from tests.live_streams import Sender

        self.sender = Sender(
            self.settings, recording, NAME, "--counter", *(options or self.options)
        )

    def freeze(self, seconds: float) -> None:
        self.fault()
        self.sender.freeze()
        time.sleep(seconds)
        self.sender.thaw()

    def another(self, sfreq: int = 256, *, without: int = 0) -> Path:
        from core.electrodes import ELECTRODES
        from tests.edf_files import edf_bytes
        from tests.monitor_fakes import bursts, signals

        names = [f"EEG {name}-REF" for name in ELECTRODES[without:]]
        data = bursts(60 * sfreq, sfreq)[without:]
        path = self.folder / f"other-{sfreq}-{without}.edf"
        path.write_bytes(edf_bytes(signals(np.asarray(data), sfreq, names)))
        return path


def kill_and_restart(bedside: Bedside) -> None:
    bedside.kill()
    time.sleep(3)
    bedside.restart()


def other_source_id(bedside: Bedside) -> None:
    bedside.kill()
    time.sleep(3)
    bedside.restart(RECORDING, "--source-id", "another-amplifier")


def other_rate(bedside: Bedside) -> None:
    bedside.kill()
    bedside.restart(bedside.another(512))
    bedside.fault()
    time.sleep(8)
    bedside.sender.kill()
    bedside.restart()


def channel_missing(bedside: Bedside) -> None:
    bedside.kill()
    bedside.restart(bedside.another(without=1))
    bedside.fault()
    time.sleep(8)
    bedside.sender.kill()
    bedside.restart()


FAULTS = {
    "none": Fault("none"),
    "kill": Fault("`kill -9`, restarted after 3 s", act=kill_and_restart),
    "newid": Fault("the same, back with a new source id", act=other_source_id),
    "stop5": Fault("process stopped for 5 s (SIGSTOP)", act=lambda b: b.freeze(5)),
    "stop40": Fault("process stopped for 40 s", act=lambda b: b.freeze(40), run_s=85.0),
    "rate": Fault("back at 512 Hz for 8 s, then as before", act=other_rate, words="is back at"),
    "channel": Fault(
        "back without Fp1 for 8 s, then as before", act=channel_missing, words="is back without"
    ),
    # with this seed, not in the first second, whose samples wait for the rate to be seen
    "drop": Fault("1 % of chunks dropped", ["--drop", "0.01", "--seed", "4"], key="loss"),
    "burst": Fault("samples in bursts of 2 s", ["--burst", "2"]),
    "stall": Fault("silent for 5 s, backlog in one burst", ["--stall", f"{FAULT_AT_S:g}:5"]),
    "away": Fault("outlet closed for 5 s", ["--restart", f"{FAULT_AT_S:g}:5"]),
    "jitter": Fault("stamps and chunks up to 20 ms late", ["--jitter", "20"]),
    "fast": Fault("clock 200 ppm fast", ["--drift-ppm", "200"]),
    "slow": Fault("clock 200 ppm slow", ["--drift-ppm", "-200"]),
}


def measure(name: str, *, network: bool, minutes: float | None) -> dict[str, object]:
    """Run one fault in this process, whose LSL settings are its own."""
    import monitor.app
    from core.config import Config
    from core.model.builtin import builtin_weights
    from core.model.engine import load_engine
    from core.simulate import simulate_recording
    from tests.live_streams import Received, Sender, live_options, run_live, technical_steps
    from tests.monitor_fakes import AmplitudeScorer

    fault = FAULTS[name]
    config, weights = Config(), builtin_weights("vigil-13m")
    if minutes is None:
        config, weights = Config.model_validate({"events": {"tau_on": 0.30, "tau_off": 0.25}}), None
    scorer = load_engine(config, weights) if network else AmplitudeScorer()
    monitor.app.load_engine = lambda *_: scorer
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        recording, run_s = RECORDING, fault.run_s
        if minutes is not None:
            recording, run_s = folder / "long.edf", 60 * minutes
            simulate_recording(recording, minutes + 2, max(1, round(minutes / 10)), seed=1)
        settings = Path(os.environ["LSLAPICFG"])
        sender = Sender(settings, recording, NAME, "--counter", "--wait", *fault.options)
        bedside = Bedside(settings, folder, sender, fault.options)
        received = Received()

        def act() -> None:
            while not received.chunks or received.chunks[-1].stop_sample < FAULT_AT_S * 256:
                time.sleep(0.05)
            assert fault.act is not None
            fault.act(bedside)

        if fault.act is not None:
            threading.Thread(target=act, daemon=True).start()
        try:
            options = live_options(NAME, folder / "s", run_s, config=config)
            summary, source = run_live(options, received)
        finally:
            bedside.sender.end()
        steps = technical_steps(folder / "s")
        offline = received.offline(recording, source, config, scorer)
    counts, indices = received.counts, received.indices
    relevant = [step for step in steps if step[1] == fault.key and step[3]]
    delay_s = None
    if (at := next((step[0] for step in relevant if fault.words in step[2]), None)) is not None:
        delay_s = at - (bedside.began or began_by_itself(received, fault, at))
    stream = summary["stream"]
    jumps = np.diff(counts) - 1
    return {
        "fault": fault.title,
        "alarms": list(dict.fromkeys(step[2] for step in relevant)),
        "delay_s": delay_s,
        "received": stream["received_samples"],
        "lost": stream["lost_samples"],
        "never_sent": int(jumps[jumps > 0].sum()),
        "twice": int((jumps < 0).sum()),
        "index_error": worst_index(indices, counts),
        "gaps": summary["gaps"],
        "drift_ppm": stream["drift_ppm"],
        "events": summary["events"],
        "equal": summary["events"] == [[e.onset_s, e.offset_s, e.peak] for e in offline.events]
        and summary["probabilities_sha256"] == offline.probabilities_sha256,
        "skipped": summary["skipped_windows"],
        "states": stream["states"],
    }  # fmt: skip


def began_by_itself(received: "object", fault: Fault, at: float) -> float:
    """When the last sample came before a fault that the sender plays itself."""
    if fault.key != "loss":
        return max(arrival for arrival in received.arrivals if arrival <= at)
    chunks = received.chunks
    first = next(
        i for i in range(1, len(chunks)) if chunks[i].start_sample > chunks[i - 1].stop_sample
    )
    return received.arrivals[first - 1]


def worst_index(indices: "np.ndarray", counts: "np.ndarray") -> int:
    """How far indices are off the sender's counter; a restarted sender counts anew."""
    restarts = np.flatnonzero(np.diff(counts) < 0) + 1
    worst = 0
    for at, number in zip(np.split(indices, restarts), np.split(counts, restarts), strict=True):
        worst = max(worst, int(np.abs((at - at[0]) - (number - number[0])).max()))
    return worst


def run_apart(name: str, *options: str, timeout_s: float) -> dict[str, object]:
    from monitor.sources.lsl_library import write_private_settings

    with tempfile.TemporaryDirectory() as folder:
        settings = write_private_settings(Path(folder))
        done = subprocess.run(
            [sys.executable, __file__, "--measure", name, *options],
            env={**os.environ, "LSLAPICFG": str(settings), "OMP_NUM_THREADS": "1"},
            capture_output=True, text=True, check=False, timeout=timeout_s,
        )  # fmt: skip
    if done.returncode:
        return {"fault": FAULTS[name].title, "failed": done.stderr.strip()[-2000:]}
    result: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", choices=FAULTS, help=argparse.SUPPRESS)
    parser.add_argument("--only", nargs="*", choices=FAULTS, default=list(FAULTS))
    parser.add_argument("--at-once", type=int, default=3)
    parser.add_argument("--network", action="store_true", help="score with the network")
    parser.add_argument("--minutes", type=float, help="length of each run; with the network")
    arguments = parser.parse_args()
    network = arguments.network or arguments.minutes is not None
    if arguments.measure:
        print(json.dumps(measure(arguments.measure, network=network, minutes=arguments.minutes)))
        return
    options, timeout_s = ["--network"] if arguments.network else [], 400.0
    if arguments.minutes is not None:
        if any(FAULTS[name].act for name in arguments.only):
            parser.error("--minutes is for faults that the sender plays by itself")
        options += ["--minutes", f"{arguments.minutes:g}"]
        timeout_s += 90 * arguments.minutes
    run = partial(run_apart, timeout_s=timeout_s)
    with ThreadPoolExecutor(arguments.at_once) as pool:
        results = list(pool.map(lambda name: run(name, *options), arguments.only))
    print("| fault | alarm | raised after | never received | index off by | events |")
    print("|---|---|---|---|---|---|")
    for result in results:
        if "failed" in result:
            print(f"| {result['fault']} | FAILED: {result['failed']} |")
            continue
        delay = result["delay_s"]
        print(
            f"| {result['fault']} | {'; '.join(result['alarms']) or 'none'} "
            f"| {'-' if delay is None else f'{delay:.1f} s'} "
            f"| {result['lost']} samples | {result['index_error']} "
            f"| {len(result['events'])}, {'equal' if result['equal'] else 'DIFFERENT'} |"
        )
    for result in results:
        print(json.dumps(result), file=sys.stderr)


if __name__ == "__main__":
    main()
