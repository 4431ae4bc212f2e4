"""The review window on a night with three alarms."""

import pytest

from tests.gui.review_stage import RUN, ReviewStage
from tests.session_folders import make_session


@pytest.fixture
def folder(tmp_path):
    return make_session(tmp_path / "night", [RUN])


@pytest.fixture
def open_review(qtbot):
    """Open windows, and close them when the test is over."""
    stages = []

    def open_it(folder, reviewer="RK", **options) -> ReviewStage:
        stage = ReviewStage(folder, reviewer, **options)
        stages.append(stage)
        qtbot.waitUntil(stage.window.isActiveWindow, timeout=20_000)
        return stage

    yield open_it
    for stage in stages:
        stage.close()


@pytest.fixture
def stage(open_review, folder, qtbot):
    stage = open_review(folder)
    qtbot.waitUntil(lambda: stage.has_page, timeout=20_000)
    return stage
