"""Asks who reviews."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from monitor.views import texts, theme

__all__ = ["MAX_NAME", "ReviewerDialog"]

MAX_NAME = 60


class ReviewerDialog(QDialog):
    """A name that is never empty.

    Parameters
    ----------
    name
        Who reviewed last.
    """

    named = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(texts.REVIEWER_TITLE)
        self.name_field = QLineEdit(name)
        self.name_field.setMaxLength(MAX_NAME)
        self.name_field.setAccessibleName(texts.REVIEWER)
        self.complaint = QLabel()
        self.complaint.setStyleSheet(f"color: {theme.CAUTION_TEXT}; font-weight: 700;")
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(10)
        column.addWidget(QLabel(texts.REVIEWER_QUESTION))
        column.addWidget(self.name_field)
        column.addWidget(self.complaint)
        column.addWidget(self.buttons)
        self.name_field.selectAll()
        self.name_field.setFocus()

    def accept(self) -> None:
        """Take the name, unless there is none."""
        name = " ".join(self.name_field.text().split())
        if not name:
            self.complaint.setText(texts.REVIEWER_EMPTY)
            self.name_field.setFocus()
            return
        self.named.emit(name)
        super().accept()
