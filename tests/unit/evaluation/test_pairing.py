from pathlib import Path

import pytest

from core.errors import VigilError
from core.evaluation import Annotations, Span
from core.evaluation.csv_bi import write_csv_bi
from core.evaluation.pairing import pair_paths, read_annotations, score_paths, stem
from core.evaluation.szcore_tsv import write_szcore_tsv


def seizure(duration_s: float = 60.0) -> Annotations:
    return Annotations(duration_s, (Span(10.0, 20.0),))


def csv_bi(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_csv_bi(seizure(), path)
    return path


def tsv(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_szcore_tsv(seizure(), path)
    return path


def test_stem_is_the_name_of_the_recording() -> None:
    names = ("a.csv_bi", "a_events.tsv", "a.tsv", "a.csv", ".tsv", "_events.tsv", "sub-1_x.csv_bi")
    stems = ["a", "a", "a", None, None, "_events", "sub-1_x"]
    assert [stem(Path(name)) for name in names] == stems


def test_formats_are_paired_by_stem_in_folders_of_folders(tmp_path: Path) -> None:
    ref, hyp = tmp_path / "ref", tmp_path / "hyp"
    csv_bi(ref / "b.csv_bi")
    tsv(ref / "sub" / "a_events.tsv")
    tsv(hyp / "b.tsv")
    csv_bi(hyp / "a.csv_bi")
    (ref / "participants.tsv").write_text("participant_id\n")
    (ref / "sub" / "a_channels.tsv").write_text("name\n")
    (ref / ".cache.csv_bi").write_text("")
    (ref / "readme.txt").write_text("")
    names = [(one.name, other.name) for one, other in pair_paths(ref, hyp)]
    assert names == [("a_events.tsv", "a.csv_bi"), ("b.csv_bi", "b.tsv")]
    scores = score_paths(ref, hyp)
    assert scores.n_files == 2
    assert scores.rates["TAES"]["seiz"].sensitivity == 1.0


def test_two_files_are_a_pair_whatever_their_names(tmp_path: Path) -> None:
    ref, hyp = csv_bi(tmp_path / "expert.csv_bi"), tsv(tmp_path / "detector.tsv")
    assert pair_paths(ref, hyp) == [(ref, hyp)]


def test_hypotheses_inside_the_reference_folder_are_kept_apart(tmp_path: Path) -> None:
    csv_bi(tmp_path / "a.csv_bi")
    csv_bi(tmp_path / "hyp" / "a.csv_bi")
    assert len(pair_paths(tmp_path, tmp_path / "hyp")) == 1
    assert len(pair_paths(tmp_path / "hyp", tmp_path)) == 1
    assert len(pair_paths(tmp_path / "hyp", tmp_path / "hyp")) == 1


@pytest.mark.parametrize("missing_in", ["ref", "hyp"])
def test_file_without_partner_is_named(tmp_path: Path, missing_in: str) -> None:
    for side in ("ref", "hyp"):
        csv_bi(tmp_path / side / "a.csv_bi")
        if side != missing_in:
            csv_bi(tmp_path / side / "lonely.csv_bi")
    with pytest.raises(VigilError, match=r"lonely.csv_bi: no partner for lonely in "):
        pair_paths(tmp_path / "ref", tmp_path / "hyp")


def test_file_against_folder_is_paired_by_stem(tmp_path: Path) -> None:
    ref = csv_bi(tmp_path / "a.csv_bi")
    hyp = csv_bi(tmp_path / "hyp" / "a.csv_bi")
    assert pair_paths(ref, hyp.parent) == [(ref, hyp)]
    csv_bi(tmp_path / "hyp" / "b.csv_bi")
    with pytest.raises(VigilError, match=r"b.csv_bi: no partner"):
        pair_paths(ref, hyp.parent)


def test_stem_that_comes_twice(tmp_path: Path) -> None:
    csv_bi(tmp_path / "a.csv_bi")
    tsv(tmp_path / "a_events.tsv")
    with pytest.raises(VigilError, match=r"a_events.tsv: a is there twice, also as .*a.csv_bi"):
        pair_paths(tmp_path, csv_bi(tmp_path / "other" / "a.csv_bi"))


def test_paths_that_hold_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    file = csv_bi(tmp_path / "a.csv_bi")
    with pytest.raises(VigilError, match="no annotation file in it"):
        pair_paths(folder, file)
    with pytest.raises(VigilError, match="no such file or folder"):
        pair_paths(file, tmp_path / "nowhere")
    other = tmp_path / "a.txt"
    other.write_text("")
    with pytest.raises(VigilError, match="not an annotation file"):
        read_annotations(other)
    with pytest.raises(VigilError, match="not an annotation file"):
        pair_paths(other, folder)
