"""One simulated recording for all tests of the simulator."""

import edfio
import numpy as np
import pytest

from core.simulate import simulate_recording


@pytest.fixture(scope="session")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("simulated") / "made.edf"
    return simulate_recording(path, 9, 2, seed=27)  # the demo's


@pytest.fixture(scope="session")
def signals(recording):
    return np.stack([s.data for s in edfio.read_edf(recording.edf_path).signals])
