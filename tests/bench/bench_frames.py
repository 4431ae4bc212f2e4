"""Frame times of the traces at 1600x900, beside a plain pyqtgraph plot of 19 curves.

A frame is what the window's thread spends on 1/30 s of new signal: taking it in, painting, and
Qt's delivery to the (off-screen) window. Then the load at 30 frames a second in real time, and the
frame with 10,000 alarms and remarks in the session. Run with ``make bench``.
"""

import argparse
import os
import time
from collections.abc import Callable
from itertools import pairwise

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pyqtgraph
from PySide6.QtWidgets import QApplication, QWidget

from core.types import Chunk, DetectionStep, Marker
from monitor.alarm import Alarm, AlarmState
from monitor.views import theme
from monitor.views.signals import SignalPane
from monitor.views.time_axis import AxisMode, TimeBase
from monitor.views.trace import TraceView

Times = np.ndarray

SFREQ = 256
SIZE = (1600, 900)
PAGES_S = (10, 60)
N_EVENTS = 10_000
LIMITS_MS = {"sweep": 1.0, "scroll": 8.0}
EVENTS_LIMIT_MS = 50.0
LOAD_LIMIT = 0.10


def eeg(start: int, n_samples: int) -> Chunk:
    """Return noise with a spectrum somewhat like that of EEG."""
    rng = np.random.default_rng(start)
    noise = np.cumsum(rng.normal(0, 6, (19, n_samples + 64)), axis=1)
    total = np.cumsum(noise, axis=1)
    return Chunk((noise[:, 64:] - (total[:, 64:] - total[:, :-64]) / 64).astype(np.float32), start)


def frames(n_frames: int, start: int) -> list[Chunk]:
    """Return the signal of frames at 30 a second."""
    edges = start + np.round(np.arange(n_frames + 1) * SFREQ / 30).astype(int)
    return [eeg(a, b - a) for a, b in pairwise(edges.tolist())]


def settle(widget: QWidget) -> None:
    """Let Qt do everything that waits."""
    for _ in range(5):
        QApplication.processEvents()
    assert widget.isVisible()


def measure_trace(page_s: int, mode: AxisMode, n_frames: int) -> Times:
    """Return wall and processor milliseconds of each frame of the traces, ``(n_frames, 2)``."""
    view = TraceView(float(SFREQ))
    view.resize(*SIZE)
    view.set_time_base(TimeBase(page_s=float(page_s)))
    view.set_mode(mode)
    view.show()
    view.add_chunk(eeg(0, round(1.5 * page_s * SFREQ)))
    settle(view)
    times = []
    for chunk in frames(n_frames, round(1.5 * page_s * SFREQ)):
        began, busy = time.perf_counter(), time.thread_time()
        view.add_chunk(chunk)
        view.advance()
        QApplication.processEvents()
        times.append((1e3 * (time.perf_counter() - began), 1e3 * (time.thread_time() - busy)))
    view.close()
    return np.array(times)


def measure_pyqtgraph(page_s: int, n_frames: int) -> Times:
    """Return the same of 19 scrolling curves, stacked in one plot."""
    plot = pyqtgraph.PlotWidget(background=theme.PLOT)
    plot.resize(*SIZE)
    plot.setYRange(-19 * 100, 100)
    plot.setXRange(0, page_s)
    curves = [plot.plot(pen=pyqtgraph.mkPen(theme.LEFT, width=1)) for _ in range(19)]
    n_page = page_s * SFREQ
    times_s = np.arange(n_page) / SFREQ
    data = eeg(0, n_page).data
    plot.show()
    settle(plot)
    times = []
    for chunk in frames(n_frames, n_page):
        began, busy = time.perf_counter(), time.thread_time()
        data = np.concatenate([data[:, chunk.n_samples :], chunk.data], axis=1)
        for row, curve in enumerate(curves):
            curve.setData(times_s, data[row] - 100.0 * row)
        QApplication.processEvents()
        times.append((1e3 * (time.perf_counter() - began), 1e3 * (time.thread_time() - busy)))
    plot.close()
    QApplication.processEvents()
    return np.array(times)


def measure_load(page_s: int, seconds: float) -> float:
    """Return the share of one core in sweep mode at 30 frames a second, in real time."""
    pane = SignalPane(0.86, 0.78, float(SFREQ))
    pane.resize(*SIZE)
    pane.trace.set_time_base(TimeBase(page_s=float(page_s)))
    pane.show()
    pane.show_chunk(eeg(0, round(1.5 * page_s * SFREQ)))
    settle(pane)
    due = frames(round(30 * seconds), round(1.5 * page_s * SFREQ))
    began, busy = time.perf_counter(), time.thread_time()
    for i, chunk in enumerate(due):
        pane.show_chunk(chunk)
        pane.trace.advance()
        QApplication.processEvents()
        time.sleep(max(0.0, began + (i + 1) / 30 - time.perf_counter()))
    load = (time.thread_time() - busy) / (time.perf_counter() - began)
    pane.close()
    return load


def measure_events() -> dict[str, float]:
    """Return processor milliseconds with 10,000 alarms and as many remarks in 24 h."""
    pane = SignalPane(0.86, 0.78, float(SFREQ))
    pane.resize(*SIZE)
    pane.show()
    day = 24 * 3600 * SFREQ
    hour = 3600 * SFREQ
    for start in range(day - hour, day, 60 * SFREQ):
        pane.show_chunk(eeg(start, 60 * SFREQ))
    quiet = np.full(2560, 0.1, np.float32)
    for start in range(0, day, 2560 * 8):
        pane.trends.canvas.add_step(DetectionStep(start, np.tile(quiet, 8), quiet))
    states = list(AlarmState)
    onsets = np.linspace(0, day - 4 * SFREQ, N_EVENTS).astype(int).tolist()
    alarms = tuple(
        Alarm(i, onset, onset + 4 * SFREQ, 0.9, states[i % 4], onset)
        for i, onset in enumerate(onsets)
    )
    pane.show_markers([Marker(onset, f"note {i}") for i, onset in enumerate(onsets)])
    settle(pane)

    def timed(*acts: Callable[[], object]) -> float:
        """Return the slowest, in processor time: a busy computer would be measured else."""
        times = []
        for act in acts:
            busy = time.thread_time()
            act()
            QApplication.processEvents()
            times.append(1e3 * (time.thread_time() - busy))
        return max(times)

    result = {"taking 10,000 alarms": timed(*[lambda: pane.show_alarms(alarms)] * 5)}
    pane.controls.trends_button.toggle()
    settle(pane)
    for hours, name in ((0.5, "30 min"), (2.0, "2 h"), (8.0, "8 h"), (24.0, "24 h")):
        result[f"opening the trend of {name}"] = timed(lambda h=hours: pane.trends.set_hours(h))
    for page_s in PAGES_S:
        pane.trace.set_time_base(TimeBase(page_s=float(page_s)))
        settle(pane)
        steps = [lambda: pane.trace.step(-0.2)] * 40
        result[f"scrolling back, {page_s} s page (slowest of 40)"] = timed(*steps)
    pane.close()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=600)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    application = QApplication([])
    failed = []
    print(f"{SIZE[0]}x{SIZE[1]}, 19 channels, {options.frames} frames; ms a frame")
    print(f"{'page':>6} {'what':>10} {'median':>8} {'95 %':>8} {'limit':>6} {'processor':>10}")
    for page_s in PAGES_S:
        rows = {mode.value: measure_trace(page_s, mode, options.frames) for mode in AxisMode}
        rows["pyqtgraph"] = measure_pyqtgraph(page_s, options.frames // 4)
        for name, times in rows.items():
            median, processor = np.median(times, axis=0)
            high, limit = np.percentile(times[:, 0], 95), LIMITS_MS.get(name)
            columns = f"{median:>8.2f} {high:>8.2f} {limit or '':>6} {processor:>10.2f}"
            print(f"{page_s:>4} s {name:>10} {columns}")
            if limit is not None and median > limit:
                failed.append(f"{name} at {page_s} s")
    for page_s in PAGES_S:
        load = measure_load(page_s, options.seconds)
        print(f"sweep at 30 frames a second, {page_s} s page: {load:.1%} of one core")
        if load > LOAD_LIMIT:
            failed.append(f"load at {page_s} s")
    for name, slowest_ms in measure_events().items():
        print(f"{N_EVENTS} alarms and remarks, {name}: {slowest_ms:.1f} ms of processor time")
        if slowest_ms > EVENTS_LIMIT_MS:
            failed.append(name)
    application.quit()
    if failed:
        raise SystemExit(f"beyond the limit: {', '.join(failed)}")


if __name__ == "__main__":
    main()
