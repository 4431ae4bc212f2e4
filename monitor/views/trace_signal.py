"""What the traces show: the page of the montage, live, from the last hour, or recorded."""

from collections.abc import Sequence

from core.display_filter import DisplayFilter, DisplayFilterSettings
from core.display_montage import DisplayMontage
from core.electrodes import ELECTRODES
from core.stream import concatenate
from core.types import Chunk
from monitor.views.history import RecordedHistory, SignalHistory, row_validity
from monitor.views.sweep import TracePage
from monitor.views.time_axis import AxisMode, TimeAxis

__all__ = ["TraceSignal", "joined"]


class TraceSignal:
    """History, display filters, montage and page.

    Frozen, new samples still go into the history; the page stands still.

    Parameters
    ----------
    montage
        Rows to begin with.
    sfreq
        Sampling rate, Hz.
    page_s
        Seconds from the left edge to the right.
    recorded
        What is shown instead of a live stream; it stands still, and takes no samples.
    """

    def __init__(
        self,
        montage: DisplayMontage,
        sfreq: float,
        page_s: float,
        recorded: RecordedHistory | None = None,
    ) -> None:
        self.sfreq = sfreq
        self._live = SignalHistory(len(ELECTRODES), sfreq) if recorded is None else None
        self._recorded = recorded
        self.montage = montage
        self.filters = DisplayFilterSettings()
        self.frozen = recorded is not None
        self._mode = AxisMode.SWEEP if recorded is None else AxisMode.SCROLL
        self.axis = TimeAxis(round(page_s * sfreq), mode=self._mode)
        self.reload()

    @property
    def history(self) -> RecordedHistory:
        """All signal that can be scrolled to."""
        history = self._live or self._recorded
        assert history is not None
        return history

    @property
    def mode(self) -> AxisMode:
        """How the live page moves."""
        return self._mode

    def add_chunk(self, chunk: Chunk) -> tuple[int, int] | None:
        """Take new samples; return which samples of the page changed, None where none did."""
        history = self._live
        if history is None:
            return None
        before = history.stop if history.stop > history.start else None
        kept = history.write(chunk)
        if kept is None or self.frozen:
            return None
        first = kept.start_sample if before is None else before
        self.axis = self.axis.at(kept.stop_sample)
        if kept.start_sample != first:
            # a gap: what was skipped is unknown in the history
            first = max(first, self.axis.start)
            kept = history.read(min(first, kept.start_sample), kept.stop_sample)
        self._show(kept)
        return first, kept.stop_sample + self.axis.n_blank

    def set_page(self, n_page: int) -> None:
        """Set the samples from the left edge to the right."""
        self.axis = TimeAxis(n_page, self.axis.stop, self.axis.mode)
        self.reload()

    def set_mode(self, mode: AxisMode) -> None:
        """Set how the live page moves; a page that was scrolled to keeps its layout."""
        self._mode = mode
        if not self.frozen:
            self.axis = TimeAxis(self.axis.n_page, self.axis.stop, mode)
            self.reload()

    def set_montage(self, montage: DisplayMontage) -> None:
        """Derive other rows."""
        self.montage = montage
        self.reload()

    def set_filters(self, filters: DisplayFilterSettings) -> None:
        """Filter the traces otherwise; the detector does not notice."""
        self.filters = filters
        self.reload()

    def freeze(self) -> None:
        """Let the page stand still."""
        self.frozen = True

    def go_to(self, stop: int) -> None:
        """Freeze, and show the page that ends at ``stop``, or the nearest one there is."""
        self.frozen = True
        earliest = min(self.history.start + self.axis.n_page, self.history.stop)
        stop = max(earliest, min(stop, self.history.stop))
        self.axis = TimeAxis(self.axis.n_page, stop, AxisMode.SCROLL)
        self.reload()

    def go_live(self) -> None:
        """Show the newest page, and move on with it."""
        self.frozen = False
        self.axis = TimeAxis(self.axis.n_page, self.history.stop, self._mode)
        self.reload()

    def reload(self) -> None:
        """Fill the page from the history."""
        self.page = TracePage(self.montage.n_rows, self.axis.n_page)
        self._uses = self.montage.uses()
        self._filter = DisplayFilter(self.montage, self.filters, self.sfreq)
        settle_from = self.axis.start - round(self.filters.settling_s * self.sfreq)
        first = max(settle_from, self.history.start)
        if first < self.axis.stop:
            kept = self.history.read(first, self.axis.stop)
            self._show(kept, skip=max(0, self.axis.start - first))

    def _show(self, kept: Chunk, skip: int = 0) -> None:
        rows = self._filter.push(kept.data)
        valid = None if kept.valid is None else row_validity(self._uses, kept.valid)
        self.page.write(
            self.axis,
            kept.start_sample + skip,
            rows[:, skip:],
            None if valid is None else valid[:, skip:],
        )


def joined(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Join chunks that follow each other: one pass through the filters instead of many."""
    runs: list[list[Chunk]] = []
    for chunk in chunks:
        if runs and runs[-1][-1].stop_sample == chunk.start_sample:
            runs[-1].append(chunk)
        else:
            runs.append([chunk])
    return [concatenate(run) for run in runs]
