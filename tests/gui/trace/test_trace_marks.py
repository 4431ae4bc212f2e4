"""Bad electrodes, events and remarks in the traces."""

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor

from core.types import Chunk, Marker, Quality
from monitor.alarm import AlarmState
from monitor.views import theme
from monitor.views.event_marks import state_colour
from monitor.views.plot_margins import label_width
from monitor.views.raster import blended
from tests.gui.trace.trace_pictures import (
    MONTAGES,
    SFREQ,
    alarm,
    between,
    chunk,
    ink,
    lane,
    picture,
)


def test_a_bad_electrode_marks_every_row_it_is_part_of(view):
    clean = picture(view)
    view.show_quality({"T3": Quality.FLAT, "unknown": Quality.FLAT})
    marked = picture(view)
    orange = QColor(theme.PROVISIONAL).rgb()

    def is_marked(image, row):
        y = lane(view, row).center().y() - 6
        return any(image.pixel(x, y) == orange for x in range(label_width()))

    assert is_marked(marked, 5)
    assert not is_marked(marked, 6)
    view.set_montage(MONTAGES["Longitudinal bipolar"])
    rows = [row for row, names in enumerate(view.montage.electrodes) if "T3" in names]
    bipolar = picture(view)
    assert [row for row in range(18) if is_marked(bipolar, row)] == rows
    view.set_montage(MONTAGES["Referential"])
    view.show_quality({"T3": Quality.GOOD})
    assert picture(view) == clean


def test_events_are_shaded_in_the_colour_and_word_of_their_state(view):
    view.add_chunk(Chunk(np.zeros((19, 9 * SFREQ), np.float32), 0))
    view.show_events(
        tuple(alarm(i + 1, 2 * i, 2 * i + 1.6, state) for i, state in enumerate(AlarmState))
    )
    image = picture(view)
    y = lane(view, 3).top() + 3
    grounds = []
    for i, state in enumerate(AlarmState):
        flag = image.pixelColor(view.x_of(round((2 * i + 0.05) * SFREQ)) + 1, 3)
        assert flag.name() == state_colour(state)
        place = QRect(view.x_of(round((2 * i + 0.2) * SFREQ)), y, 32, 12)
        shown = {
            image.pixel(x, line)
            for x in range(place.left(), place.right())
            for line in range(place.top(), place.bottom())
        }
        grounds.append(shown - {QColor(theme.GRID).rgb()})
    assert all(a.isdisjoint(b) for i, a in enumerate(grounds) for b in grounds[:i])
    # a pattern besides the colour, in all but one
    assert sorted(len(ground) for ground in grounds) == [1, 2, 2, 2]
    view.show_events(())
    assert ink(picture(view), between(view, 0, 1.6).adjusted(0, 2, 0, -20)) == 0


def test_an_event_that_changes_its_state_is_painted_anew(view):
    view.add_chunk(Chunk(np.zeros((19, 9 * SFREQ), np.float32), 0))
    view.advance()
    x, y = view.x_of(3 * SFREQ) + 3, lane(view, 3).top() + 3
    seen = []
    for state in (AlarmState.RAISED, AlarmState.CONFIRMED, AlarmState.ENDED):
        view.show_events((alarm(1, 2, 5, state),))
        seen.append({picture(view).pixel(x + i, y) for i in range(16)})
    assert len({frozenset(one) for one in seen}) == 3
    assert blended(theme.PLOT, state_colour(AlarmState.ENDED), 0.24) in seen[2]


def test_remarks_are_lines_across_the_traces(view):
    view.add_chunk(chunk(0, 9))
    before = picture(view)
    view.show_markers([Marker(4 * SFREQ, "arm twitching"), Marker(4000 * SFREQ, "later")])
    after = picture(view)
    x = view.x_of(4 * SFREQ)
    text = QColor(theme.TEXT).rgb()
    assert sum(after.pixel(x, y) == text for y in range(after.height())) > 100
    assert after.copy(0, 0, x - 5, 500) == before.copy(0, 0, x - 5, 500)
