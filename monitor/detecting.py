"""Offline detection over files: the same pipeline, a whole recording in one go."""

import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from core.config import Config
from core.detector import WindowScorer
from core.errors import RecordingError, VigilError
from core.evaluation.annotations import annotate
from core.evaluation.csv_bi import write_csv_bi
from core.evaluation.szcore_tsv import write_szcore_tsv
from core.io.edf import Recording, check_channels, open_recording
from core.model.builtin import weights_file
from core.model.engine import TorchEngine, load_engine
from core.montage import plan_montage
from core.stream import split
from monitor.offline import check_batch, detect_ahead
from monitor.progress import progress_bar

__all__ = ["detect_recordings", "find_recordings"]

_SUFFIXES = (".edf", ".bdf")
_CHUNK_S = 10.0


def find_recordings(inputs: Sequence[Path]) -> list[tuple[Path, Path]]:
    """List recordings, each with the folder its results go to, relative to the output folder.

    A folder is searched at any depth, and the results keep its structure.

    Raises
    ------
    RecordingError
        Where a folder holds no recording, or two recordings would share one result file.
    """
    found: list[tuple[Path, Path]] = []
    for path in inputs:
        if not path.is_dir():
            found.append((path, Path()))
            continue
        inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in _SUFFIXES)
        if not inside:
            raise RecordingError(f"{path}: holds no recording (.edf or .bdf)")
        found += [(p, p.parent.relative_to(path)) for p in inside]
    seen: dict[Path, Path] = {}
    for path, folder in found:
        result = folder / _stem(path)
        if result in seen:
            raise RecordingError(f"{path}: would write the same result file as {seen[result]}")
        seen[result] = path
    return found


def detect_recordings(
    recordings: Sequence[tuple[Path, Path]],
    out: Path,
    *,
    output_format: str,
    config: Config,
    weights: Path | None,
    split_seed: int | None,
    jobs: int = 1,
    batch: int = 1,
) -> tuple[list[dict[str, Any]], list[str]]:
    """Detect seizures and write one event file a recording.

    Parameters
    ----------
    recordings
        Of :func:`find_recordings`.
    out
        Output folder, made where it does not exist.
    output_format
        ``tsv`` or ``csv_bi``.
    config, weights
        As for the monitor.
    split_seed
        Feed pieces of random length; the results must not change.
    jobs
        Windows that are scored at the same time: in as many processes, each for whole recordings,
        or, where there are fewer recordings than that, in several threads of one.
    batch
        Windows that a GPU scores at once. More than one may change the last digits.

    Returns
    -------
    results
        One summary for every recording that could be analysed, in their order.
    failures
        One line for every one that could not.

    Raises
    ------
    VigilError
        Where the output folder or the weights cannot be used, or the engine takes no batches.
    """
    _make_folder(out)  # before hours of work that could not be kept
    weights = weights_file(weights, config.model.preset)
    scorer = load_engine(config, weights)
    check_batch(scorer, batch)
    n_processes = min(jobs, len(recordings))
    work = partial(
        _analyse,
        out=out,
        output_format=output_format,
        config=config,
        split_seed=split_seed,
        # A GPU has one set of buffers; the line-length detector remembers the patient.
        n_threads=jobs // max(1, n_processes) if isinstance(scorer, TorchEngine) else 1,
        batch=batch,
    )
    if n_processes <= 1:
        outcomes = [work(path, folder, scorer, shows_bar=True) for path, folder in recordings]
    else:
        make_scorer = partial(load_engine, config, weights)
        outcomes = _in_processes(recordings, work, make_scorer, n_processes)
    results = [outcome for outcome in outcomes if not isinstance(outcome, str)]
    return results, [outcome for outcome in outcomes if isinstance(outcome, str)]


def _in_processes(
    recordings: Sequence[tuple[Path, Path]],
    work: Callable[..., dict[str, Any] | str],
    make_scorer: Callable[[], WindowScorer],
    n_processes: int,
) -> list[dict[str, Any] | str]:
    sizes = [path.stat().st_size if path.is_file() else 0 for path, _ in recordings]
    total, done = max(1, sum(sizes)), 0
    outcomes: dict[int, dict[str, Any] | str] = {}
    pool = ProcessPoolExecutor(
        n_processes,
        multiprocessing.get_context("spawn"),
        _begin_worker,
        (make_scorer,),
    )
    try:
        with progress_bar(f"{len(recordings)} recordings") as progress:
            # Longest first, so that the last one does not keep all others waiting.
            order = sorted(range(len(recordings)), key=lambda k: -sizes[k])
            futures = {pool.submit(_work, work, *recordings[k]): k for k in order}
            for future in as_completed(futures):
                k = futures[future]
                outcomes[k] = future.result()
                done += sizes[k]
                progress(done / total)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return [outcomes[k] for k in range(len(recordings))]


_scorers: list[WindowScorer] = []
"""The network of a worker process, made once."""


def _begin_worker(make_scorer: Callable[[], WindowScorer]) -> None:
    _scorers[:] = [make_scorer()]


def _work(
    work: Callable[..., dict[str, Any] | str], path: Path, folder: Path
) -> dict[str, Any] | str:
    return work(path, folder, _scorers[0], shows_bar=False)


def _analyse(
    path: Path,
    folder: Path,
    scorer: WindowScorer,
    *,
    out: Path,
    output_format: str,
    config: Config,
    split_seed: int | None,
    n_threads: int,
    batch: int,
    shows_bar: bool,
) -> dict[str, Any] | str:
    """Summary of a recording, or one line that says why there is none."""
    try:
        with open_recording(path) as recording:
            result = _detect_one(
                recording,
                config,
                scorer,
                split_seed,
                n_threads=n_threads,
                batch=batch,
                shows_bar=shows_bar,
            )
        _write(out / folder, path, result, recording, output_format)
    except VigilError as error:
        text = str(error)
        return text if path.name in text else f"{path}: {text}"
    result["events"] = [[e.onset_s, e.offset_s, e.peak] for e in result["events"]]
    return result


def _detect_one(
    recording: Recording,
    config: Config,
    scorer: WindowScorer,
    split_seed: int | None,
    *,
    n_threads: int,
    batch: int,
    shows_bar: bool,
) -> dict[str, Any]:
    info = recording.info
    plan = plan_montage(info.ch_names, config.montage)
    check_channels(recording, [info.ch_names[i] for i in plan.source_channels])
    began = time.perf_counter()
    chunks = recording.chunks(chunk_s=_CHUNK_S)
    total = max(1.0, recording.n_samples / info.sfreq * config.conditioning.sfreq)
    with progress_bar(info.name) if shows_bar else nullcontext(_no_bar) as progress:
        detection = detect_ahead(
            chunks if split_seed is None else split(chunks, split_seed),
            info,
            config,
            scorer,
            n_threads=n_threads,
            batch=batch,
            watch=lambda sample: progress(min(1.0, sample / total)),
        )
    wall_s = time.perf_counter() - began
    sfreq = config.conditioning.sfreq
    duration_s = detection.n_samples / sfreq
    return {
        "file": str(recording.path),
        "duration_s": duration_s,
        "n_windows": detection.n_windows,
        "events": detection.events,
        "gaps": [[gap.start_sample / sfreq, gap.stop_sample / sfreq] for gap in detection.gaps],
        "complete": recording.complete,
        "shortfall": recording.shortfall,
        "wall_s": wall_s,
        "real_time_factor": duration_s / wall_s if wall_s > 0 else 0.0,
        "engine": scorer.name,
        "weights": scorer.weights,
        "config_hash": config.hash,
        "probabilities_sha256": detection.probabilities_sha256,
        "notes": list(plan.notes),
    }


def _no_bar(_share: float) -> None:
    """Show nothing: in other processes, where bars would overwrite each other."""


def _write(
    folder: Path, path: Path, result: dict[str, Any], recording: Recording, output_format: str
) -> None:
    _make_folder(folder)
    stem = _stem(path)
    events = annotate(result["events"], recording.duration_s, stem, recording.info.start_time)
    if output_format == "tsv":
        target = folder / f"{stem}_events.tsv"
        write_szcore_tsv(events, target)
    else:
        target = folder / f"{stem}.csv_bi"
        write_csv_bi(events, target)
    result["written"] = str(target)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordingError(
            f"{folder}: output folder cannot be made ({error.strerror})"
        ) from error


def _stem(path: Path) -> str:
    return path.stem.removesuffix("_eeg")
