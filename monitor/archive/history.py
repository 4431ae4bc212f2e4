"""What is known of a session afterwards: frozen facts, read from its folder.

Times named ``_s`` are seconds since the session began, unless they say otherwise. A session that
was interrupted and taken up again has several runs; each run's clock starts anew, and its offset
puts it on the session's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.attributions import AlarmAttribution

__all__ = [
    "AlarmHistory",
    "AlarmMoment",
    "EegPart",
    "Finding",
    "Run",
    "SessionNote",
    "TechnicalSpan",
    "Verdict",
]


@dataclass(frozen=True, slots=True)
class Run:
    """One start of the monitor.

    Attributes
    ----------
    number
        1, 2, 3 ...
    offset_s
        Where its first sample lies; never before the end of the run before it.
    duration_s
        Of the signal that is known to have come.
    start_time
        Wall-clock time of its first sample, or None where the source does not know it.
    began_utc
        When the monitor was started, by the computer's clock.
    ended
        Whether it was closed in order; False after a crash.
    """

    number: int
    offset_s: float
    duration_s: float
    start_time: datetime | None
    began_utc: datetime
    ended: bool

    @property
    def stop_s(self) -> float:
        return self.offset_s + self.duration_s

    def clock(self, time_s: float) -> datetime | None:
        """Return the wall-clock time of a moment of the session."""
        if self.start_time is None:
            return None
        return self.start_time + timedelta(seconds=time_s - self.offset_s)


@dataclass(frozen=True, slots=True)
class EegPart:
    """One EDF file of the session.

    Attributes
    ----------
    number
        1, 2, 3 ... within the session.
    file
        Name within the session folder.
    run
        Number of the run that wrote it.
    start_sample
        Index of its first sample, at ``sfreq_hz`` since the run began.
    sfreq_hz
        Rate of the raw stream.
    ch_names
        Channels, as the source names them.
    start_time
        Exact wall-clock time of its first sample, or None; the file's header has whole seconds.
    n_samples
        How many samples of each channel it held when it was closed; None where it was not.
    records_sha256
        Digest of all its data records then, as hexadecimal digits; None where it is not known.
    header_sha256
        Digest of its header without the count of records; None where it is not known.
    """

    number: int
    file: str
    run: int
    start_sample: int
    sfreq_hz: float
    ch_names: tuple[str, ...]
    start_time: datetime | None
    n_samples: int | None = None
    records_sha256: str | None = None
    header_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class AlarmMoment:
    """One step in the life of a seizure alarm.

    Attributes
    ----------
    transition
        ``raised``, ``confirmed``, ``retracted``, ``ended`` or ``acknowledged``.
    at_s
        End of the signal that had been analysed then.
    logged_utc
        When it was logged, by the computer's clock.
    reason
        Further words, such as who acknowledged it.
    """

    transition: str
    at_s: float
    logged_utc: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class AlarmHistory:
    """A seizure alarm with all that became of it.

    Attributes
    ----------
    alarm_id
        1, 2, 3 ... within the session.
    run
        Number of the run that raised it.
    onset_s, offset_s, peak, state, acknowledged
        As last logged.
    moments
        Every step, in order.
    attribution
        What the network used when it was raised, its samples since the run began; None where the
        log does not say.
    """

    alarm_id: int
    run: int
    onset_s: float
    offset_s: float
    peak: float
    state: str
    acknowledged: bool
    moments: tuple[AlarmMoment, ...]
    attribution: AlarmAttribution | None = None

    @property
    def duration_s(self) -> float:
        return self.offset_s - self.onset_s

    @property
    def raised_s(self) -> float:
        """End of the signal that had been analysed when it was raised."""
        return self.moments[0].at_s


@dataclass(frozen=True, slots=True)
class TechnicalSpan:
    """A technical alarm from its beginning to its end.

    Attributes
    ----------
    stop_s
        None where it still stood when the log ends.
    """

    key: str
    text: str
    start_s: float
    stop_s: float | None


@dataclass(frozen=True, slots=True)
class SessionNote:
    """A remark of the operator (``who`` may be empty) or a marker from outside (``who`` None)."""

    time_s: float
    text: str
    who: str | None


class Finding(StrEnum):
    """What a reviewer thinks of an alarm."""

    SEIZURE = "seizure"
    NO_SEIZURE = "not a seizure"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one reviewer said at one time; a later one stands beside it, and never replaces it.

    Attributes
    ----------
    subject
        ``alarm 3``, or ``missed 1`` for a seizure that no alarm told of.
    finding
        The verdict.
    seizure_type
        SzCORE event type, such as ``sz`` or ``sz_foc_ia``; empty where it is no seizure.
    onset_s, offset_s
        Where the reviewer puts it.
    comment
        Free text.
    reviewer
        Never empty.
    logged_utc
        When it was given; None while it is not logged yet.
    """

    subject: str
    finding: Finding
    seizure_type: str
    onset_s: float
    offset_s: float
    comment: str
    reviewer: str
    logged_utc: datetime | None = None
