"""How moments and durations are written."""

from datetime import datetime, timedelta

__all__ = [
    "UNKNOWN",
    "clock_text",
    "date_text",
    "duration_text",
    "moment_text",
    "session_text",
    "whole_duration_text",
]

UNKNOWN = "unknown"


def session_text(seconds: float) -> str:
    """Write a time since the session began as ``hh:mm:ss``."""
    whole = max(0, int(seconds))
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def clock_text(seconds: float, start_time: datetime | None) -> str:
    """Write the wall-clock time that lies ``seconds`` behind ``start_time``."""
    if start_time is None:
        return UNKNOWN
    return (start_time + timedelta(seconds=seconds)).strftime("%H:%M:%S")


def date_text(moment: datetime | None) -> str:
    """Write a day and a time of day, to the minute."""
    return UNKNOWN if moment is None else moment.strftime("%d %b %Y %H:%M")


def moment_text(seconds: float, start_time: datetime | None) -> str:
    """Write the clock time where it is known, else the time since the session began."""
    return session_text(seconds) if start_time is None else clock_text(seconds, start_time)


def duration_text(seconds: float) -> str:
    """Write a duration: tenths below one minute, then minutes and seconds."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole // 60 % 60:02d} min"


def whole_duration_text(seconds: float) -> str:
    """Write a duration in whole seconds, for a number that counts up."""
    whole = int(seconds)
    return f"{whole} s" if whole < 60 else duration_text(whole)
