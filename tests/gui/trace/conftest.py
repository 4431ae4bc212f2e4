"""Traces on the screen."""

import pytest

from monitor.views.plot_margins import label_width
from monitor.views.trace import TraceView


@pytest.fixture
def view(qtbot):
    widget = TraceView()
    qtbot.addWidget(widget)
    widget.resize(label_width() + 1000, 600)
    widget.show()
    yield widget
    widget.close()
