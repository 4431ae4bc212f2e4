"""The table of cases."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont

from monitor.alarm import AlarmState
from monitor.archive.history import Verdict
from monitor.views import texts, theme
from monitor.views.alarm_tables import PlainTable
from monitor.views.review.cases import Case, CaseKind, latest_by_reviewer
from monitor.views.review.facts import SessionFacts
from monitor.views.review.verdict_strip import finding_colour

__all__ = ["TEXT_COLUMN", "CaseTable"]

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
ROOT = QModelIndex()
_MINE = 5
TEXT_COLUMN = 3
"""Where the words of what cannot be judged begin; they go on to the last column."""


class CaseTable(PlainTable):
    """Alarms, missed seizures, technical alarms and notes, in the order of time.

    Parameters
    ----------
    facts
        For the clock.
    """

    columns = texts.CASE_COLUMNS

    def __init__(self, facts: SessionFacts) -> None:
        super().__init__()
        self._facts = facts
        self._cases: tuple[Case, ...] = ()
        self._reviewer = ""

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802 - Qt's name
        return 0 if parent.isValid() else len(self._cases)

    def row_at(self, row: int) -> Case:
        """Return what stands in a row."""
        return self._cases[row]

    def show(self, cases: Sequence[Case], reviewer: str) -> None:
        """Replace the rows; while they are about the same, the selection stays."""
        same = [_identity(case) for case in cases] == [_identity(case) for case in self._cases]
        if same:
            self._cases, self._reviewer = tuple(cases), reviewer
            if cases:
                self.dataChanged.emit(
                    self.index(0, 0), self.index(len(cases) - 1, len(self.columns) - 1)
                )
            return
        self.beginResetModel()
        self._cases, self._reviewer = tuple(cases), reviewer
        self.endResetModel()

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        case = self._cases[index.row()]
        if role == Role.DisplayRole:
            cells = self._cells(case)
            return cells[index.column()] if index.column() < len(cells) else ""
        if role == Role.ToolTipRole:
            return case.text or "\n".join(map(texts.verdict_bar, case.verdicts))
        if role == Role.FontRole and case.can_be_judged and case.by(self._reviewer) is None:
            return _bold()
        return self._colour(case, index.column(), role)

    def _colour(self, case: Case, column: int, role: int) -> QColor | None:
        own = case.by(self._reviewer)
        if role == Role.DecorationRole and column == _MINE and own is not None:
            return QColor(finding_colour(own.finding))
        if role == Role.ForegroundRole:
            faint = not case.can_be_judged or case.state == AlarmState.RETRACTED
            return QColor(theme.TEXT_DIM if faint else theme.TEXT)
        return None

    def _cells(self, case: Case) -> tuple[str, ...]:
        moment = self._facts.clock(case.onset_s)
        own = case.by(self._reviewer)
        others = [
            verdict
            for name, verdict in latest_by_reviewer(case.verdicts).items()
            if name != self._reviewer
        ]
        clock = texts.session_text(case.onset_s) if moment is None else f"{moment:%H:%M:%S}"
        if not case.can_be_judged:
            is_note = case.kind is CaseKind.NOTE
            length = "" if is_note else texts.duration_text(case.duration_s)
            return clock, texts.NOTE_CASE if is_note else texts.TECHNICAL_CASE, length, _words(case)
        return (
            clock,
            texts.case_name(case.subject),
            texts.duration_text(case.duration_s),
            "" if case.peak is None else f"{case.peak:.2f}",
            case.state,
            "" if own is None else texts.FINDING_SHORT[own.finding],
            _together(others),
        )


def _identity(case: Case) -> tuple[object, ...]:
    return case.kind, case.subject, case.text, case.onset_s


def _words(case: Case) -> str:
    """Return the words of a technical alarm or note; of a note, also who wrote it."""
    return f"{case.text} ({case.state})" if case.state else case.text


def _together(verdicts: Sequence[Verdict]) -> str:
    """Write what several said, each finding once."""
    return ", ".join(dict.fromkeys(texts.FINDING_SHORT[verdict.finding] for verdict in verdicts))


def _bold() -> QFont:
    font = QFont()
    font.setPixelSize(theme.FONT_TEXT_PX)
    font.setBold(True)
    return font
