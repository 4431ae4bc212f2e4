"""Choose a platform without a display before Qt is imported."""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

if sys.platform.startswith("linux") and not (
    os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from pytestqt.qtbot import QtBot

from core.config import Config
from monitor.views import theme
from monitor.views.window import MonitorWindow

LEFT = ("Fp1", "F3", "C3", "P3", "F7", "T3", "T5", "O1")
RIGHT = ("Fp2", "F4", "C4", "P4", "F8", "T4", "T6", "O2")
CH_NAMES = (*LEFT, "Fz", "Cz", "Pz", *RIGHT)


@pytest.fixture(autouse=True)
def configuration_folder(tmp_path_factory, monkeypatch) -> Path:
    """What windows remember goes to a folder of the test's own, and colours begin anew."""
    folder = tmp_path_factory.mktemp("config")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    theme.use()
    return folder


@pytest.fixture(scope="session", autouse=True)
def what_is_there_already_is_never_garbage() -> None:
    """Let collections after each test look at what the test made only."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def garbage_is_collected_in_qts_thread() -> Iterator[None]:
    """Closed windows are garbage, and the next test's threads must not destroy them."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture
def ch_names() -> tuple[str, ...]:
    return CH_NAMES


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MonitorWindow]:
    widget = MonitorWindow("ward-7.edf", Config(), CH_NAMES, "UNTRAINED")
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    # A bare X server has no window manager to give the keys to a new window.
    widget.activateWindow()
    qtbot.waitUntil(widget.isActiveWindow)
    yield widget
    widget.close()
