"""Onset and end of an event as numbers, beside their clock times."""

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QGridLayout, QLabel, QPushButton, QWidget

from monitor.views import texts
from monitor.views.labels import ElidedLabel
from monitor.views.review.edges import Edge, Edges
from monitor.views.review.facts import SessionFacts

__all__ = ["EdgeFields"]

SFREQ = 256.0


class EdgeFields(QWidget):
    """Two fields in seconds since the session began, and the button that undoes.

    Parameters
    ----------
    facts
        The session.
    """

    changed = Signal(object)
    """:class:`Edges`, as they were typed."""

    def __init__(self, facts: SessionFacts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts = facts
        self._n_samples = round(facts.duration_s * SFREQ)
        self._edges: Edges | None = None
        self.fields = {edge: _seconds(facts) for edge in Edge}
        self.clocks = {edge: ElidedLabel("detail") for edge in Edge}
        self.reset_button = QPushButton(texts.RESET_EDGES)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        for row, (edge, words) in enumerate(
            ((Edge.ONSET, texts.ONSET), (Edge.OFFSET, texts.OFFSET))
        ):
            caption = QLabel(words)
            caption.setProperty("role", "caption")
            caption.setMinimumWidth(38)
            grid.addWidget(caption, row, 0)
            grid.addWidget(self.fields[edge], row, 1)
            grid.addWidget(self.clocks[edge], row, 2)
            self.fields[edge].valueChanged.connect(self._take)
        grid.addWidget(self.reset_button, 0, 3, 2, 1)
        grid.setColumnStretch(2, 1)

    def show_edges(self, edges: Edges | None) -> None:
        """Show an event; None: there is none."""
        self._edges = edges
        for edge, field in self.fields.items():
            blocker = QSignalBlocker(field)
            if edges is not None:
                sample = edges.onset if edge is Edge.ONSET else edges.offset
                field.setValue(sample / SFREQ)
            blocker.unblock()
            self.clocks[edge].show_text("" if edges is None else self._clock(edges, edge))

    def _take(self) -> None:
        edges = self._edges
        if edges is None:
            return
        # a field rounds to hundredths: the one that was not touched keeps its sample
        for edge, field in self.fields.items():
            known = edges.onset if edge is Edge.ONSET else edges.offset
            if round(known / SFREQ, 2) != field.value():
                edges = edges.moved(edge, round(field.value() * SFREQ), self._n_samples)
        self.changed.emit(edges)

    def _clock(self, edges: Edges, edge: Edge) -> str:
        sample = edges.onset if edge is Edge.ONSET else edges.offset
        moment = self._facts.clock(sample / SFREQ)
        clock = "" if moment is None else f"{moment:%H:%M:%S}.{moment.microsecond // 100_000}"
        if edge is Edge.ONSET:
            return clock
        length = texts.duration_text((edges.offset - edges.onset) / SFREQ)
        return f"{clock}  {length}".strip()


def _seconds(facts: SessionFacts) -> QDoubleSpinBox:
    field = QDoubleSpinBox()
    field.setRange(0.0, max(1.0, facts.duration_s))
    field.setDecimals(2)
    field.setMinimumWidth(110)
    field.setSingleStep(0.5)
    field.setSuffix(texts.SECONDS_SUFFIX)
    field.setToolTip(texts.EDGE_TIP)
    field.setKeyboardTracking(False)
    return field
