"""The review window on a session that the monitor itself has recorded."""

import math

import numpy as np
import pytest

from core.config import Config
from monitor.archive.history import Finding
from monitor.archive.record import SessionRecord
from monitor.replaying import ReplayOptions, replay
from monitor.session_options import SessionOptions
from monitor.views.review.edges import Edge
from tests.edf_files import edf_bytes
from tests.gui.review_stage import SFREQ, ReviewStage
from tests.monitor_fakes import AmplitudeScorer, bursts, signals

BURST_S = (95.0, 120.0)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A replay at 250 Hz with a stand-in for the network."""
    monkeypatch.setattr("monitor.app.load_engine", lambda *_: AmplitudeScorer())
    data = bursts(170 * 250, 250.0, [BURST_S])
    recording = tmp_path / "night.edf"
    recording.write_bytes(edf_bytes(signals(data, 250)))
    session = SessionOptions(Config(), headless=True, session_folder=tmp_path / "session")
    replay(ReplayOptions(recording, session, speed=math.inf))
    return tmp_path / "session"


def test_what_the_monitor_recorded_can_be_judged(folder, qtbot):
    stage = ReviewStage(folder)
    try:
        qtbot.waitUntil(lambda: stage.has_page, timeout=30_000)
        cases = stage.window.cases
        near = [c for c in cases.listed if c.onset_s < BURST_S[1] and c.offset_s > BURST_S[0]]
        assert len(near) == 1
        cases.choose(near[0].subject)
        qtbot.waitUntil(lambda: stage.has_page, timeout=30_000)
        assert stage.trace.badge() == ""

        signal = stage.window.pane.recorded.read(90 * SFREQ, 125 * SFREQ).data
        level = np.sqrt((signal**2).mean(axis=0))
        assert np.isfinite(level).all()
        inner = level[7 * SFREQ : 28 * SFREQ].mean()
        assert inner > 4 * level[: 4 * SFREQ].mean(), "the burst is where the file has it"

        probability = stage.window.pane.recorded.probability(90 * SFREQ, 125 * SFREQ)
        assert np.nanmax(probability) == pytest.approx(near[0].peak, abs=1e-6)

        stage.drag_edge(Edge.ONSET, 96 * SFREQ)
        stage.type("1")
        qtbot.waitUntil(lambda: stage.has_trends, timeout=60_000)
    finally:
        stage.close()
    with SessionRecord(folder) as record:
        (row,) = record.verdicts
    assert (row.subject, row.finding) == (near[0].subject, Finding.SEIZURE)
    assert row.onset_s == pytest.approx(96, abs=0.2)
    assert row.offset_s == pytest.approx(near[0].offset_s)
