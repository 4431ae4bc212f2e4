"""A simulated recording: the signal minute by minute, its EDF file and its events."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.errors import VigilError
from core.io.edf_layout import plan_records
from core.io.edf_writer import EdfChannel, EdfWriter
from core.simulate.artefacts import (
    MINUTE_S,
    ElectrodeFault,
    Eyes,
    add_artefacts,
    add_fault,
    mains_hum,
)
from core.simulate.background import Background
from core.simulate.scalp import CH_NAMES, Signal
from core.simulate.schedule import place_faults, place_seizures
from core.simulate.seizure import Seizure, attenuation, render_seizure
from core.types import Chunk

__all__ = ["SFREQ", "SimulatedEeg", "SimulatedRecording", "simulate_recording"]

SFREQ = 256
DIGITAL_STEP_UV = 0.1
START_TIME = datetime(2026, 1, 1, 22, 0, 0)  # noqa: DTZ001 - EDF knows no time zone
LONGEST_MINUTES = 7 * 24 * 60

_ANNOTATION_BYTES = 128

_HEADING = "onset duration eventType confidence channels dateTime recordingDuration"


@dataclass(frozen=True, slots=True)
class SimulatedRecording:
    """What was written.

    Attributes
    ----------
    edf_path, events_path
        The two files.
    duration_s
        Length in whole seconds.
    seizures
        In order of time.
    faults
        Electrode faults, in order of time.
    """

    edf_path: Path
    events_path: Path
    duration_s: int
    seizures: tuple[Seizure, ...]
    faults: tuple[ElectrodeFault, ...]


class SimulatedEeg:
    """The signal of a recording, generated a minute at a time.

    Memory holds one minute and the waveforms of the seizures that touch it, whatever the length.
    Iterating twice gives the same samples; a longer recording of the same seed has the same
    background.

    Parameters
    ----------
    duration_s
        Length in whole seconds.
    seizures, faults
        What happens in it.
    seed
        Of everything random.
    mains_hz
        50 or 60.
    """

    def __init__(
        self,
        duration_s: int,
        seizures: Sequence[Seizure],
        faults: Sequence[ElectrodeFault],
        seed: int,
        mains_hz: int = 60,
    ) -> None:
        self.duration_s = duration_s
        self.seizures = tuple(seizures)
        self.faults = tuple(faults)
        self._seed = seed
        self._mains_hz = mains_hz

    def minutes(self) -> Iterator[npt.NDArray[np.int16]]:
        """Generate the recording.

        Yields
        ------
        (19, n_samples) int16
            Steps of 0.1 uV; a minute each, the last one what is left.
        """
        background = Background(np.random.default_rng((self._seed, 0)), SFREQ)
        rendered: dict[Seizure, Signal] = {}
        for minute in range(math.ceil(self.duration_s / MINUTE_S)):
            start = minute * MINUTE_S * SFREQ
            samples = np.arange(start, start + MINUTE_S * SFREQ)
            signal = self._minute(minute, samples, background, rendered)
            digital = np.rint(signal / DIGITAL_STEP_UV)
            left = self.duration_s * SFREQ - start
            yield np.clip(digital, -32768, 32767).astype(np.int16)[:, :left]

    def chunks(self) -> Iterator[Chunk]:
        """Generate the recording as a stream of chunks, in microvolts."""
        start = 0
        for digital in self.minutes():
            yield Chunk((digital * DIGITAL_STEP_UV).astype(np.float32), start)
            start += digital.shape[1]

    def _minute(
        self,
        minute: int,
        samples: npt.NDArray[np.int64],
        background: Background,
        rendered: dict[Seizure, Signal],
    ) -> Signal:
        t = samples / SFREQ
        vigour = np.ones(len(t))
        alpha = Eyes.of_minute(self._seed, minute).closed(t - minute * MINUTE_S)
        touching = [s for s in self.seizures if _touches(s, t[0], t[-1])]
        for seizure in touching:
            weaker, less_alpha = attenuation(seizure, t)
            vigour *= weaker
            alpha *= less_alpha
        signal = background.take(vigour, alpha)

        for done in rendered.keys() - touching:
            del rendered[done]
        for seizure in touching:
            if seizure not in rendered:
                rendered[seizure] = render_seizure(seizure, SFREQ)
            wave = rendered[seizure]
            begin = round(seizure.onset_s * SFREQ) - int(samples[0])
            stop = min(begin + wave.shape[1], len(t))
            if stop > 0 and begin < len(t):
                signal[:, max(begin, 0) : stop] += wave[:, max(-begin, 0) : stop - begin]

        add_artefacts(signal, self._seed, minute, SFREQ)
        signal += mains_hum(t, self._mains_hz, self._seed)
        for fault in self.faults:
            if fault.onset_s <= t[-1] and fault.offset_s + 10 >= t[0]:
                add_fault(signal, fault, t, self._mains_hz, self._seed)
        return signal


def _touches(seizure: Seizure, first_s: float, last_s: float) -> bool:
    return seizure.onset_s - 1 <= last_s and seizure.offset_s + seizure.postictal_s >= first_s


def simulate_recording(
    path: Path,
    minutes: float,
    n_seizures: int,
    seed: int,
    *,
    mains_hz: int = 60,
    start_time: datetime = START_TIME,
    progress: Callable[[float], None] | None = None,
) -> SimulatedRecording:
    """Write a simulated EEG recording and its events.

    Parameters
    ----------
    path
        The EDF file; ``X.edf`` and ``X_eeg.edf`` both get ``X_events.tsv`` beside them. Files of
        these names are replaced, and only once the new ones are whole.
    minutes
        Length; rounded to whole seconds.
    n_seizures
        How many, 0 included.
    seed
        The same seed gives the same bytes.
    mains_hz
        50 or 60.
    start_time
        Of the first sample.
    progress
        Called with the share that is done, 0 to 1.

    Raises
    ------
    VigilError
        Where an argument is out of range, the seizures do not fit, or a file cannot be written.
    """
    start_time = start_time.replace(microsecond=0)
    duration_s = _checked_duration(path, minutes, n_seizures, seed, mains_hz)
    seizures = place_seizures(duration_s, n_seizures, seed)
    faults = place_faults(duration_s, seizures, seed)
    eeg = SimulatedEeg(duration_s, seizures, faults, seed, mains_hz)
    stem = path.stem.removesuffix("_eeg")
    events_path = path.with_name(f"{stem}_events.tsv")
    recording = SimulatedRecording(path, events_path, duration_s, seizures, faults)
    part = path.with_name(path.name + ".part")
    try:
        _write_edf(part, recording, eeg, seed=seed, start_time=start_time, progress=progress)
        events_path.write_text(_events_tsv(recording, start_time), encoding="utf-8", newline="")
        part.replace(path)
    except OSError as error:
        raise VigilError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        with suppress(OSError):
            part.unlink()
    return recording


def _checked_duration(path: Path, minutes: float, n_seizures: int, seed: int, mains_hz: int) -> int:
    if path.suffix.lower() != ".edf":
        raise VigilError(f"{path}: a simulated recording is an EDF file, its name ends in .edf")
    if not (math.isfinite(minutes) and 0 < minutes <= LONGEST_MINUTES):
        raise VigilError(f"minutes must be above 0 and at most {LONGEST_MINUTES}, not {minutes}")
    if n_seizures < 0:
        raise VigilError(f"the number of seizures must not be negative, not {n_seizures}")
    if not 0 <= seed < 2**64:
        raise VigilError(f"the seed must be from 0 to 2^64 - 1, not {seed}")
    if mains_hz not in (50, 60):
        raise VigilError(f"the mains frequency must be 50 or 60 Hz, not {mains_hz}")
    duration_s = round(minutes * 60)
    if duration_s < 1:
        raise VigilError(f"minutes must give at least one second, not {minutes}")
    return duration_s


def _write_edf(
    path: Path,
    recording: SimulatedRecording,
    eeg: SimulatedEeg,
    *,
    seed: int,
    start_time: datetime,
    progress: Callable[[float], None] | None,
) -> None:
    channels = [
        EdfChannel(f"EEG {name}-REF", "-3276.8", "3276.7", transducer="simulated")
        for name in CH_NAMES
    ]
    with path.open("wb", buffering=0) as file:
        writer = EdfWriter(
            file,
            channels=channels,
            layout=plan_records(SFREQ),
            start_time=start_time,
            recording=f"SIMULATED X Vigil_simulator_seed_{seed}",
            annotation_bytes=_ANNOTATION_BYTES,
        )
        for onset_s, duration_s, text in (
            *((s.onset_s, s.duration_s, s.description) for s in recording.seizures),
            *((f.onset_s, f.offset_s - f.onset_s, f.description) for f in recording.faults),
        ):
            writer.annotate(round(onset_s, 4), text, round(duration_s, 4))
        done_s = 0
        for digital in eeg.minutes():
            writer.write(digital)
            done_s += digital.shape[1] // SFREQ
            if progress is not None:
                progress(done_s / recording.duration_s)


def _events_tsv(recording: SimulatedRecording, start_time: datetime) -> str:
    rows = [
        (s.onset_s, s.duration_s, s.event_type, ",".join(s.channels) or "all")
        for s in recording.seizures
    ] or [(0.0, float(recording.duration_s), "bckg", "n/a")]
    lines = [_HEADING.replace(" ", "\t")]
    for onset_s, duration_s, event_type, channels in rows:
        clock = f"{start_time + timedelta(seconds=onset_s):%Y-%m-%d %H:%M:%S}"
        values = (f"{onset_s:.2f}", f"{duration_s:.2f}", event_type, "1.00", channels, clock)
        lines.append("\t".join((*values, f"{recording.duration_s:.2f}")))
    return "\n".join(lines) + "\n"
