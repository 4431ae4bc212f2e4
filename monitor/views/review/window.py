"""The review window: arranges the views and passes messages on to them."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMessageBox, QSplitter, QVBoxLayout, QWidget

from core.config import EventsConfig
from core.errors import VigilError
from monitor.archive.history import Verdict
from monitor.views import texts, theme
from monitor.views.appearance import Appearance
from monitor.views.keys import KeyHelp, KeyTable
from monitor.views.labels import ElidedLabel
from monitor.views.review.case_panel import CasePanel
from monitor.views.review.cases import Case, CaseKind, cases_of
from monitor.views.review.edges import Edges
from monitor.views.review.facts import SessionFacts
from monitor.views.review.reader import SessionReader
from monitor.views.review.review_header import ReviewHeader
from monitor.views.review.review_keys import add_review_keys
from monitor.views.review.review_pane import SFREQ, ReviewPane
from monitor.views.review.reviewer_dialog import ReviewerDialog
from monitor.views.review.verdict_book import VerdictBook
from monitor.views.review.verdict_panel import VerdictPanel
from monitor.views.settings import WindowSettings

__all__ = ["ReviewWindow"]

TREND_SHARE = "0.34"
"""Of the height, until someone moves the border: the EEG comes first."""

NEW_STRETCH_S = 10.0
"""What a missed seizure is marked with, until its edges are dragged."""


class ReviewWindow(QWidget):
    """A recorded session with its alarms, to be judged.

    The window knows no files: the signal comes from a reader, and verdicts go out through a call.

    Parameters
    ----------
    facts
        The session.
    events
        Thresholds.
    reader
        Reads the signal; the window starts and stops it.
    give
        Logs a verdict, and returns it with its time.
    settings
        What is remembered; None: nothing.
    reviewer
        Who reviews; empty: whoever did last, else it is asked.
    """

    closed = Signal()

    def __init__(
        self,
        facts: SessionFacts,
        events: EventsConfig,
        reader: SessionReader,
        give: Callable[[Verdict], Verdict],
        *,
        settings: WindowSettings | None = None,
        reviewer: str = "",
    ) -> None:
        super().__init__()
        self.setWindowTitle(texts.review_title(facts.name))
        self.appearance = Appearance(self, settings)
        self.resize(1600, 900)
        self._facts = facts
        self._give = give
        self._reader = reader
        self._settings = settings
        self._book = VerdictBook(facts.verdicts)
        self._marked: Case | None = None
        self._waiting: Verdict | None = None
        self._asks_about_changes = True
        self.reviewer = reviewer or ("" if settings is None else settings.reviewer)

        self.header = ReviewHeader(facts)
        self.pane = ReviewPane(facts, events, reader)
        self.cases = CasePanel(facts)
        self.form = VerdictPanel(facts)
        self.agreement_line = ElidedLabel("status")
        self.status_line = ElidedLabel("status")
        self.keys = KeyTable(self)
        self._key_help: KeyHelp | None = None
        self.dialog: ReviewerDialog | None = None
        self._lay_out()
        self._connect()
        self.appearance.apply()
        self.appearance.restore_layout(self.splitter)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocus()
        first_look = {"trends": "shown", "trend_share": TREND_SHARE}
        if settings is not None:
            first_look |= settings.choices()
        self.pane.restore(first_look)
        self.header.show_reviewer(self.reviewer)
        self._refresh()
        self.cases.step(1, only_open=True)
        if self.cases.current is None:
            self.cases.step(1)
        self._show_case(self.cases.current)
        reader.start()

    def _lay_out(self) -> None:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.cases, 1)
        column.addWidget(self.agreement_line)
        column.addWidget(self.form)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(8)
        self.splitter.addWidget(self.pane)
        self.splitter.addWidget(side)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.splitter.setSizes([990, 590])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(8, 8, 8, 6)
        whole.setSpacing(6)
        whole.addWidget(self.header)
        whole.addWidget(self.splitter, 1)
        whole.addWidget(self.status_line)

    def _connect(self) -> None:
        self.header.reviewer_asked.connect(self.ask_reviewer)
        self.pane.complained.connect(self.show_status)
        self.pane.review_trace.edges_moved.connect(self.form.set_edges)
        self.cases.chosen.connect(self._choose)
        self.cases.others_toggled.connect(lambda _: self._refresh())
        self.form.edges_changed.connect(self._show_edges)
        self.form.given.connect(self._take_verdict)
        self.form.refused.connect(self._complain)
        add_review_keys(self, self.keys)

    @property
    def blind(self) -> bool:
        """Whether the verdicts of others are hidden."""
        return not self.cases.others_button.isChecked()

    def ask_reviewer(self) -> None:
        """Ask who reviews; the window stays as it is meanwhile."""
        dialog = ReviewerDialog(self.reviewer, self)
        dialog.named.connect(self.set_reviewer)
        dialog.rejected.connect(self._drop_waiting)
        self.dialog = dialog
        dialog.open()

    def set_reviewer(self, name: str) -> None:
        """Let someone review; a verdict that waited for the name is given."""
        if self._waiting is None:
            self.leave_marking()
        self.reviewer = name
        if self._settings is not None:
            self._settings.reviewer = name
            self._settings.save()
        self.header.show_reviewer(name)
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._log(waiting)
        self._refresh()

    def mark_missed(self) -> None:
        """Mark a stretch in the middle of the page; it is dragged to where it belongs."""
        axis = self.pane.trace.axis
        middle, half = (max(0, axis.start) + axis.stop) // 2, round(NEW_STRETCH_S / 2 * SFREQ)
        edges = Edges.between(middle - half, middle + half, self.pane.recorded.stop)
        self._marked = Case(
            CaseKind.MISSED,
            self._book.next_missed,
            edges.onset / SFREQ,
            edges.offset / SFREQ,
        )
        self.form.show_case(self._marked, self.reviewer, is_new=True)

    def leave_marking(self) -> bool:
        """Drop a stretch that was not judged; return whether there was one."""
        if self._marked is None:
            return False
        self.form.forget(self._marked.subject)
        self._marked = None
        self._show_case(self.cases.current, move=False)
        return True

    def show_again(self) -> None:
        """Show the onset of the chosen case."""
        self._show_case(self.cases.current)

    def show_status(self, text: str) -> None:
        """Show one line at the bottom."""
        self.status_line.show_text(text)

    def toggle_key_help(self) -> None:
        """Show or hide the list of keys."""
        if self._key_help is None:
            self._key_help = KeyHelp(self.keys, self)
        self._key_help.setVisible(not self._key_help.isVisible())

    def leave(self) -> None:
        """Leave the field that is written in, else marking, else the full screen."""
        if self.focusWidget() is not None and not self.hasFocus():
            self.setFocus()
        elif not self.leave_marking():
            self.showNormal()

    def close_unasked(self) -> None:
        """Close, whatever was not given."""
        self._asks_about_changes = False
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        unsaved = self.form.unsaved_subjects
        if self._asks_about_changes and unsaved:
            question = texts.changes_left(unsaved)
            if (
                QMessageBox.question(self, texts.CHANGES_TITLE, question)
                != QMessageBox.StandardButton.Yes
            ):
                event.ignore()
                return
        self._reader.stop()
        self.appearance.remember(self.splitter)
        if self._settings is not None:
            self._settings.keep_choices(self.pane.choices())
            self._settings.save()
        self.closed.emit()
        super().closeEvent(event)

    def _refresh(self) -> None:
        """Show what was said, as far as it may be seen."""
        facts, book, reviewer, blind = self._facts, self._book, self.reviewer, self.blind
        visible = book.visible(reviewer, blind=blind)
        self.cases.allow_disagreeing(allowed=not blind)
        cases = cases_of(facts.alarms, facts.technical, facts.notes, visible, facts.duration_s)
        self.cases.show_cases(cases, reviewer)
        self.pane.verdicts.show_verdicts(book.newest(reviewer, blind=blind))
        line = book.comparison(reviewer, blind=blind)
        self.agreement_line.show_text(line)
        self.agreement_line.setVisible(bool(line))
        if self._marked is None:
            self._show_case(self.cases.current, move=False)

    def _choose(self, case: Case | None) -> None:
        if self._marked is not None:
            self.form.forget(self._marked.subject)
            self._marked = None
        self._show_case(case)

    def _show_case(self, case: Case | None, *, move: bool = True) -> None:
        if case is not None and move:
            self.pane.show_around(round(case.onset_s * SFREQ))
        self.form.show_case(case, self.reviewer)

    def _show_edges(self, edges: Edges | None) -> None:
        trace, marking = self.pane.review_trace, self._marked is not None
        if trace.edges != edges or edges is None:
            trace.show_edges(edges, marking=marking)

    def _take_verdict(self, verdict: Verdict) -> None:
        if not self.reviewer:
            self._waiting = verdict
            self.ask_reviewer()
        else:
            self._log(verdict)
            self._refresh()

    def _log(self, verdict: Verdict) -> None:
        """Log a verdict in the reviewer's name."""
        try:
            logged = self._give(replace(verdict, reviewer=self.reviewer))
        except VigilError as error:
            self._complain(str(error))
            return
        self._book.add(logged)
        self.form.forget(logged.subject)
        was_marked = self._marked is not None and self._marked.subject == logged.subject
        if was_marked:
            self._marked = None
            self._refresh()
            self.cases.choose(logged.subject)
        self.show_status(texts.given(logged))

    def _drop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting = None
            self._complain(texts.REVIEWER_NEEDED)

    def _complain(self, text: str) -> None:
        self.status_line.show_text(text, theme.CAUTION_TEXT)
