"""Draw every state of the window into PNGs: ``python -m tests.gui.screenshots FOLDER``.

The signal is the demo recording, conditioned as in the monitor; alarms and faults are staged.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtWidgets import QApplication

from core.electrodes import ELECTRODES
from core.types import Chunk, DetectionStep, Quality, QualityReport
from monitor.alarm import Alarm, AlarmState, AlarmStep, Transition
from monitor.burden import SeizureBurden
from tests.gui.monitor_stage import QUIET_S, RAISED_S, SFREQ, Stage, demo_messages


def warming_up(stage: Stage) -> None:
    stage.play(38)


def watching(stage: Stage) -> None:
    stage.play(QUIET_S)
    stage.answer()


def announce(stage: Stage) -> None:
    """Answer what the stand-in network saw in the noise, then let the seizure come."""
    stage.play(QUIET_S)
    stage.answer()
    stage.play(RAISED_S)
    stage.explain()


def seizure(stage: Stage) -> None:
    announce(stage)
    stage.note("Event", 192)
    stage.note("eyes deviate to the left, no answer when called", 197)


def seizure_day(stage: Stage) -> None:
    seizure(stage)
    stage.window.appearance.toggle_palette()


def dim_phase(stage: Stage) -> None:
    seizure(stage)
    stage.window.show_board(stage.desk.board)
    stage.window.alarm_panel.banner._timer.stop()
    stage.window.alarm_panel.banner.show_time(0.9 / 2)


def acknowledged(stage: Stage) -> None:
    announce(stage)
    stage.answer()


def latched(stage: Stage) -> None:
    announce(stage)
    ended = replace(stage.alarms.alarms[-1], state=AlarmState.ENDED)
    stage.desk.seizure(AlarmStep(Transition.ENDED, ended, ended.offset_sample), stage._now_s)
    stage.window.show_alarms((*stage.alarms.alarms[:-1], ended))


def status(stage: Stage) -> None:
    announce(stage)
    stage.answer()
    stage.desk.burden(SeizureBurden(0.22, 640.0), RAISED_S * SFREQ, stage._now_s)


def burden(stage: Stage) -> None:
    stage.play(QUIET_S)
    stage.answer()
    stage.desk.burden(SeizureBurden(0.12, 95.0), 140 * SFREQ, stage._now_s)


def faults(stage: Stage) -> None:
    stage.play(QUIET_S)
    stage.answer()
    flags = [Quality.GOOD] * len(ELECTRODES)
    flags[5], flags[8] = Quality.FLAT, Quality.LINE_NOISE
    stage.window.show_quality(QualityReport(0, 256, ELECTRODES, tuple(flags)))
    stage.fault("channel T3", "T3: flat line")
    stage.fault("inference_behind", "Detection is 60 s behind the signal")
    stage.fault("channel Fz", "Fz: mains hum")


def seizure_and_faults(stage: Stage) -> None:
    announce(stage)
    stage.fault("channel T3", "T3: flat line")
    stage.fault("gap", "Signal interrupted for 2.5 s; detection re-arming")


def one_electrode(stage: Stage) -> None:
    stage.play(QUIET_S)
    stage.answer()
    stage.fault("channel T3", "T3: flat line")


def sound_off(stage: Stage) -> None:
    seizure(stage)
    stage.desk.switch_audio("nurse", on=False)


def sound_paused(stage: Stage) -> None:
    seizure(stage)
    stage.desk.pause_audio("nurse", stage._now_s)


def sound_failed(stage: Stage) -> None:
    stage.play(QUIET_S)
    stage.answer()
    stage.fault("audio", "No sound: aplay: audio open error: No such file or directory")
    stage.window.show_sound_fault("No sound")


def stopped(stage: Stage) -> None:
    stage.play(QUIET_S)
    stage.answer()
    stage.fault("stream", "No samples from ward-7-amp; reconnecting")
    stage.desk.tick(stage._now_s + 60)


def ended(stage: Stage) -> None:
    stage.play(QUIET_S)
    stage.answer()
    stage.window.show_finished("The replay has ended. Session: recordings/20260101T220000_demo")


def large_letters(stage: Stage) -> None:
    seizure(stage)
    stage.window.appearance.step_font(2)


def reading(stage: Stage) -> None:
    """What an EEG reader would set, scrolled back to the onset and frozen."""
    announce(stage)
    controls = stage.window.signals.controls
    controls.montage_box.setCurrentText("Longitudinal bipolar")
    controls.mode_box.setCurrentText("Scroll")
    controls.low_cut_box.setCurrentText("LF 1 Hz")
    controls.high_cut_box.setCurrentText("HF 35 Hz")
    controls.sensitivity_box.setCurrentText("7 \u00b5V/mm")
    stage.window.signals.trace.go_to(round((RAISED_S - 8) * SFREQ))


def trends(stage: Stage) -> None:
    """Two hours, made of the demo again and again."""
    messages = demo_messages()
    chunks = [m for _, m in messages if isinstance(m, Chunk)]
    steps = [m for _, m in messages if isinstance(m, DetectionStep)]
    # as if all votes had come in
    steps[-1] = replace(steps[-1], final=np.concatenate([steps[-1].final, steps[-1].provisional]))
    data = np.concatenate([chunk.data for chunk in chunks], axis=1)
    period = data.shape[1]
    rng = np.random.default_rng(0)
    alarms: list[Alarm] = []
    for k in range(33):
        quiet = k % 4 != 3
        n = 140 * SFREQ if quiet else period
        start = stage.window.newest_sample
        gain = np.float32(rng.uniform(0.7, 1.3))
        stage.window.show_chunk(Chunk(gain * data[:, :n], start))
        for step in steps:
            final = step.final[: max(0, n - step.start_sample)]
            if len(final):
                calm = final * np.float32(0.25) if quiet else final
                stage.window.show_step(replace(step, start_sample=start + step.start_sample,
                                               final=calm, provisional=calm[:0]))  # fmt: skip
        if not quiet:
            onset, offset = start + 184 * SFREQ, start + n
            state = AlarmState.RETRACTED if k == 15 else AlarmState.ENDED
            alarms.append(Alarm(len(alarms) + 1, onset, offset, 0.99, state, offset, True,
                                datetime(2026, 1, 1, 22)))  # fmt: skip
    stage.window.show_alarms(tuple(alarms))
    stage.window.show_arming(0)
    controls = stage.window.signals.controls
    controls.montage_box.setCurrentText("Longitudinal bipolar")
    controls.trends_button.toggle()
    stage.window.signals.trends.set_hours(2.0)
    stage.window.signals.jump(alarms[-2].onset_sample)


def keys(stage: Stage) -> None:
    stage.play(QUIET_S)
    stage.answer()
    stage.window.toggle_key_help()


STATES: dict[str, Callable[[Stage], None]] = {
    state.__name__.replace("_", "-"): state
    for state in (
        warming_up, watching, seizure, seizure_day, dim_phase, acknowledged, latched, status,
        burden, faults, seizure_and_faults, one_electrode, sound_off, sound_paused, sound_failed,
        stopped, ended, large_letters, reading, trends,
    )
}  # fmt: skip
"""Each function stages what its name says."""


WEIGHTS = dict.fromkeys(("watching", "status", "stopped", "trends"), "vigil-13m 5f3a9c21")
"""Where it would stand in the way, the notice of untrained weights is left out."""


SIZES = {"trends": (1400, 820)}
"""Other than 1600 x 900."""


def main(folder: Path, wanted: list[str]) -> None:
    application = QApplication.instance() or QApplication([])
    folder.mkdir(parents=True, exist_ok=True)
    for name in wanted or list(STATES):
        stage = Stage(live=name in ("stopped", "status"), weights=WEIGHTS.get(name, "UNTRAINED"))
        STATES[name](stage)
        stage.picture(folder / f"{name}.png", SIZES.get(name, (1600, 900)))
        print(folder / f"{name}.png")
    if not wanted:
        stage = Stage()
        seizure_and_faults(stage)
        stage.picture(folder / "small-screen.png", (1280, 720))
        stage = Stage()
        keys(stage)
        QApplication.processEvents()
        stage.window._key_help.grab().save(str(folder / "keys.png"))
        stage.window.close()
    application.processEvents()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
