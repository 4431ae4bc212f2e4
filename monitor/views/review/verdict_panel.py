"""The form that a verdict is given with."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QMoveEvent, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.evaluation.seizure_types import SEIZURE_TYPES
from monitor.archive.history import Finding, Verdict
from monitor.views import texts, theme
from monitor.views.labels import ElidedLabel
from monitor.views.review.attribution_view import AttributionView
from monitor.views.review.cases import Case, CaseKind
from monitor.views.review.draft import Draft
from monitor.views.review.edge_fields import EdgeFields
from monitor.views.review.edges import Edge, Edges
from monitor.views.review.facts import SessionFacts

__all__ = ["VerdictPanel"]

SFREQ = 256.0
MAX_COMMENT = 500


class VerdictPanel(QFrame):
    """Finding, seizure type, onset and end, comment, and what was said before.

    What was changed without a verdict stays with its case until the window is closed.

    Parameters
    ----------
    facts
        The session.
    """

    given = Signal(object)
    """A :class:`Verdict` that is to be logged."""

    edges_changed = Signal(object)
    refused = Signal(str)

    def __init__(self, facts: SessionFacts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._facts = facts
        self._n_samples = round(facts.duration_s * SFREQ)
        self._case: Case | None = None
        self._is_new = False
        self._reviewer = ""
        self._drafts: dict[str, Draft] = {}
        self.title = ElidedLabel("section", texts.NO_SUBJECT)
        self.attribution = AttributionView()
        self.buttons = {finding: _button(text) for finding, text in texts.FINDING_BUTTONS.items()}
        self.type_box = QComboBox()
        for code in SEIZURE_TYPES:
            self.type_box.addItem(texts.type_entry(code), code)
        self.type_box.setAccessibleName(texts.SEIZURE_TYPE)
        self.type_box.setMaxVisibleItems(18)
        self.type_box.setMinimumContentsLength(20)
        shorten = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.type_box.setSizeAdjustPolicy(shorten)
        self.edge_fields = EdgeFields(facts)
        self.comment_field = QLineEdit()
        self.comment_field.setPlaceholderText(texts.COMMENT_PLACEHOLDER)
        self.comment_field.setMaxLength(MAX_COMMENT)
        self.unsaved = ElidedLabel("detail")
        self.save_button = QPushButton(texts.SAVE_CHANGES)
        self.history = QPlainTextEdit()
        self.history.setReadOnly(True)
        self.history.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._lay_out()
        self._connect()
        self.show_case(None, "")

    def moveEvent(self, event: QMoveEvent) -> None:  # noqa: N802 - Qt's name
        # It stands at the bottom: whatever changes the window's height moves or resizes it.
        super().moveEvent(event)
        self.attribution.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self.attribution.fit()

    def _lay_out(self) -> None:
        verdicts = QHBoxLayout()
        for button in self.buttons.values():
            verdicts.addWidget(button, 1)
        kind = QHBoxLayout()
        kind.setSpacing(8)
        kind.addWidget(_caption(texts.SEIZURE_TYPE))
        kind.addWidget(self.type_box, 1)
        below = QHBoxLayout()
        below.addWidget(self.unsaved, 1)
        below.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(6)
        column.addWidget(self.title)
        column.addWidget(self.attribution)
        column.addLayout(verdicts)
        column.addLayout(kind)
        column.addWidget(self.edge_fields)
        column.addWidget(self.comment_field)
        column.addLayout(below)
        column.addWidget(self.history, 1)
        self.history.setMinimumHeight(60)
        self.history.setMaximumHeight(130)

    def _connect(self) -> None:
        for finding, button in self.buttons.items():
            button.clicked.connect(lambda _=False, finding=finding: self.give(finding))
        self.type_box.activated.connect(self._take_type)
        self.edge_fields.changed.connect(self.set_edges)
        self.edge_fields.reset_button.clicked.connect(self.reset_edges)
        self.comment_field.textEdited.connect(self._take_comment)
        self.save_button.clicked.connect(self.save)

    @property
    def draft(self) -> Draft | None:
        """What stands in the form; None where no case can be judged."""
        case = self._case
        if case is None or not case.can_be_judged:
            return None
        return self._drafts.get(case.subject) or Draft.of(case, self._reviewer)

    @property
    def unsaved_subjects(self) -> list[str]:
        """Cases with changes that no verdict was given with."""
        return list(self._drafts)

    def show_case(self, case: Case | None, reviewer: str, *, is_new: bool = False) -> None:
        """Show a case, and what this reviewer said of it.

        Parameters
        ----------
        case
            None: none is chosen.
        reviewer
            Who is in front of the screen.
        is_new
            Whether it is a stretch that is being marked.
        """
        if self._reviewer not in ("", reviewer):
            self._drafts.clear()
        self._case, self._reviewer, self._is_new = case, reviewer, is_new
        judged = case is not None and case.can_be_judged
        inputs = (self.type_box, self.edge_fields, self.comment_field)
        for widget in (*self.buttons.values(), *inputs):
            widget.setEnabled(judged)
        self.title.show_text(self._title())
        self.attribution.show_case(case)
        lines = [self._line(verdict) for verdict in reversed(case.verdicts)] if case else []
        self.history.setPlainText("\n".join(lines) or (texts.NO_VERDICT if judged else ""))
        self._show_draft()

    def forget(self, subject: str) -> None:
        """Drop what was changed of a case."""
        self._drafts.pop(subject, None)

    def give(self, finding: Finding) -> None:
        """Give a verdict with what stands in the form."""
        draft = self.draft
        # what is shown is what was logged, not what was clicked
        self._show_draft()
        if draft is None or self._case is None:
            self.refused.emit(texts.NO_SUBJECT)
        elif self._is_new and finding is Finding.NO_SEIZURE:
            self.refused.emit(texts.MISSED_IS_SEIZURE)
        else:
            self.given.emit(draft.verdict(self._case.subject, finding, self._reviewer))

    def save(self) -> None:
        """Give the last verdict again, with what was changed."""
        draft = self.draft
        if draft is not None and draft.finding is not None:
            self.give(draft.finding)
        else:
            self.refused.emit(texts.NO_VERDICT)

    def move_edge(self, edge: Edge, sample: int) -> None:
        """Put an edge elsewhere."""
        draft = self.draft
        if draft is not None:
            self.set_edges(draft.edges.moved(edge, sample, self._n_samples))

    def shift_edge(self, edge: Edge, seconds: float) -> None:
        """Move an edge by so many seconds; negative is earlier."""
        draft = self.draft
        if draft is not None:
            sample = draft.edges.onset if edge is Edge.ONSET else draft.edges.offset
            self.move_edge(edge, sample + round(seconds * SFREQ))

    def set_edges(self, edges: Edges) -> None:
        """Take onset and end, as they were dragged."""
        draft = self.draft
        if draft is not None and draft.edges != edges:
            self._keep(replace(draft, edges=edges))
            self._show_draft()

    def reset_edges(self) -> None:
        """Take onset and end as the alarm has them."""
        if self.draft is not None and self._case is not None:
            self.set_edges(Draft.of(replace(self._case, verdicts=()), self._reviewer).edges)

    def _take_type(self) -> None:
        if (draft := self.draft) is not None:
            self._keep(replace(draft, seizure_type=self.type_box.currentData()))
            self._show_state()

    def _take_comment(self) -> None:
        if (draft := self.draft) is not None:
            self._keep(replace(draft, comment=self.comment_field.text()))
            self._show_state()

    def _keep(self, draft: Draft) -> None:
        assert self._case is not None
        if draft == Draft.of(self._case, self._reviewer):
            self._drafts.pop(self._case.subject, None)
        else:
            self._drafts[self._case.subject] = draft

    def _show_draft(self) -> None:
        draft = self.draft
        blockers = [QSignalBlocker(widget) for widget in (self.type_box, self.comment_field)]
        if draft is not None:
            self.type_box.setCurrentIndex(max(0, self.type_box.findData(draft.seizure_type)))
            if self.comment_field.text() != draft.comment:
                self.comment_field.setText(draft.comment)
        else:
            self.comment_field.clear()
        del blockers
        self.edge_fields.show_edges(None if draft is None else draft.edges)
        self._show_state()
        self.edges_changed.emit(None if draft is None else draft.edges)

    def _show_state(self) -> None:
        """Show which verdict stands, and whether anything was changed since."""
        draft, case = self.draft, self._case
        for finding, button in self.buttons.items():
            button.setChecked(draft is not None and draft.finding is finding)
        changed = case is not None and case.subject in self._drafts
        self.unsaved.show_text(texts.NOT_GIVEN if changed else "", theme.CAUTION_TEXT)
        self.save_button.setEnabled(changed and draft is not None and draft.finding is not None)

    def _title(self) -> str:
        case = self._case
        if case is None or not case.can_be_judged:
            return texts.NO_SUBJECT
        moment = self._facts.clock(case.onset_s)
        clock = texts.session_text(case.onset_s) if moment is None else f"{moment:%H:%M:%S}"
        words = [texts.case_name(case.subject), clock, texts.duration_text(case.duration_s)]
        if case.kind is CaseKind.ALARM and case.peak is not None:
            words += [f"peak {case.peak:.2f}", case.state]
        return " \u00b7 ".join(words)

    def _line(self, verdict: Verdict) -> str:
        when = verdict.logged_utc
        day = "" if when is None else f"{when.astimezone():%d %b %H:%M}  "
        length = texts.duration_text(verdict.offset_s - verdict.onset_s)
        moment = self._facts.clock(verdict.onset_s)
        onset = texts.session_text(verdict.onset_s) if moment is None else f"{moment:%H:%M:%S}"
        comment = f"  \u201c{verdict.comment}\u201d" if verdict.comment else ""
        words = texts.finding_words(verdict)
        return f"{day}{verdict.reviewer}: {words}, {onset}, {length}{comment}"


def _button(text: str) -> QPushButton:
    button = QPushButton(text)
    button.setCheckable(True)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return button


def _caption(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "caption")
    label.setMinimumWidth(38)
    return label
