"""A session as the monitor leaves it."""

import shutil
from pathlib import Path

import pytest

from core.config import Config
from monitor.replaying import ReplayOptions, replay
from monitor.session_options import SessionOptions
from tests.monitor_fakes import AmplitudeScorer
from tests.unit.monitor.archive.session_checks import bed_recording


@pytest.fixture(scope="session")
def recorded(tmp_path_factory):
    """A session as the monitor leaves it: 130 s, two seizures."""
    folder = tmp_path_factory.mktemp("recorded")
    edf = bed_recording(folder)
    config = Config.model_validate({"recording": {"part_hours": 0.02}})
    options = SessionOptions(config, headless=True, session_folder=folder / "session")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("monitor.app.load_engine", lambda *_: AmplitudeScorer())
        replay(ReplayOptions(edf, options, speed=float("inf")))
    return folder / "session"


@pytest.fixture
def session(recorded, tmp_path):
    """A copy that a test may meddle with."""
    return Path(shutil.copytree(recorded, tmp_path / "session"))
