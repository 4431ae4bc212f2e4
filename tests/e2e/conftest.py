import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:  # for the modules of tests, when pytest is not run as a module
    sys.path.insert(0, str(ROOT))


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        (line,) = self.out.splitlines()
        return json.loads(line)

    @property
    def line(self):
        """The one line on stderr."""
        assert "Traceback" not in self.err
        (line,) = self.err.splitlines()
        return line


@pytest.fixture
def vigil(monkeypatch, capsys, tmp_path):
    """Run the command in this process."""
    from monitor.cli import main

    def run(*arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["vigil", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as done:
            code = done.code or 0
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return run


@pytest.fixture
def stand_in(monkeypatch):
    """A cheap network in place of the real one."""
    from tests.monitor_fakes import AmplitudeScorer

    for module in ("monitor.app", "monitor.detecting"):
        monkeypatch.setattr(f"{module}.load_engine", lambda *_: AmplitudeScorer())


@pytest.fixture
def write_edf(tmp_path):
    from tests.edf_files import edf_bytes
    from tests.monitor_fakes import bursts, signals

    def write(name="bed.edf", seconds=70, sfreq=256, at_s=((30, 40),), **header):
        path = tmp_path / name
        data = bursts(seconds * sfreq, sfreq, at_s)
        path.write_bytes(edf_bytes(signals(data, sfreq), **header))
        return path

    return write


@pytest.fixture(scope="session")
def lsl(tmp_path_factory):
    """LSL settings that keep the streams of this process and its senders to themselves."""
    from monitor.sources.lsl_library import write_private_settings

    settings = write_private_settings(tmp_path_factory.mktemp("lsl"))
    before = os.environ.get("LSLAPICFG")
    os.environ["LSLAPICFG"] = str(settings)  # liblsl reads it at its first call, and only then
    os.environ["VIGIL_ROOT"] = str(ROOT)
    yield settings
    if before is None:
        del os.environ["LSLAPICFG"]
