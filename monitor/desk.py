"""The desk: decodes the network's output, raises alarms, writes the log, tells the listener.

Everything here belongs to the desk's thread (:mod:`monitor.worker`).
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.config import Config
from core.decode import Decoder
from core.detector import Detection
from core.resample import resampled_index
from core.types import DetectionStep, Gap, Marker, Probabilities, QualityReport, StreamInfo
from monitor.alarm import Alarm, AlarmManager, AlarmStep, TechnicalAlarm, Transition
from monitor.alarm_desk import AlarmDesk
from monitor.archive.part_file import PartClosed, PartOpened
from monitor.attributions import AlarmAttribution
from monitor.disk import DiskWatch
from monitor.host_clock import HostClock
from monitor.listener import Listener, Recorder
from monitor.orders import (
    Acknowledge,
    AcknowledgeCondition,
    AlarmDelay,
    EquipmentReport,
    Note,
    PauseAudio,
    ResumeAudio,
    SwitchAudio,
)
from monitor.sources.base import StreamState
from monitor.technical import TechnicalAlarms

__all__ = ["Backlog", "Desk", "Interrupted", "Rearmed"]


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many windows wait at a sample; 0 once inference has caught up."""

    sample: int
    n_due: int


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The signal has a gap; said at once, while windows before it may still wait."""

    gap: Gap


@dataclass(frozen=True, slots=True)
class Rearmed:
    """A segment's first window has become due."""

    sample: int


class Desk:
    """What becomes of the messages of the other threads and of the operator.

    Parameters
    ----------
    info
        The source's rate and start time.
    config
        Everything that can be set.
    recorder
        Where steps are kept, before they are shown.
    listener
        Whoever shows what happens.
    n_due
        How many windows wait for inference now; safe from any thread.
    disk
        Watches the room for the session; None: nobody does.
    first_alarm_id
        Number of the first alarm; a session that is taken up again counts on.
    keep_probability
        Takes every step's final probability; must not block.
    explain
        Asks what an alarm went back to, which is told later; returns why it will not be. Must not
        block.

    Attributes
    ----------
    detection
        What was found so far.
    """

    def __init__(
        self,
        info: StreamInfo,
        config: Config,
        recorder: Recorder,
        listener: Listener,
        n_due: Callable[[], int],
        disk: DiskWatch | None = None,
        first_alarm_id: int = 1,
        keep_probability: Callable[[DetectionStep], None] | None = None,
        explain: Callable[[Alarm], AlarmAttribution | None] | None = None,
    ) -> None:
        self._sfreq = info.sfreq
        self._config = config
        self._recorder = recorder
        self._listener = listener
        self._n_due = n_due
        self._disk = disk
        self._keep_probability = keep_probability
        self._explain = explain
        self._host_clock = HostClock()
        self._sample = 0
        self._decoder = Decoder(config, info.start_time)
        self._alarms = AlarmManager(info.start_time, first_alarm_id)
        self._technical = TechnicalAlarms(info.sfreq, config.conditioning.sfreq)
        self._alarm_desk = AlarmDesk(recorder, listener, config.conditioning.sfreq)
        self.detection = Detection()

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """All seizure alarms of the session."""
        return self._alarms.alarms

    def tick(self) -> None:
        """Let time pass."""
        self._alarm_desk.tick()
        fault = None if self._disk is None else self._disk.look(time.monotonic())
        if fault is not None:
            self._show_technical(self._technical.equipment("disk", fault, self._sample))
        jump_s = self._host_clock.look()
        if jump_s is not None:
            self._recorder.record_clock_jump(self._sample, jump_s)

    def end(self) -> None:
        """Decode what is left: nothing more will come from inference."""
        self._decode(self._decoder.flush())

    def handle(self, message: object) -> None:
        """Do what a message is about.

        Raises
        ------
        TypeError
            Where the desk does not know it.
        """
        match message:
            case Gap():
                self._decode(self._decoder.push(message))
            case Probabilities():
                self.detection.n_windows += message.values is not None
                self.detection.n_skipped += message.values is None
                self._decode(self._decoder.push(message))
            case Interrupted(gap):
                self._show_technical(self._technical.gap(gap, self._config.conditioning.sfreq))
            case QualityReport():
                self._show_technical(self._technical.channels(message))
                self._listener.on_quality(message)
            case StreamState() | Marker():
                self._hear(message)
            case Acknowledge():
                self._show_alarms(self._alarms.acknowledge(message.alarm_ids, message.who))
                if message.alarm_ids is None:
                    self._alarm_desk.acknowledge_all(message.who)
            case AcknowledgeCondition() | Note() | PauseAudio() | ResumeAudio() | SwitchAudio():
                self._alarm_desk.obey(message)
            case EquipmentReport(key, fault, sample):
                self._show_technical(self._technical.equipment(key, fault, sample))
            case PartOpened() | PartClosed() | AlarmDelay() | AlarmAttribution():
                self._keep(message)
            case Rearmed() | Backlog():
                self._note_progress(message)
            case _:
                raise TypeError(f"the desk does not know {type(message).__name__}")

    def _hear(self, message: StreamState | Marker) -> None:
        """Take what a live source says beside its samples."""
        if isinstance(message, StreamState):
            self._show_technical(self._technical.stream(message))
            self._listener.on_status(message.text)
            return
        sfreq, target_sfreq = self._sfreq, self._config.conditioning.sfreq
        marker = Marker(resampled_index(message.sample, sfreq, target_sfreq), message.text)
        self._recorder.record_marker(marker)
        self._listener.on_marker(marker)

    def _keep(self, message: PartOpened | PartClosed | AlarmDelay | AlarmAttribution) -> None:
        """Write down what calls for nobody at the bedside."""
        match message:
            case PartOpened(part):
                self._recorder.record_part_opened(part)
            case PartClosed(part):
                self._recorder.record_part_closed(part)
            case AlarmDelay():
                self._recorder.record_delay(message)
            case AlarmAttribution():
                self._show_attribution(message)

    def _note_progress(self, message: Rearmed | Backlog) -> None:
        if isinstance(message, Rearmed):
            self._show_technical(self._technical.rearmed(message.sample))
            return
        if message.n_due:
            behind_s = message.n_due * self._config.windows.stride_s
            self._show_technical(self._technical.inference_behind(message.sample, behind_s))
        # Inference may have caught up, and said so, before this was read.
        if not message.n_due or self._n_due() == 0:
            self._show_technical(self._technical.inference_caught_up(message.sample))

    def _decode(self, items: Iterable[DetectionStep | Gap]) -> None:
        for item in items:
            self.detection.add(item)
            if isinstance(item, DetectionStep):
                self._sample = item.stop_sample
                if self._keep_probability is not None:
                    self._keep_probability(item)
                had_open = self._alarms.has_open
                steps = self._alarms.update(item)
                self._show_alarms(steps, moved=had_open)
                self._alarm_desk.burden(self._alarms.alarms, item.stop_sample)
                self._listener.on_step(item)

    def _show_alarms(self, steps: list[AlarmStep], *, moved: bool = False) -> None:
        decided_s = time.monotonic()
        if steps:
            self._recorder.record(*steps)
            self._record_delays(steps)
        if steps or moved:
            self._listener.on_alarms(steps, self._alarms.alarms)
        if steps:
            self._alarm_desk.seizures(steps, decided_s)
            # Behind light and sound: nothing waits for it.
            self._ask_about(step.alarm for step in steps if step.transition is Transition.RAISED)

    def _ask_about(self, raised: Iterable[Alarm]) -> None:
        if self._explain is None:
            return
        for alarm in raised:
            refused = self._explain(alarm)
            if refused is not None:
                self._show_attribution(refused)

    def _show_attribution(self, attribution: AlarmAttribution) -> None:
        self._recorder.record_attribution(self._sample, attribution)
        self._alarms.explain(attribution)
        self._listener.on_alarms([], self._alarms.alarms)

    def _record_delays(self, steps: Iterable[AlarmStep]) -> None:
        """Keep how much signal it took from the onset to the alarm."""
        for step in steps:
            if step.transition is Transition.RAISED:
                alarm = step.alarm
                condition_s = (step.at_sample - alarm.onset_sample) / alarm.sfreq
                key = f"seizure {alarm.alarm_id}"
                self._recorder.record_delay(AlarmDelay(key, step.at_sample, condition_s))

    def _show_technical(self, changed: list[TechnicalAlarm]) -> None:
        for alarm in changed:
            self._recorder.record_technical(alarm)
        if changed:
            self._listener.on_technical(changed, self._technical.active)
            self._alarm_desk.technical(changed)
