"""Scoring that goes on where the GPU fails."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from core.detector import WindowScorer, score_window
from core.model.cuda_engine import GpuLostError
from core.types import Probabilities, Window
from monitor.orders import EquipmentReport

__all__ = ["FailoverScorer"]


class _Warming(WindowScorer, Protocol):
    """A network that likes to run once before its first window."""

    def warm_up(self) -> None: ...


@runtime_checkable
class _Replaceable(Protocol):
    """A network with a successor on the processor."""

    def on_cpu(self) -> _Warming: ...


class FailoverScorer:
    """Score windows; where the GPU is lost, go on with the same weights on the processor.

    The window that failed is scored again: none is missing. That detection now takes longer is a
    technical alarm, which stands until the end.

    Parameters
    ----------
    scorer
        The network.
    tell
        Whom to tell.

    Attributes
    ----------
    current
        The network that scores now.
    """

    def __init__(self, scorer: WindowScorer, tell: Callable[[EquipmentReport], None]) -> None:
        self.current = scorer
        self._tell = tell

    def reset(self) -> None:
        """Forget the previous patient."""
        self.current.reset()

    def score(self, window: Window) -> Probabilities:
        """Score a window.

        Raises
        ------
        GpuLostError
            Where the GPU is lost and nothing can take over.
        SignalError
            As the network says.
        """
        try:
            return score_window(self.current, window)
        except GpuLostError as error:
            if not isinstance(self.current, _Replaceable):
                raise
            sample = window.start_sample + window.n_valid
            fault = f"{str(error)[:1].upper()}{str(error)[1:]}; detection goes on without it"
            self._tell(EquipmentReport("engine", fault, sample))
            successor = self.current.on_cpu()
            successor.warm_up()
            successor.reset()
            self.current = successor
            return score_window(self.current, window)
