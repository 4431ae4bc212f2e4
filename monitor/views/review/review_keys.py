"""The keys of the review window."""

from functools import partial
from typing import TYPE_CHECKING

from monitor.archive.history import Finding
from monitor.views import texts
from monitor.views.keys import KeyTable
from monitor.views.review.edges import Edge

if TYPE_CHECKING:
    from monitor.views.review.window import ReviewWindow

__all__ = ["add_review_keys"]

NUDGE_S = 0.5


def add_review_keys(window: "ReviewWindow", keys: KeyTable) -> None:
    """Bind all keys and list them."""
    form, cases, look = window.form, window.cases, window.appearance
    review, add = texts.GROUP_REVIEW, keys.add
    add(review, "N", texts.KEY_NEXT, lambda: cases.step(1))
    add(review, "P", texts.KEY_PREVIOUS, lambda: cases.step(-1))
    add(review, "Shift+N", texts.KEY_NEXT_OPEN, lambda: cases.step(1, only_open=True))
    add(review, "1", texts.KEY_SEIZURE, lambda: form.give(Finding.SEIZURE))
    add(review, "2", texts.KEY_NO_SEIZURE, lambda: form.give(Finding.NO_SEIZURE))
    add(review, "3", texts.KEY_UNSURE, lambda: form.give(Finding.UNSURE))
    add(review, "Ctrl+S", texts.KEY_SAVE, form.save)
    add(review, "I", texts.KEY_ONSET_HERE, lambda: _edge_to_pointer(window, Edge.ONSET))
    add(review, "O", texts.KEY_OFFSET_HERE, lambda: _edge_to_pointer(window, Edge.OFFSET))
    for key, text, edge, seconds in (
        ("Ctrl+Left", texts.KEY_ONSET_EARLIER, Edge.ONSET, -NUDGE_S),
        ("Ctrl+Right", texts.KEY_ONSET_LATER, Edge.ONSET, NUDGE_S),
        ("Ctrl+Shift+Left", texts.KEY_OFFSET_EARLIER, Edge.OFFSET, -NUDGE_S),
        ("Ctrl+Shift+Right", texts.KEY_OFFSET_LATER, Edge.OFFSET, NUDGE_S),
    ):
        add(review, key, text, partial(form.shift_edge, edge, seconds))
    add(review, "R", texts.KEY_RESET, form.reset_edges)
    add(review, "C", texts.KEY_COMMENT, form.comment_field.setFocus)
    add(review, "M", texts.KEY_MISSED, window.mark_missed)
    add(review, "H", texts.KEY_OTHERS, cases.others_button.toggle)
    add(review, "F2", texts.KEY_CASE_LIST, cases.view.setFocus)
    add(review, ("Return", "Enter"), texts.KEY_CASE, window.show_again)
    window.pane.add_keys(keys)
    add(texts.GROUP_WINDOW, "F1", texts.KEY_HELP, window.toggle_key_help)
    add(texts.GROUP_WINDOW, "Ctrl+D", texts.KEY_THEME, look.toggle_palette)
    add(texts.GROUP_WINDOW, ("Ctrl++", "Ctrl+="), texts.KEY_LARGER, lambda: look.step_font(1))
    add(texts.GROUP_WINDOW, "Ctrl+-", texts.KEY_SMALLER, lambda: look.step_font(-1))
    add(texts.GROUP_WINDOW, "F11", texts.KEY_FULL_SCREEN, lambda: _toggle_full_screen(window))
    add(texts.GROUP_WINDOW, "Esc", texts.KEY_LEAVE_REVIEW, window.leave)
    add(texts.GROUP_WINDOW, "Ctrl+Q", texts.KEY_CLOSE_REVIEW, window.close)


def _edge_to_pointer(window: "ReviewWindow", edge: Edge) -> None:
    """Put an edge where the mouse pointer is."""
    pointer = window.pane.review_trace.pointer
    if pointer is not None:
        window.form.move_edge(edge, pointer)


def _toggle_full_screen(window: "ReviewWindow") -> None:
    if window.isFullScreen():
        window.showNormal()
    else:
        window.showFullScreen()
