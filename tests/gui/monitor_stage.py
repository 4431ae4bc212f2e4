"""The bedside window on the demo recording, with staged alarms and faults."""

import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from PySide6.QtWidgets import QApplication

from core.conditioning import Conditioner
from core.config import Config
from core.decode import Decoder
from core.detector import score_window
from core.electrodes import ELECTRODES
from core.io.edf import open_recording
from core.types import Chunk, DetectionStep, Quality, QualityReport
from core.window import Windower
from monitor.alarm import AlarmManager, TechnicalAlarm
from monitor.annunciator import Annunciator
from monitor.attributions import AlarmAttribution
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
