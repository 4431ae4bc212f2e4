"""Memory of the real window over 4 h of accelerated stream, off screen.

The whole monitor runs: replay, conditioning, a stand-in network, desk, log, bridge and window, with
trends shown and an alarm every few minutes. The resident memory is printed for every 20 min of
signal. What is laid out in advance, such as the hour of history, is touched from the start. Run
with ``make bench``.
"""

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from core.config import Config
from core.electrodes import ELECTRODES
from core.simulate import simulate_recording
from monitor.archive.log import AlarmLog
from monitor.sources.replay import ReplaySource
from monitor.views.bridge import PipelineBridge
from monitor.views.listener import BridgeListener
from monitor.views.window import MonitorWindow
from monitor.worker import Pipeline
from tests.monitor_fakes import AmplitudeScorer

LIMIT_MB = 30.0
EVERY_S = 1200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=4.0)
    parser.add_argument("--speed", type=float, default=120.0)
    options = parser.parse_args()
    application = QApplication([])
    samples: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "night.edf"
        simulate_recording(path, options.hours * 60, n_seizures=round(8 * options.hours), seed=1)
        source = ReplaySource(path, options.speed)
        window = MonitorWindow(
            "night.edf", Config(), ELECTRODES, "UNTRAINED", speed=f"{options.speed:g}x"
        )
        window.show()
        window.signals.controls.trends_button.toggle()
        window.signals.pacer.switch(on=True)
        bridge = PipelineBridge()
        bridge.connect_to(window)
        log = AlarmLog(Path(folder) / "alarms.sqlite")
        pipeline = Pipeline(source, Config(), AmplitudeScorer(), log, BridgeListener(bridge))

        def look() -> None:
            part, _ = divmod(int(window.newest_s), EVERY_S)
            if part and part not in samples:
                samples[part] = psutil.Process().memory_info().rss / 1e6
                print(f"{part * EVERY_S / 3600:5.2f} h: {samples[part]:7.1f} MB", flush=True)
            if pipeline.has_ended:
                application.quit()

        timer = QTimer(interval=200)
        timer.timeout.connect(look)
        timer.start()
        began, busy = time.perf_counter(), time.thread_time()
        pipeline.start()
        application.exec()
        wall_s, busy_s = time.perf_counter() - began, time.thread_time() - busy
        pipeline.stop()
        pipeline.join()
        samples[-1] = psutil.Process().memory_info().rss / 1e6
        n_alarms, shown_s = len(pipeline.alarms), window.newest_s
        window.close()
        application.processEvents()
        log.close()
        source.close()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    first = min(part for part in samples if part * EVERY_S >= 3600)
    growth_mb = samples[-1] - samples[first]
    print(f"{shown_s / 3600:.2f} h shown in {wall_s:.0f} s, {n_alarms} alarms, ", end="")
    print(f"{busy_s / wall_s:.0%} of one core for the window")
    print(f"{samples[first]:.1f} MB after 1 h, {samples[-1]:.1f} MB at the end, ", end="")
    print(f"peak {peak_mb:.1f} MB")
    print(f"growth {growth_mb:+.1f} MB (limit {LIMIT_MB:g} MB)")
    if growth_mb > LIMIT_MB:
        raise SystemExit("memory grew beyond the limit")


if __name__ == "__main__":
    main()
