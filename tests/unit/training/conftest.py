import pytest
import torch

from core.config import Config
from core.evaluation.dataset import find_dataset
from core.simulate import simulate_recording
from core.training.cache import SignalCache
from core.training.crops import Material
from tests.unit.training.training_helpers import use_tiny_network

torch.set_num_threads(1)


@pytest.fixture
def tiny_network(monkeypatch):
    """Whatever builds the default network gets a small one."""
    use_tiny_network(monkeypatch)


@pytest.fixture(scope="session")
def bids(tmp_path_factory):
    """Three simulated patients, each with one seizure."""
    folder = tmp_path_factory.mktemp("bids")
    for name, minutes, seed in (("a", 2, 1), ("b", 2, 4), ("c", 3, 3)):
        (folder / f"sub-{name}").mkdir()
        simulate_recording(folder / f"sub-{name}" / f"sub-{name}_eeg.edf", minutes, 1, seed)
    return folder


@pytest.fixture(scope="session")
def cache_folder(bids, tmp_path_factory):
    """The conditioned signals of ``bids``."""
    folder = tmp_path_factory.mktemp("cache")
    SignalCache(folder, Config()).fill(find_dataset(bids), lambda _: None)
    return folder


@pytest.fixture
def simulated(bids, cache_folder):
    """Material of the chosen patients."""

    def choose(*patients):
        recordings = [each for each in find_dataset(bids) if each.patient in patients]
        cache = SignalCache(cache_folder, Config())
        return Material(recordings, [cache.open(each.path) for each in recordings], Config())

    return choose
