"""What traces are fed with, and what is seen of them."""

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage

from core.display_montage import built_in_montages
from core.types import Chunk
from monitor.alarm import Alarm
from monitor.views import theme
from monitor.views.plot_margins import lane_of

SFREQ = 256
MONTAGES = {montage.name: montage for montage in built_in_montages()}


def lane(view, row):
    """The strip of a row."""
    return lane_of(view.plot_rect(), row, view.montage.n_rows)


def chunk(start_s, stop_s, amplitude_uv=50.0, valid=None):
    sample = np.arange(round(start_s * SFREQ), round(stop_s * SFREQ))
    phase = np.linspace(0, 2, 19)[:, None]
    wave = amplitude_uv * np.sin(2 * np.pi * 3 * sample / SFREQ + phase)
    return Chunk(wave.astype(np.float32), int(sample[0]), valid)


def picture(view) -> QImage:
    return view.grab().toImage()


def ink(image: QImage, place: QRect) -> int:
    """Count the pixels that belong to a trace."""
    empty = {QColor(theme.PLOT).rgb(), QColor(theme.GRID).rgb()}
    return sum(
        image.pixel(x, y) not in empty
        for x in range(place.left(), place.right() + 1)
        for y in range(place.top(), place.bottom() + 1)
    )


def between(view, start_s, stop_s, row=3) -> QRect:
    plot, n_page = view.plot_rect(), view.axis.n_page
    place = lane(view, row)
    place.setLeft(plot.left() + round(start_s * SFREQ * plot.width() / n_page) + 2)
    place.setRight(plot.left() + round(stop_s * SFREQ * plot.width() / n_page) - 2)
    return place


def alarm(alarm_id, onset_s, offset_s, state):
    return Alarm(alarm_id, round(onset_s * SFREQ), round(offset_s * SFREQ), 0.9, state, 0)
