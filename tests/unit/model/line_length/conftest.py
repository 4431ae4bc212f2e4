"""The line-length detector as it is built, and its engine."""

import pytest

from core.model.engine import LineLengthEngine
from core.model.line_length import LineLength
from core.model.network import build_network
from tests.unit.model.line_length.line_length_helpers import CONFIG


@pytest.fixture
def network() -> LineLength:
    network = build_network("line-length")
    assert isinstance(network, LineLength)
    return network


@pytest.fixture
def engine(network: LineLength) -> LineLengthEngine:
    return LineLengthEngine(network, CONFIG)
