"""What a training writes down as it goes: CSV, and TensorBoard where it is installed."""

import csv
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from core.evaluation.curves import SCORERS
from core.training.dev_pass import DevScores
from core.training.settings import TrainingSettings
from core.training.state import Progress, StateError

__all__ = ["Journal", "epoch_row"]

_STEPS = ("step", "epoch", "loss", "grad_norm", "lr", "skipped")
_EPOCHS = (
    "epoch",
    "step",
    "crop_s",
    "loss",
    "dev_loss",
    "auroc",
    "auprc",
    "taes",
    "ovlp",
    "szcore",
    "best",
    "skipped",
    "wall_s",
)


class Journal:
    """Two tables, ``steps.csv`` and ``epochs.csv``, and events for TensorBoard.

    Parameters
    ----------
    folder
        Of the training.
    step
        Where the training stands: rows from there on are dropped, they will be written again.

    Raises
    ------
    StateError
        Where a table cannot be written; so does every method.
    """

    def __init__(self, folder: Path, step: int) -> None:
        self._steps = _Table(folder / "steps.csv", _STEPS, step)
        self._epochs = _Table(folder / "epochs.csv", _EPOCHS, step)
        self.tensorboard = True
        self._writer: Any = None
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            self.tensorboard = False
            return
        self._writer = SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1)

    def add_step(self, row: Mapping[str, float]) -> None:
        """Note one optimiser step; keys as the columns of ``steps.csv``."""
        self._steps.add(row)
        self._plot("train", row, int(row["step"]))

    def add_epoch(self, row: Mapping[str, float]) -> None:
        """Note one dev pass; keys as the columns of ``epochs.csv``."""
        self._epochs.add(row)
        self._plot("dev", row, int(row["step"]))

    def close(self) -> None:
        self._steps.close()
        self._epochs.close()
        if self._writer is not None:
            self._writer.close()

    def _plot(self, group: str, row: Mapping[str, float], step: int) -> None:
        if self._writer is not None:
            for name, value in row.items():
                if math.isfinite(value):
                    self._writer.add_scalar(f"{group}/{name}", value, step)


def epoch_row(
    settings: TrainingSettings,
    progress: Progress,
    epoch: int,
    scores: DevScores | None,
    wall_s: float,
) -> dict[str, float]:
    """Make the row of an epoch, counted from 0, for :meth:`Journal.add_epoch`."""
    row: dict[str, float] = {
        "epoch": epoch,
        "step": progress.step,
        "crop_s": settings.crop_s(epoch),
        "loss": progress.epoch_loss / settings.steps_per_epoch,
        "dev_loss": scores.loss if scores else math.nan,
        "auroc": scores.auroc if scores else math.nan,
        "auprc": scores.auprc if scores else math.nan,
        "best": float(progress.best_epoch == epoch),
        "skipped": progress.skipped,
        "wall_s": round(wall_s, 1),
    }
    return row | {name: scores.sensitivity[name] if scores else math.nan for name in SCORERS}


class _Table:
    def __init__(self, path: Path, columns: tuple[str, ...], step: int) -> None:
        self._path = path
        self._file: TextIO | None = None
        with self._writing():
            kept = _read_rows(path, step) if step and path.is_file() else []
            self._file = path.open("w", newline="", encoding="utf-8", buffering=1)
            self._writer = csv.DictWriter(self._file, columns, extrasaction="raise")
            self._writer.writeheader()
            self._writer.writerows(kept)

    def add(self, row: Mapping[str, float]) -> None:
        with self._writing():
            self._writer.writerow(row)

    def close(self) -> None:
        if self._file is not None:
            with self._writing():
                self._file.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if self._file is not None:
                with suppress(OSError):
                    self._file.close()
            raise StateError(f"{self._path}: cannot be written ({error.strerror})") from error


def _read_rows(path: Path, step: int) -> list[dict[str, str]]:
    """Rows up to a step; a last line that was torn lacks a value and is left out."""
    with path.open(newline="", encoding="utf-8") as file:
        whole = [row for row in csv.DictReader(file) if all(row.values())]
    return [row for row in whole if int(float(row["step"])) <= step]
