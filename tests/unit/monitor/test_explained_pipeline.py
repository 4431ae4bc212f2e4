"""A session's alarms are explained beside detection, which waits for nothing and stays the same."""

import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.config import Config
from core.model.builtin import NO_WEIGHTS
from monitor.app import _explainer
from monitor.explaining import Explainer, Silent
from monitor.summary import summarise
from monitor.worker import Pipeline
from tests.attribution_fakes import LOUD, Levels
from tests.monitor_fakes import AmplitudeScorer, MemorySource, Notes, bursts

STRIDE = 10 * 256


@pytest.mark.parametrize(
    ("settings", "weights", "explains"),
    [
        pytest.param({}, None, False, id="other weights than those that score"),
        pytest.param({}, Path(NO_WEIGHTS), True, id="the weights that score"),
        pytest.param({"inference": {"attribution_budget_s": 0}}, Path(NO_WEIGHTS), False, id="off"),
        pytest.param({"model": {"preset": "line-length"}}, None, False, id="no network"),
    ],
)
def test_the_pipeline_says_whether_it_explains(settings, weights, explains):
    config, scorer = Config.model_validate(settings), AmplitudeScorer()
    explainer = _explainer(config, weights, scorer.weights)
    source, notes = MemorySource([]), Notes()
    assert Pipeline(source, config, scorer, notes, notes, explainer=explainer).explains is explains


BURSTS = [(25, 32), (70, 90)]


def monitored(explainer):
    source, notes = MemorySource([(0, bursts(256 * 115, at_s=BURSTS))]), Notes()
    pipeline = Pipeline(source, Config(), AmplitudeScorer(), notes, notes, explainer=explainer)
    pipeline.start()
    assert pipeline.join(30), "the threads have not ended"
    return pipeline, notes


def test_the_pipeline_explains_every_alarm_and_decides_the_same():
    plain, silent = monitored(Silent())
    assert silent.attributions == []
    assert all(alarm.attribution is None for alarm in plain.alarms)
    pipeline, notes = monitored(Explainer(Levels, 5.0))
    assert pipeline.detection.probabilities_sha256 == plain.detection.probabilities_sha256
    assert pipeline.detection.events == plain.detection.events
    assert [a.alarm_id for a in notes.attributions] == [a.alarm_id for a in pipeline.alarms]
    for alarm, found in zip(pipeline.alarms, notes.attributions, strict=True):
        assert alarm.attribution == found
        assert found.channels == LOUD
        assert abs(found.target[0] - alarm.onset_sample) < STRIDE
    assert [s.transition for s in notes.steps] == [s.transition for s in silent.steps]


def test_the_pipeline_ends_though_an_explanation_hangs():
    gate = threading.Event()
    began = time.monotonic()
    try:
        threading.Timer(3.0, gate.set).start()
        pipeline, notes = monitored(Explainer(lambda: Levels(gate), 0.3))
    finally:
        gate.set()
    assert time.monotonic() - began < 15
    assert len(notes.attributions) == len(pipeline.alarms) > 0
    assert {a.fault for a in notes.attributions} == {"the session ended"}
    assert not any(t.name == "vigil-explainer" for t in threading.enumerate())


def test_who_waits_for_an_explanation_analyses_no_more():
    gate, config, scorer = threading.Event(), Config(), AmplitudeScorer()
    source, notes = MemorySource([(0, bursts(256 * 115, at_s=BURSTS))]), Notes()
    explainer = Explainer(lambda: Levels(gate), 60.0)
    pipeline = Pipeline(source, config, scorer, notes, notes, explainer=explainer)
    pipeline.start()
    try:
        while not pipeline.has_ended:
            time.sleep(0.005)
        analysis_s = pipeline.analysis_s
        assert not pipeline.join(0.3)
    finally:
        gate.set()
    assert pipeline.join(30)
    assert pipeline.analysis_s == analysis_s > 0
    told = SimpleNamespace(notes=(), account=dict)
    assert summarise(pipeline, told, config, scorer)["real_time_factor"] == 115 / analysis_s


def test_a_pipeline_whose_explainer_fails_goes_on():
    def load():
        raise MemoryError

    pipeline, notes = monitored(Explainer(load, 5.0))
    assert {a.state for a in pipeline.alarms} == {"ended"}
    assert {a.fault for a in notes.attributions} == {"MemoryError"}
