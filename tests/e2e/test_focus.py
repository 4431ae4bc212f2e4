"""The detector's own weights, on simulated seizures: the focus is what matters most to it."""

import numpy as np
import pytest
import torch

from core.config import Config
from core.electrodes import ELECTRODES
from core.interpret.attribution import attribute, load_attribution_network
from core.model.builtin import builtin_weights
from tests.unit.interpret.focal_seizures import focal_windows


@pytest.mark.skipif(builtin_weights("vigil-13m") is None, reason="no built-in weights")
def test_the_focus_ranks_first():
    torch.set_num_threads(1)
    network = load_attribution_network(Config(), None)
    for window in focal_windows(3):
        found = attribute(network, window.data, window.span, budget_s=10.0)
        assert ELECTRODES[int(np.nanargmax(found.channel_scores))] == window.focus
        assert found.dominant_channels[0] == window.focus
        side = "left" if int(window.focus[-1]) % 2 else "right"
        assert found.region.split()[0] == side
        assert found.region.endswith("temporal")
        assert 4.0 < found.frequency_hz < 9.0  # the simulated rhythm begins at 6 to 8 Hz
