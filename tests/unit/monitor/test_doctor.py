"""What the doctor finds, and that nothing which is missing stops it."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from types import SimpleNamespace

import pytest

from monitor import doctor

NO_EGL = "ImportError: libEGL.so.1: cannot open shared object file: No such file or directory"
NO_CURSOR = (
    "qt.core.library: /q/platforms/libqxcb.so cannot load: Cannot load library "
    "/q/platforms/libqxcb.so: libxcb-cursor.so.0: cannot open shared object file: No such file\n"
    'qt.qpa.plugin: Could not load the Qt platform plugin "xcb" in "" even though it was found.'
)
NO_DISPLAY = (
    "qt.core.library: /q/platforms/libqxcb.so loaded library\n"
    "qt.qpa.xcb: could not connect to display\n"
    "qt.qpa.plugin: From 6.5.0, xcb-cursor0 or libxcb-cursor0 is needed to load the Qt xcb plugin."
)
LIBRARIES = f"apt-get install {doctor._QT_LIBRARIES}"
SCREEN = "set DISPLAY to a screen, or run with --headless"
HEADLESS = "run with --headless until it starts"


def test_everything_is_looked_at():
    findings = doctor.examine()
    assert [f.topic for f in findings] == [
        "Python", "packages", "engine", "GPU", "weights", "Qt", "LSL", "sound", "disk",
    ]  # fmt: skip
    for finding in findings:
        assert finding.found
        assert "\n" not in finding.found + finding.remedy
        assert finding.ok is not bool(finding.remedy)
    by_topic = {f.topic: f for f in findings}
    assert by_topic["Python"].ok
    assert "torch" in by_topic["packages"].found
    assert by_topic["engine"].found.startswith("torch-")


def test_a_missing_package_is_named(monkeypatch):
    def version(name):
        if name == "samplerate":
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(doctor, "version", version)
    finding = doctor._packages()
    assert not finding.ok
    assert finding.remedy == "pip install samplerate"


@pytest.mark.parametrize(
    ("stderr", "display", "found", "remedy"),
    [
        (f"Traceback:\n{NO_EGL}", "", "libEGL.so.1 is missing", LIBRARIES),
        (NO_CURSOR, ":0", "libxcb-cursor.so.0 is missing", LIBRARIES),
        (NO_CURSOR, "", "libxcb-cursor.so.0 is missing", LIBRARIES),
        (NO_DISPLAY, "", "no display: DISPLAY is not set", SCREEN),
        (NO_DISPLAY, ":7", "no display: :7 does not answer", SCREEN),
        ("Traceback:\nModuleNotFoundError: no Qt", "", "ModuleNotFoundError: no Qt", HEADLESS),
        ("qt.core: x\nqt.qpa.plugin: why\nlast", ":0", "qt.qpa.plugin: why", HEADLESS),
        ("", ":0", "did not start", HEADLESS),
    ],
)
def test_qt_that_does_not_start(monkeypatch, stderr, display, found, remedy):
    def run(*args, **kwargs):
        return subprocess.CompletedProcess(args, -6, "", stderr)

    monkeypatch.setattr(doctor.subprocess, "run", run)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    finding = doctor._qt()
    assert (finding.ok, finding.found) == (False, found)
    assert finding.remedy == remedy


@pytest.mark.skipif(sys.platform != "linux", reason="displays as X11 has them")
def test_a_display_that_is_not_there(monkeypatch):
    pytest.importorskip("PySide6.QtGui", exc_type=ImportError)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    finding = doctor._qt()
    if finding.remedy == LIBRARIES:
        pytest.skip(finding.found)
    assert (finding.found, finding.remedy) == ("no display: DISPLAY is not set", SCREEN)


def test_qt_that_hangs(monkeypatch):
    def run(*args, **kwargs):
        raise subprocess.TimeoutExpired("python", 60)

    monkeypatch.setattr(doctor.subprocess, "run", run)
    finding = doctor._qt()
    assert not finding.ok
    assert "60 s" in finding.found


def test_lsl_that_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "pylsl", None)
    finding = doctor._lsl()
    assert not finding.ok
    assert "PYLSL_LIB" in finding.remedy


def test_a_disk_that_is_nearly_full(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: SimpleNamespace(free=10**9))
    finding = doctor._disk()
    assert (finding.ok, finding.found) == (False, "1 GB free here")
    assert finding.remedy
