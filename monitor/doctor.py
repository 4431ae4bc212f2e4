"""What is installed, what works, and what to do about the rest."""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from monitor.pulses import PLAYERS

__all__ = ["Finding", "examine"]

_QT_LIBRARIES = (
    "libglib2.0-0 libgl1 libegl1 libxkbcommon0 libfontconfig1 libdbus-1-3 libxcb-cursor0 "
    "libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0 libxcb-randr0 "
    "libx11-xcb1"
)
_LOW_DISK_GB = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One examined thing.

    Attributes
    ----------
    topic
        What was looked at.
    ok
        Whether it works.
    found
        What was found.
    remedy
        What to do where it does not work; else empty.
    """

    topic: str
    ok: bool
    found: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Look at everything the monitor uses; no look fails for what is missing."""
    looks: tuple[Callable[[], Finding], ...] = (
        _python, _packages, _engine, _gpu, _weights, _qt, _lsl, _sound, _disk,
    )  # fmt: skip
    return [look() for look in looks]


def _python() -> Finding:
    ok = sys.version_info >= (3, 11)
    found = f"{platform.python_version()} on {platform.platform()}, {os.cpu_count()} cores"
    return Finding("Python", ok, found, "" if ok else "install Python 3.11 or newer")


def _packages() -> Finding:
    versions, missing = [], []
    for name in ("torch", "numpy", "scipy", "samplerate", "pyqtgraph", "pylsl"):
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    remedy = f"pip install {' '.join(missing)}" if missing else ""
    return Finding("packages", not missing, ", ".join(versions), remedy)


def _engine() -> Finding:
    from core.config import Config
    from core.model.engine import engine_name, resolve_device

    return Finding("engine", ok=True, found=engine_name(resolve_device(Config())))


def _gpu() -> Finding:
    import torch

    if not torch.cuda.is_available():
        return Finding(
            "GPU", ok=False, found="none found; inference runs on the CPU",
            remedy="optional: a CUDA build of PyTorch and pip install 'vigil-eeg[gpu]'",
        )  # fmt: skip
    kernels = importlib.util.find_spec("mamba_ssm") is not None
    found = f"{torch.cuda.get_device_name()}, mamba-ssm {'found' if kernels else 'not installed'}"
    return Finding("GPU", kernels, found, "" if kernels else "pip install 'vigil-eeg[gpu]'")


def _weights() -> Finding:
    from core.config import Config
    from core.model.builtin import builtin_weights
    from core.model.engine import load_engine

    config = Config()
    weights = load_engine(config, builtin_weights(config.model.preset)).weights
    trained = weights != "UNTRAINED"
    remedy = (
        "" if trained else "give trained weights with --weights; alarms mean nothing until then"
    )
    return Finding("weights", trained, weights, remedy)


def _qt() -> Finding:
    """Start Qt in a process of its own: without libraries, or without a display, it aborts."""
    program = (
        "from PySide6.QtGui import QGuiApplication as A; a = A([]); "
        "print(a.platformName(), a.primaryScreen().size().toTuple())"
    )
    try:
        result = subprocess.run(  # noqa: S603 - our own interpreter and text
            [sys.executable, "-c", program],
            capture_output=True, text=True, timeout=60, check=False,
            # Only then it names the library that a platform plugin lacks, and in English.
            env={**os.environ, "QT_DEBUG_PLUGINS": "1", "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Finding("Qt", ok=False, found="did not start within 60 s", remedy="use --headless")
    if result.returncode == 0:
        found = f"platform {result.stdout.strip()}, Qt {version('PySide6-Essentials')}"
        return Finding("Qt", ok=True, found=found)
    found, remedy = _why_qt_failed(result.stderr)
    return Finding("Qt", ok=False, found=found, remedy=remedy)


def _why_qt_failed(stderr: str) -> tuple[str, str]:
    """Return what Qt lacks, and what to do about it."""
    missing = re.search(r"(lib[^\s/:]+): cannot open shared object file", stderr)
    if missing:
        return f"{missing[1]} is missing", f"apt-get install {_QT_LIBRARIES}"
    if "could not connect to display" in stderr:
        name = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        found = f"no display: {name} does not answer" if name else "no display: DISPLAY is not set"
        return found, "set DISPLAY to a screen, or run with --headless"
    lines = stderr.strip().splitlines()
    said = [line for line in lines if line.startswith("qt.qpa.")] or lines[-1:]
    return said[0] if said else "did not start", "run with --headless until it starts"


def _lsl() -> Finding:
    try:
        import pylsl

        found = f"liblsl {pylsl.library_version() / 100:.2f}, pylsl {version('pylsl')}"
    except (RuntimeError, OSError, ImportError) as error:
        line = str(error).splitlines()[0] if str(error) else type(error).__name__
        return Finding(
            "LSL", ok=False, found=line, remedy="install liblsl, or point PYLSL_LIB at it"
        )
    return Finding("LSL", ok=True, found=found)


def _sound() -> Finding:
    """Look for a program that plays alarms, and for an audio device that Linux knows."""
    player = next((name for name in PLAYERS if shutil.which(name)), "")
    if not player:
        return Finding(
            "sound", ok=False, found="no audio player: alarms are silent",
            remedy="apt-get install pulseaudio-utils (or pipewire-bin, alsa-utils)",
        )  # fmt: skip
    cards = Path("/proc/asound/cards")
    names = cards.read_text(encoding="utf-8", errors="replace").strip() if cards.exists() else ""
    if sys.platform == "linux" and (not names or "no soundcards" in names):
        return Finding(
            "sound", ok=False, found=f"{player}, but no audio device: alarms are silent",
            remedy="connect a loudspeaker; until then watch the screen",
        )  # fmt: skip
    device = f", {names.splitlines()[0].strip()}" if names else ""
    return Finding("sound", ok=True, found=f"{player}{device}; try it with T in the window")


def _disk() -> Finding:
    free_gb = shutil.disk_usage(Path.cwd()).free / 1e9
    ok = free_gb >= _LOW_DISK_GB
    found = f"{free_gb:.0f} GB free here"
    return Finding("disk", ok, found, "" if ok else "free some space before a night of recording")
