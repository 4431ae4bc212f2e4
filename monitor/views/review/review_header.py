"""The lines at the top of the review window: which session, with what, and who reviews it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from monitor.views import texts
from monitor.views.header import add_cell, add_item
from monitor.views.labels import ElidedLabel
from monitor.views.review.facts import SessionFacts

__all__ = ["ReviewHeader"]


class ReviewHeader(QFrame):
    """Nothing of it tells who the patient is.

    Parameters
    ----------
    facts
        The session.
    """

    reviewer_asked = Signal()
    """Someone else wants to review."""

    def __init__(self, facts: SessionFacts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("header")
        name = ElidedLabel("value", facts.name, elide=Qt.TextElideMode.ElideMiddle)
        notice = ElidedLabel("caption", texts.NOTICE)
        self.untrained_badge = QLabel(texts.UNTRAINED_BADGE)
        self.untrained_badge.setObjectName("untrained")
        self.untrained_badge.setVisible(facts.weights == texts.UNTRAINED)
        self.change_button = QPushButton(texts.CHANGE_REVIEWER)
        self.change_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.change_button.clicked.connect(self.reviewer_asked)

        top = QHBoxLayout()
        top.setSpacing(20)
        identity = QVBoxLayout()
        identity.setSpacing(0)
        identity.addWidget(name)
        identity.addWidget(notice)
        top.addLayout(identity, 1)
        add_cell(top, texts.STARTED, "value", texts.date_text(facts.start_time))
        add_cell(top, texts.DURATION, "value", texts.session_text(facts.duration_s))
        top.addWidget(self.untrained_badge, 0, Qt.AlignmentFlag.AlignVCenter)
        self._reviewer = add_cell(top, texts.REVIEWER, "value", texts.NO_REVIEWER)
        self._reviewer.setMinimumWidth(90)
        top.addWidget(self.change_button)

        bottom = QHBoxLayout()
        bottom.setSpacing(6)
        n_broken = sum(not run.ended for run in facts.runs)
        add_item(bottom, texts.STATE, facts.state)
        add_item(bottom, texts.RUNS, texts.runs_text(len(facts.runs), n_broken))
        if facts.weights != texts.UNTRAINED:
            add_item(bottom, texts.WEIGHTS, facts.weights)
        if facts.conversions:
            add_item(bottom, texts.MONTAGE, "; ".join(facts.conversions))
        bottom.addStretch(1)

        column = QVBoxLayout(self)
        column.setContentsMargins(12, 5, 8, 5)
        column.setSpacing(2)
        column.addLayout(top)
        column.addLayout(bottom)

    def show_reviewer(self, name: str) -> None:
        """Show who reviews; empty: nobody yet."""
        self._reviewer.show_text(name or texts.NO_REVIEWER)
