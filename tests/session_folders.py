"""Session folders as the monitor leaves them, made in a moment and with everything in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from core.config import Config
from core.electrodes import ELECTRODES
from core.io.edf_layout import edf_labels, plan_records
from core.io.edf_writer import EdfChannel, EdfWriter
from core.types import Marker
from monitor.alarm import Alarm, AlarmState, AlarmStep, TechnicalAlarm, Transition
from monitor.archive.history import EegPart, Finding, Verdict
from monitor.archive.log import AlarmLog
from monitor.archive.session_file import write_description
from monitor.attributions import AlarmAttribution
from monitor.conditions import SignalStep, SignalTransition
from monitor.orders import AlarmDelay, Note
from monitor.priority import Priority

START = datetime(2026, 3, 14, 22, 58, 30, 250_000)
PATIENT = "Jane Roe"
NURSE, FIRST, SECOND = "nurse.kim", "Dr. Ada Poe", "Dr. Bo Lind"
STREAM = "Bed 7 Roe"
SFREQ = 256.0


@dataclass(frozen=True)
class Told:
    """An alarm to be: onset and offset in seconds since its run began."""

    onset_s: float
    offset_s: float
    state: AlarmState = AlarmState.ENDED
    peak: float = 0.9375
    who: str = ""
    used: tuple[str, ...] = ()
    unexplained: str = ""


@dataclass(frozen=True)
class RunOf:
    """One run to be."""

    seconds: int = 120
    offset_s: float = 0.0
    alarms: Sequence[Told] = (Told(30.25, 52.5, who=NURSE), Told(80, 84, AlarmState.RETRACTED))
    parts: Sequence[int] = (120,)
    ended: bool = True


def rhythm(seconds: int, sfreq: int, at_s: Sequence[tuple[float, float]]) -> np.ndarray:
    """Noise, with a wave of 4 Hz in the intervals: ``(19, n)`` microvolts in steps of 0.1."""
    rng = np.random.default_rng(1)
    n = seconds * sfreq
    data = rng.normal(0, 12, (19, n))
    time_s = np.arange(n) / sfreq
    wave = 90 * np.sin(2 * np.pi * 4 * time_s)[None, :] * np.linspace(0.2, 1, 19)[:, None]
    for onset_s, offset_s in at_s:
        data[:, int(onset_s * sfreq) : int(offset_s * sfreq)] += wave[
            :, int(onset_s * sfreq) : int(offset_s * sfreq)
        ]
    return np.rint(data * 10).clip(-32768, 32767).astype(np.int16)


def make_session(
    folder: Path,
    runs: Sequence[RunOf] = (RunOf(),),
    *,
    verdicts: Sequence[Verdict] = (),
    notes: bool = True,
    state: str = "finished",
    sfreq: int = 256,
    eeg: bool = True,
    ch_names: Sequence[str] = ELECTRODES,
    weights: str = "UNTRAINED",
    start: datetime | None = START,
    ended_utc: datetime | None = None,
) -> Path:
    """Write a session folder; return it."""
    folder.mkdir(parents=True)
    alarm_id = part_number = 0
    for number, run in enumerate(runs, start=1):
        begin = None if start is None else start + timedelta(seconds=run.offset_s)
        log = AlarmLog(folder / "alarms.sqlite", number)
        log.describe({"software": "vigil-eeg 0.1", "source": f"/data/{PATIENT}/night.edf"})
        log.run_began(
            {"offset_s": run.offset_s, "start_time": begin and begin.isoformat(),
             "ch_names": list(ch_names)}
        )  # fmt: skip
        digital = rhythm(run.seconds, sfreq, [(a.onset_s, a.offset_s) for a in run.alarms])
        first_s = 0
        for seconds in run.parts if eeg else ():
            part_number += 1
            part = EegPart(
                part_number,
                "eeg.edf" if part_number == 1 else f"eeg_part{part_number}.edf",
                number, first_s * sfreq, float(sfreq), tuple(ch_names),
                begin and begin + timedelta(seconds=first_s),
            )  # fmt: skip
            log.record_part_opened(part)
            own = digital[:, first_s * sfreq : (first_s + seconds) * sfreq]
            _write_part(folder, part, own, last=(run.offset_s == 0 and first_s == 0))
            first_s += seconds
        probability = np.full(run.seconds * 256, 0.05, dtype="<f4")
        for alarm in run.alarms:
            alarm_id += 1
            _log_alarm(log, alarm_id, alarm, begin)
            probability[int(alarm.onset_s * 256) : int(alarm.offset_s * 256)] = alarm.peak
        probability[-2560:] = np.nan
        probability.tofile(folder / f"probability_run{number}.f32")
        if notes:
            _log_notes(log)
        if run.ended:
            log.run_ended({"duration_s": float(run.seconds), "gaps": [[10.0, 12.5]]})
        log.close()
    log = AlarmLog(folder / "alarms.sqlite", len(runs))
    for verdict in verdicts:
        log.record_verdict(verdict)
    log.close()
    ended = ended_utc or datetime(2026, 3, 15, 6, 0, tzinfo=UTC)
    write_description(
        folder,
        {
            "notice": "Research software, not a certified medical device.",
            "state": state,
            "started_utc": "2026-03-14T21:58:30.250+00:00",
            "ended_utc": ended.isoformat(timespec="milliseconds"),
            "software": "vigil-eeg 0.1",
            "engine": "torch-cpu-float32",
            "weights": weights,
            "config_hash": Config().hash,
            "source": {
                "kind": "live",
                "name": STREAM,
                "source_id": "SN-0815",
                "host": "ward3-pc",
                "file": f"/data/{PATIENT}/night.edf",
                "ch_names": list(ch_names),
                "sfreq_hz": sfreq,
                "start_time": START.isoformat(timespec="milliseconds"),
            },
            "montage_notes": [f"{STREAM}: no unit given for Fp1: microvolts assumed"],
            "config": Config().model_dump(mode="json"),
            "summary": {"session": str(folder), "duration_s": 120.0},
        },
    )
    return folder


def _write_part(folder: Path, part: EegPart, digital: np.ndarray, *, last: bool) -> None:
    with (folder / part.file).open("wb", buffering=0) as file:
        writer = EdfWriter(
            file,
            channels=[EdfChannel(label) for label in edf_labels(part.ch_names)],
            layout=plan_records(part.sfreq_hz),
            start_time=part.start_time,
        )
        if last:
            writer.annotate(10.0, f"GAP, not recorded: {PATIENT}", 2.5)
        writer.write(digital)


def attribution(alarm_id: int, channels: Sequence[str], onset_s: float = 30.25) -> AlarmAttribution:
    """Say that these electrodes were used, the first of them most; one was not looked at."""
    scores = [round(0.01 * k - 0.05, 2) for k in range(len(ELECTRODES))]
    for k, name in enumerate(channels):
        scores[ELECTRODES.index(name)] = 3.0 - 0.25 * k
    scores[ELECTRODES.index("O2")] = None
    onset = round(onset_s * SFREQ)
    return AlarmAttribution(
        alarm_id, tuple(channels), "left temporal", 4.5, tuple(scores),
        (0.0, -0.25, 0.5, *np.linspace(1, 0.25, 10).round(3).tolist(), 0.0, None, 0.125),
        onset - 768, (onset, onset + 2560), 2.5, "occlusion", True, 3.25,
    )  # fmt: skip


def _log_alarm(log: AlarmLog, alarm_id: int, told: Told, begin: datetime | None) -> None:
    raised = Alarm(
        alarm_id, round(told.onset_s * SFREQ), round((told.onset_s + 4) * SFREQ), told.peak,
        AlarmState.RAISED, round((told.onset_s + 8.5) * SFREQ), start_time=begin,
    )  # fmt: skip
    at = raised.raised_sample
    log.record(AlarmStep(Transition.RAISED, raised, at))
    log.record_delay(AlarmDelay(f"seizure {alarm_id}", at, 8.5, 0.031, 0.12))
    if told.used:
        log.record_attribution(at, attribution(alarm_id, told.used, told.onset_s))
    if told.unexplained:
        log.record_attribution(at, AlarmAttribution(alarm_id, fault=told.unexplained))
    last = Alarm(
        alarm_id, round(told.onset_s * SFREQ), round(told.offset_s * SFREQ), told.peak,
        told.state, at, acknowledged=bool(told.who), start_time=begin,
    )  # fmt: skip
    if told.state in (AlarmState.CONFIRMED, AlarmState.ENDED):
        log.record(AlarmStep(Transition.CONFIRMED, last, at))
    if told.state is not AlarmState.RAISED and told.state is not AlarmState.CONFIRMED:
        log.record(AlarmStep(Transition(told.state.value), last, at))
    if told.who:
        log.record(AlarmStep(Transition.ACKNOWLEDGED, last, at, told.who))


def _log_notes(log: AlarmLog) -> None:
    noted = datetime(2026, 3, 14, 22, 0, 11, tzinfo=UTC)
    log.record_note(Note(5000, f"{PATIENT} turned around on 2026-03-14", noted, NURSE))
    log.record_marker(Marker(7000, f"call from {PATIENT}"))
    log.record_technical(TechnicalAlarm("gap", f"{STREAM}: interrupted for 2.5 s", True, 2560))
    log.record_technical(TechnicalAlarm("gap", f"{STREAM}: interrupted for 2.5 s", False, 17920))
    log.record_technical(TechnicalAlarm("channel O2", "O2: flat line", True, 20000))
    log.record_signals(
        [
            SignalStep(SignalTransition.AUDIO_PAUSED, "sound", None, "", NURSE, 9000),
            SignalStep(SignalTransition.RAISED, "gap", Priority.MEDIUM, f"{STREAM} away", "", 2560),
        ]
    )
    log.record_operator("display montage changed", NURSE, f"for {PATIENT}")
    log.record_clock_jump(12000, 0.75)


def verdict(
    subject: str,
    finding: Finding,
    reviewer: str = FIRST,
    at_s: tuple[float, float] = (31.0, 50.5),
    seizure_type: str = "sz_foc_ia",
    comment: str = f"like last time, {PATIENT}",
) -> Verdict:
    """Give a verdict; no type where it is no seizure."""
    kind = seizure_type if finding is Finding.SEIZURE else ""
    return Verdict(subject, finding, kind, *at_s, comment, reviewer)
