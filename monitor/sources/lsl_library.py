"""The way to liblsl: loaded when it is first needed, its errors told in one line."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType

from core.errors import StreamError

__all__ = [
    "StreamGoneError",
    "has_own_settings",
    "load_lsl",
    "lsl_errors",
    "write_private_settings",
]

_QUIET = "[log]\nlevel = -3\n"
_PRIVATE = """
[ports]
IPv6 = disable
[multicast]
ResolveScope = machine
[lab]
SessionID = {session}
"""


class StreamGoneError(StreamError):
    """The stream's sender is not there any more."""


@cache
def load_lsl() -> ModuleType:
    """Import pylsl.

    Where the user has no LSL configuration of their own, liblsl is told to keep its chatter to
    itself: what matters is said by the monitor.

    Raises
    ------
    StreamError
        Where pylsl or liblsl is missing.
    """
    try:
        import pylsl
    except (RuntimeError, OSError, ImportError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else "not found"
        raise StreamError(
            "no liblsl on this machine: pip install 'pylsl>=1.18', whose wheel holds it, or "
            "install liblsl from https://github.com/sccn/liblsl/releases and point PYLSL_LIB at it "
            f"({reason})"
        ) from error
    if not has_own_settings():
        pylsl.set_config_content(_QUIET)
    module: ModuleType = pylsl
    return module


@contextmanager
def lsl_errors(name: str) -> Iterator[None]:
    """Turn pylsl's exceptions into errors that name the stream.

    Raises
    ------
    StreamGoneError
        Where the sender is gone, or does not answer in time.
    StreamError
        Where liblsl fails otherwise.
    """
    lsl = load_lsl()
    try:
        yield
    except lsl.util.LostError as error:
        raise StreamGoneError(f"stream {name} is lost") from error
    except lsl.util.TimeoutError as error:
        raise StreamGoneError(f"stream {name} does not answer") from error
    except (lsl.util.InvalidArgumentError, lsl.util.InternalError, RuntimeError) as error:
        raise StreamError(f"stream {name}: liblsl failed ({error})") from error


def has_own_settings() -> bool:
    """Whether the user has an LSL configuration."""
    if os.environ.get("LSLAPICFG"):
        return True
    places = ("lsl_api.cfg", "~/lsl_api/lsl_api.cfg", "/etc/lsl_api/lsl_api.cfg")
    return any(Path(place).expanduser().exists() for place in places)


def write_private_settings(folder: Path) -> Path:
    """Write settings that keep streams to this computer, and to the processes that read the file.

    Returns
    -------
    Path
        What ``LSLAPICFG`` must name before liblsl's first call.
    """
    path = folder / "lsl_api.cfg"
    text = _PRIVATE.format(session=uuid.uuid4().hex) + _QUIET
    path.write_text(text, encoding="utf-8")
    return path
