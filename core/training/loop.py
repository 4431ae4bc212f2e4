"""The training loop: crops in, a checkpoint out."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import torch

from core.model.checkpoint import Calibration, load_checkpoint, save_checkpoint
from core.model.detection_network import DetectionNetwork
from core.model.network import build_network
from core.training.batches import Batches
from core.training.calibrate import fit_calibration
from core.training.crops import Crop, Material
from core.training.dev_pass import (
    DevScores,
    Stitched,
    dev_scores,
    hardest_background,
    run_network,
)
from core.training.journal import Journal, epoch_row
from core.training.optimisation import WeightAverage, make_optimizer
from core.training.processes import Processes
from core.training.settings import TrainingSettings
from core.training.state import Progress, load_state, save_state
from core.training.step import Stepper, autocast

__all__ = ["BEST", "STATE", "Training", "TrainingResult"]

BEST = "best.safetensors"
STATE = "state.safetensors"

Report = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a training came to.

    Attributes
    ----------
    weights
        The best epoch's checkpoint, calibrated.
    best_epoch
        Counted from 0.
    n_epochs, n_steps
        Done in all.
    skipped
        Steps left out because loss or gradient was not finite.
    scores
        Of the best epoch on dev; None without dev recordings.
    calibration
        Stored in the checkpoint.
    """

    weights: Path
    best_epoch: int
    n_epochs: int
    n_steps: int
    skipped: int
    scores: DevScores | None
    calibration: Calibration


class Training:
    """A training that can be cut off at any time and resumed.

    Everything random is drawn from the seed, the epoch and the step, never from what was drawn
    before: a resumed training takes the very steps that an unbroken one takes.

    Parameters
    ----------
    settings
        Everything that it can be told.
    train, dev
        Recordings; dev may hold none, and the last epoch then is the best.
    out
        Folder of checkpoint, state and journal.
    processes
        This process and its peers.
    identity
        What must agree on resuming.
    report
        Takes the share that is done and a line of text.
    """

    def __init__(
        self,
        settings: TrainingSettings,
        train: Material,
        dev: Material,
        out: Path,
        processes: Processes,
        identity: dict[str, str],
        report: Report = lambda _share, _text: None,
    ) -> None:
        self._settings = settings
        self._train, self._dev = train, dev
        self._out = out
        self._processes = processes
        self._identity = identity
        self._report = report if processes.leads else _silent
        optimisation = settings.optimisation
        torch.set_num_threads(settings.threads)
        self._network = build_network(settings.detector.model.preset, settings.seed)
        self._network.to(processes.device)
        self._optimizer = make_optimizer(self._network, optimisation)
        self._average: WeightAverage | None = None
        if optimisation.ema_decay:
            self._average = WeightAverage(self._network, optimisation.ema_decay)
        batches = Batches(settings, train, dev, processes.device)
        self._batches = batches
        self._stepper = Stepper(self._network, self._optimizer, batches, settings, processes)
        self._progress = Progress()

    def run(self, *, resume: bool = False) -> TrainingResult:
        """Train to the end.

        Raises
        ------
        StateError
            Where there is nothing to resume from, or it is another training's.
        NoSeizureError
            Where the training data hold no seizure.
        """
        if resume:
            average = self._average.network if self._average else None
            self._progress = load_state(
                self._out / STATE, self._network, average, self._optimizer, self._identity
            )
        journal = Journal(self._out, self._progress.step) if self._processes.leads else None
        try:
            settings = self._settings
            epoch = self._progress.step // settings.steps_per_epoch
            while epoch < settings.n_epochs and not self._progress.stopped:
                self._train_epoch(epoch, journal)
                self._finish_epoch(epoch, journal)
                epoch += 1
        finally:
            if journal is not None:
                journal.close()
        return self._finish()

    # one epoch ----------------------------------------------------------------------------------

    def _train_epoch(self, epoch: int, journal: Journal | None) -> None:
        settings, progress = self._settings, self._progress
        batches, weights = self._batches.of_epoch(epoch, progress.hard)
        first = progress.step - epoch * settings.steps_per_epoch
        for batch in batches[first:]:
            step = self._stepper.take(batch, progress.step, weights)
            if step.taken:
                if self._average is not None:
                    self._average.update(self._network, progress.step)
                progress.epoch_loss += step.loss
            else:
                progress.skipped += 1
            progress.step += 1
            if journal is not None:
                journal.add_step(
                    {
                        "step": progress.step,
                        "epoch": epoch,
                        "loss": step.loss,
                        "grad_norm": step.grad_norm,
                        "lr": step.lr,
                        "skipped": progress.skipped,
                    }
                )
            self._report(
                progress.step / settings.n_steps,
                f"epoch {epoch + 1}/{settings.n_epochs}, loss {step.loss:.3f}"
                + (f", {progress.skipped} steps skipped" if progress.skipped else ""),
            )
            # Not behind an epoch's last step: the state would say that its dev pass is over.
            over = progress.step % settings.steps_per_epoch == 0
            if progress.step % settings.checkpoint_steps == 0 and not over:
                self._save()

    def _autocast(self) -> AbstractContextManager[object]:
        return autocast(self._settings.optimisation, self._processes.device)

    # between epochs -----------------------------------------------------------------------------

    def _finish_epoch(self, epoch: int, journal: Journal | None) -> None:
        """Dev pass, best checkpoint, hard negatives, patience; the leader decides for all."""
        settings, progress = self._settings, self._progress
        self._processes.share_statistics(self._network)
        if self._average is not None:
            self._processes.share_statistics(self._average.network)
        if self._processes.leads:
            began = time.perf_counter()
            scores = None
            if self._dev.recordings:
                stitched = self._run(self._dev)
                scores = dev_scores(self._dev, stitched, settings.stopping.fa_per_24h)
                key = scores.key(settings.stopping.scorer)
                if key > progress.best or progress.best_epoch < 0:
                    progress.best, progress.best_epoch = key, epoch
                    self._keep(Calibration())
                progress.stopped = epoch - progress.best_epoch >= settings.stopping.patience
            else:
                progress.best_epoch = epoch
                self._keep(Calibration())
                stitched = []
            progress.hard = self._mine(epoch, stitched)
            if journal is not None:
                wall_s = time.perf_counter() - began
                row = epoch_row(settings, progress, epoch, scores, wall_s)
                journal.add_epoch(row)
                text = ", ".join(f"{k} {row[k]:.3f}" for k in ("loss", "auroc", "taes", "ovlp"))
                self._report(progress.step / settings.n_steps, f"epoch {epoch + 1}: {text}")
        self._progress = self._processes.from_leader(progress)
        self._progress.epoch_loss = 0.0
        self._save()

    def _mine(self, epoch: int, stitched: list[list[Stitched]]) -> list[Crop]:
        """Find the hard negatives for the next epoch, in crops of its length."""
        settings = self._settings
        mining = settings.sampler.mining
        if not mining.top_k or epoch + 1 >= settings.n_epochs:
            return []
        crop_samples = settings.crop_s(epoch + 1) * settings.detector.conditioning.sfreq
        if mining.source == "dev":
            return hardest_background(self._dev, stitched, crop_samples, mining.top_k)
        return hardest_background(self._train, self._run(self._train), crop_samples, mining.top_k)

    def _run(self, material: Material) -> list[list[Stitched]]:
        return run_network(self._judged, material, self._settings.stopping.stride_s, self._autocast)

    @property
    def _judged(self) -> DetectionNetwork:
        """The network that is judged and kept."""
        return self._average.network if self._average else self._network

    def _keep(self, calibration: Calibration) -> None:
        save_checkpoint(
            self._out / BEST,
            self._judged,
            self._settings.detector,
            calibration,
        )

    def _save(self) -> None:
        if self._processes.leads:
            average = self._average.network if self._average else None
            save_state(
                self._out / STATE,
                self._network,
                average,
                self._optimizer,
                self._progress,
                self._identity,
            )

    def _finish(self) -> TrainingResult:
        """Calibrate the best epoch's network and keep it so."""
        progress, settings = self._progress, self._settings
        calibration, scores = Calibration(), None
        if self._processes.leads:
            network, _ = load_checkpoint(self._out / BEST, settings.detector)
            network.to(self._processes.device)
            if self._dev.recordings:
                stitched = run_network(
                    network, self._dev, settings.detector.windows.stride_s, self._autocast
                )
                calibration = fit_calibration(self._dev, stitched)
                scores = dev_scores(self._dev, stitched, settings.stopping.fa_per_24h)
                save_checkpoint(self._out / BEST, network, settings.detector, calibration)
        calibration, scores = self._processes.from_leader((calibration, scores))
        return TrainingResult(
            weights=self._out / BEST,
            best_epoch=progress.best_epoch,
            n_epochs=progress.step // settings.steps_per_epoch,
            n_steps=progress.step,
            skipped=progress.skipped,
            scores=scores,
            calibration=calibration,
        )


def _silent(_share: float, _text: str) -> None:
    """Say nothing: one process reports for all."""
