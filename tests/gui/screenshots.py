"""Draw every state of the window into PNGs: ``python -m tests.gui.screenshots FOLDER``.

The signal is the demo recording, conditioned as in the monitor; alarms and faults are staged.
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtWidgets import QApplication

from core.conditioning import Conditioner
from core.config import Config
from core.decode import Decoder
from core.detector import score_window
from core.electrodes import ELECTRODES
from core.io.edf import open_recording
from core.types import Chunk, DetectionStep, Quality, QualityReport
from core.window import Windower
from monitor.alarm import Alarm, AlarmManager, AlarmState, AlarmStep, TechnicalAlarm, Transition
from monitor.annunciator import Annunciator
from monitor.attributions import AlarmAttribution
from monitor.burden import SeizureBurden
from monitor.orders import Note
from monitor.views.header import Vitals
from monitor.views.window import MonitorWindow
from tests.monitor_fakes import AmplitudeScorer
from tests.session_folders import attribution

DEMO = Path(__file__).parents[2] / "recordings" / "demo.edf"
SFREQ = 256
QUIET_S = 150
RAISED_S = 201
"""The first seizure of the demo is under way and has been announced."""
LAST_S = RAISED_S


@cache
def demo_messages() -> list[tuple[float, Chunk | DetectionStep]]:
    """Conditioned signal and detection steps of the demo, each with its moment, s."""
    config, scorer = Config(), AmplitudeScorer()
    messages: list[tuple[float, Chunk | DetectionStep]] = []
    with open_recording(DEMO) as recording:
        conditioner = Conditioner(recording.info, config)
        windower = Windower(
            config.window_samples, config.stride_samples, config.normalisation.clip_sigma
        )
        decoder = Decoder(config, recording.info.start_time)
        for piece in recording.chunks(chunk_s=1.0, start_s=0.0):
            for chunk in conditioner.push(piece):
                if not isinstance(chunk, Chunk):
                    continue
                moment_s = chunk.stop_sample / SFREQ
                messages.append((moment_s, chunk))
                for window in windower.push(chunk):
                    steps = decoder.push(score_window(scorer, window))
                    messages += [(moment_s, s) for s in steps if isinstance(s, DetectionStep)]
            if piece.start_sample > LAST_S * recording.info.sfreq:
                return messages
    return messages


class Stage:
    """A window on the demo recording, at a chosen moment."""

    def __init__(self, *, weights: str = "UNTRAINED", live: bool = False) -> None:
        config = Config()
        self.window = MonitorWindow(
            "Ward 7, bed 2" if live else DEMO.name,
            config,
            ELECTRODES,
            weights,
            start_time=datetime(2026, 1, 1, 22, 0, 0),
            speed="live" if live else "1x",
            can_pause=not live,
            sfreq_hz=256.0,
        )
        self.window.show()
        self.desk = Annunciator()
        self.alarms = AlarmManager(datetime(2026, 1, 1, 22, 0, 0))
        self._now_s = time.monotonic()
        self._played_s = 0.0
        vitals = Vitals(0.18 if live else None, 0.94, 212.0, datetime(2026, 1, 1, 22, 3, 4))
        self.window.show_vitals(vitals)
        self.window.show_quality(
            QualityReport(0, 256, ELECTRODES, (Quality.GOOD,) * len(ELECTRODES))
        )

    def play(self, until_s: float) -> None:
        """Show the demo up to a moment."""
        for moment_s, message in demo_messages():
            if not self._played_s < moment_s <= until_s:
                continue
            if isinstance(message, Chunk):
                self.window.show_chunk(message)
            else:
                for alarm_step in self.alarms.update(message):
                    self.desk.seizure(alarm_step, self._now_s)
                self.window.show_step(message)
                self.window.show_alarms(self.alarms.alarms)
        self._played_s = until_s
        self.window.show_arming(max(0.0, 60 - until_s))

    def explain(self) -> None:
        """Say of every alarm what was used; the newest is at hand, one before could not be had."""
        for alarm in self.alarms.alarms:
            self.alarms.explain(attribution(alarm.alarm_id, ("T3", "F7", "T5")))
        if len(self.alarms.alarms) > 1:
            first = self.alarms.alarms[0].alarm_id
            self.alarms.explain(AlarmAttribution(first, fault="too many alarms at a time"))
        self.window.show_alarms(self.alarms.alarms)

    def fault(self, key: str, text: str, *, active: bool = True) -> None:
        sample = self.window.newest_sample - 20 * SFREQ
        self.desk.technical([TechnicalAlarm(key, text, active, sample)], self._now_s - 20)

    def note(self, text: str, at_s: float) -> None:
        self.window.show_note(Note(round(at_s * SFREQ), text, datetime.now(UTC), "nurse"))

    def answer(self) -> None:
        for step in self.alarms.acknowledge(None, "nurse"):
            self.desk.seizure(step, self._now_s)
        self.window.show_alarms(self.alarms.alarms)

    def picture(self, path: Path, size: tuple[int, int] = (1600, 900)) -> None:
        self.window.resize(*size)
        self.window.show_board(self.desk.board)
        for banner in (self.window.alarm_panel.banner, self.window.alarm_panel.technical_banner):
            banner._timer.stop()
        for _ in range(5):
            QApplication.processEvents()
            time.sleep(0.01)
        self.window.grab().save(str(path))
        self.window.close()


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
