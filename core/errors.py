"""Errors whose message is one clear line for the person in front of the screen.

Every error that bad input or a bad environment can cause derives from :class:`VigilError`. The
command line prints its text as it stands and exits with code 1, so a message names the file, the
value and the limit, and needs no traceback to be understood.
"""

__all__ = [
    "CheckpointError",
    "ConfigError",
    "MontageError",
    "RecordingError",
    "SessionError",
    "SignalError",
    "StreamError",
    "VigilError",
]


class VigilError(Exception):
    """Root of all errors that are reported to the user in one line."""


class ConfigError(VigilError):
    """A configuration file or value is unreadable, unknown or contradictory."""


class RecordingError(VigilError):
    """A recording cannot be read as the format it claims to be."""


class MontageError(VigilError):
    """The 19 electrodes cannot be derived from the channels at hand."""


class SignalError(VigilError):
    """The samples themselves cannot be analysed (not a number, too slow, dead channel)."""


class CheckpointError(VigilError):
    """Network weights are missing, damaged or belong to another configuration."""


class SessionError(VigilError):
    """A session folder or its log cannot be written or read."""


class StreamError(VigilError):
    """A live stream cannot be found, or cannot be monitored."""
