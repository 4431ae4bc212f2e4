"""What the doctor finds, and that nothing which is missing stops it."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from types import SimpleNamespace

import pytest

from monitor import doctor


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
    ("stderr", "display", "remedy"),
    [
        ("ImportError: libEGL.so.1: cannot open shared object file", "", "apt-get install libglib"),
        ("could not connect to display", "", "use --headless, or set DISPLAY"),
        ("This application failed to start", ":0", "apt-get install libglib"),
    ],
)
def test_qt_that_does_not_start(monkeypatch, stderr, display, remedy):
    def run(*args, **kwargs):
        return subprocess.CompletedProcess(args, -6, "", f"{stderr}\nmore")

    monkeypatch.setattr(doctor.subprocess, "run", run)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    finding = doctor._qt()
    assert (finding.ok, finding.found) == (False, stderr)
    assert remedy in finding.remedy


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
