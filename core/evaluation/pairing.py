"""Which hypothesis belongs to which reference."""

from pathlib import Path

from core.evaluation.annotations import AnnotationError, Annotations
from core.evaluation.csv_bi import read_csv_bi
from core.evaluation.score import Scores, pool, score_pair
from core.evaluation.szcore_tsv import read_szcore_tsv

__all__ = ["annotation_files", "pair_paths", "read_annotations", "score_paths", "stem"]

PATTERNS = "NAME.csv_bi, NAME_events.tsv or NAME.tsv"

_EVENTS = "_events.tsv"
_SIDE_TABLES = ("channels", "electrodes", "joins", "scans", "sessions", "participants", "samples")
"""Tables that lie beside events in a BIDS data set and hold none."""


def stem(path: Path) -> str | None:
    """Name of the recording that a file annotates; None where it is no annotation file."""
    for ending in (_EVENTS, ".csv_bi", ".tsv"):
        if path.name.endswith(ending) and len(path.name) > len(ending):
            return path.name.removesuffix(ending)
    return None


def read_annotations(path: Path) -> Annotations:
    """Read a csv_bi file or an event table, told apart by the ending.

    Raises
    ------
    AnnotationError
        Where it is neither, or does not hold what it should.
    """
    if stem(path) is None:
        raise AnnotationError(f"{path}: not an annotation file (must be {PATTERNS})")
    return read_csv_bi(path) if path.suffix == ".csv_bi" else read_szcore_tsv(path)


def annotation_files(folder: Path, apart_from: Path | None = None) -> dict[str, Path]:
    """Find the annotation files in a folder and the folders in it.

    Parameters
    ----------
    folder
        Where to look. Hidden files and the side tables of BIDS data sets are passed over.
    apart_from
        A folder inside that is not looked into.

    Returns
    -------
    dict
        Paths by stem, sorted.

    Raises
    ------
    AnnotationError
        Where there is none, or two have one stem.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        if apart_from is not None and path.is_relative_to(apart_from):
            continue
        name = stem(path)
        if name is None or _is_side_table(path) or not path.is_file():
            continue
        if name in found:
            raise AnnotationError(f"{path}: {name} is there twice, also as {found[name]}")
        found[name] = path
    if not found:
        raise AnnotationError(f"{folder}: no annotation file in it ({PATTERNS})")
    return dict(sorted(found.items()))


def _is_side_table(path: Path) -> bool:
    return path.suffix == ".tsv" and path.stem.rpartition("_")[2] in _SIDE_TABLES


def pair_paths(ref: Path, hyp: Path) -> list[tuple[Path, Path]]:
    """Pair references with hypotheses.

    Parameters
    ----------
    ref, hyp
        A file or a folder each. Two files are a pair whatever their names; where a folder is
        involved, files are paired by their stems.

    Returns
    -------
    list
        Pairs of reference and hypothesis, sorted by stem.

    Raises
    ------
    AnnotationError
        Where a path is missing, a folder holds nothing, a stem comes twice, or a file has no
        partner.
    """
    for path in (ref, hyp):
        if not path.exists():
            raise AnnotationError(f"{path}: no such file or folder")
    if ref.is_file() and hyp.is_file():
        return [(ref, hyp)]
    refs, hyps = _by_stem(ref, apart_from=hyp), _by_stem(hyp, apart_from=ref)
    for mine, others, where in ((refs, hyps, hyp), (hyps, refs, ref)):
        for name, path in mine.items():
            if name not in others:
                raise AnnotationError(f"{path}: no partner for {name} in {where}")
    return [(path, hyps[name]) for name, path in refs.items()]


def _by_stem(path: Path, apart_from: Path) -> dict[str, Path]:
    if path.is_dir():
        inside = path != apart_from and apart_from.is_relative_to(path)
        return annotation_files(path, apart_from if inside else None)
    name = stem(path)
    if name is None:
        raise AnnotationError(f"{path}: not an annotation file (must be {PATTERNS})")
    return {name: path}


def score_paths(ref: Path, hyp: Path) -> Scores:
    """Read, pair and score files or folders.

    Raises
    ------
    AnnotationError
        As :func:`pair_paths`, :func:`read_annotations` and
        :func:`~core.evaluation.score.score_pair` do.
    """
    return pool(
        score_pair(read_annotations(ref_path), read_annotations(hyp_path))
        for ref_path, hyp_path in pair_paths(ref, hyp)
    )
