"""A GPU that is lost: detection goes on, and says so."""

import pytest

from core.config import Config
from core.detector import score_window
from core.model.cuda_engine import GpuLostError
from core.types import Window
from monitor.failover import FailoverScorer
from monitor.worker import Pipeline
from tests.monitor_fakes import AmplitudeScorer, MemorySource, Notes, bursts

TIMEOUT_S = 30
TEXT = "The GPU failed: CUDA error 719; detection goes on without it"


class OnCpu(AmplitudeScorer):
    """The successor."""

    name = "torch-cpu-float32"

    def __init__(self):
        self.done = []

    def warm_up(self):
        self.done.append("warm up")

    def reset(self):
        self.done.append("reset")


class LostGpu(AmplitudeScorer):
    """Fails at the third window, and from then on."""

    name = "torch-cuda-float32"

    def __init__(self):
        self.n = 0
        self.successor = OnCpu()

    def predict(self, data):
        self.n += 1
        if self.n > 2:
            raise GpuLostError("the GPU failed: CUDA error 719")
        return super().predict(data)

    def on_cpu(self):
        return self.successor


def run(scorer):
    notes = Notes()
    source = MemorySource([(0, bursts(256 * 115, at_s=[(25, 32), (70, 90)]))])
    pipeline = Pipeline(source, Config(), scorer, notes, notes)
    pipeline.start()
    assert pipeline.join(TIMEOUT_S)
    return pipeline, notes


def test_every_window_is_scored_and_the_alarm_stands():
    scorer = LostGpu()
    pipeline, notes = run(scorer)
    undisturbed, _ = run(AmplitudeScorer())
    assert pipeline.detection.probabilities_sha256 == undisturbed.detection.probabilities_sha256
    assert pipeline.detection.n_skipped == 0
    assert scorer.n == 3
    assert scorer.successor.done == ["warm up", "reset"]
    assert [(a.key, a.text, a.active) for a in notes.technical] == [("engine", TEXT, True)]
    assert notes.technical[0].sample == 80 * 256
    assert pipeline.engine == "torch-cpu-float32"
    assert undisturbed.engine == "stand-in"


def test_where_nothing_can_take_over_the_monitor_fails():
    class Alone(AmplitudeScorer):
        def predict(self, data):
            raise GpuLostError("the GPU failed")

    notes = Notes()
    pipeline = Pipeline(MemorySource([(0, bursts(256 * 70))]), Config(), Alone(), notes, notes)
    pipeline.start()
    with pytest.raises(GpuLostError):
        pipeline.join(TIMEOUT_S)


def test_other_errors_are_not_the_gpus():
    class Odd(LostGpu):
        def predict(self, data):
            raise ValueError("odd")

    scorer = FailoverScorer(Odd(), lambda _: None)
    with pytest.raises(ValueError, match="odd"):
        scorer.score(_window())


def _window():
    return Window(bursts(15360), 0, 15360)


def test_the_first_score_is_the_networks_own():
    scorer = FailoverScorer(LostGpu(), lambda _: None)
    own = score_window(AmplitudeScorer(), _window())
    assert (scorer.score(_window()).values == own.values).all()
