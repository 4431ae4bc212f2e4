"""Discovery of data sets: whose recordings, and what is missing or doubled."""

from pathlib import Path

import pytest

from core.errors import VigilError
from core.evaluation.dataset import find_dataset

TABLE = (
    "onset\tduration\teventType\tconfidence\tchannels\tdateTime\trecordingDuration\n"
    "3.0\t4.0\tsz\tn/a\tn/a\tn/a\t60.0\n"
)
CSV_BI = (
    "# version = csv_v1.0.0\n# bname = {name}\n# duration = 60.0000 secs\n#\n"
    "channel,start_time,stop_time,label,confidence\nTERM,3.0000,7.0000,seiz,1.0000\n"
)


def add_bids(root: Path, subject: str, name: str = "task-a_run-00", session: str = "") -> Path:
    folder = root / f"sub-{subject}" / session / "eeg"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"sub-{subject}_{name}_eeg.edf"
    path.write_bytes(b"")
    (folder / f"sub-{subject}_{name}_events.tsv").write_text(TABLE)
    return path


def add_tusz(root: Path, folder: str, name: str) -> Path:
    path = root / folder / f"{name}.edf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    path.with_suffix(".csv_bi").write_text(CSV_BI.format(name=name))
    return path


def test_bids_with_sessions_participants_and_other_tables(tmp_path: Path) -> None:
    add_bids(tmp_path, "x1", session="ses-01")
    other = add_bids(tmp_path, "x2")
    (other.parent / "sub-x2_task-a_run-00_joins.tsv").write_text("onset\n0.0\n31.5\n")
    (other.parent / "sub-x2_task-a_run-00_channels.tsv").write_text("name\nFp1\n")
    (tmp_path / "participants.tsv").write_text("participant_id\tdataset\nsub-x2\tOne\n")
    first, second = find_dataset(tmp_path)
    assert (first.patient, first.dataset, first.joins_s) == ("x1", "unknown", ())
    assert (second.patient, second.dataset, second.joins_s) == ("x2", "One", (31.5,))
    assert second.annotations.seizures() == [(3.0, 7.0)]
    assert first.name == "sub-x1/ses-01/eeg/sub-x1_task-a_run-00_eeg.edf"


def test_without_participants_the_data_set_is_unknown(tmp_path: Path) -> None:
    add_bids(tmp_path, "x1")
    assert [each.dataset for each in find_dataset(tmp_path)] == ["unknown"]


def test_one_child_under_several_names(tmp_path: Path) -> None:
    for subject in ("chb01", "chb21", "chb17a", "chb17b", "chb02"):
        add_bids(tmp_path, subject)
    patients = [each.patient for each in find_dataset(tmp_path)]
    assert patients == ["chb01", "chb02", "chb17", "chb17", "chb01"]


def test_tree_of_csv_bi(tmp_path: Path) -> None:
    add_tusz(tmp_path, "dev/aaaaaasf/s001/01_tcp_ar", "aaaaaasf_s001_t000")
    add_tusz(tmp_path, "dev/aaaaaasf/s001/01_tcp_ar", "aaaaaasf_s001_t001")
    add_tusz(tmp_path, "other", "night")
    (tmp_path / "other" / "night.csv").write_text("per channel, not read")
    patients = [each.patient for each in find_dataset(tmp_path)]
    assert patients == ["aaaaaasf", "aaaaaasf", "night"]


def test_linked_folders_are_followed_once(tmp_path: Path) -> None:
    real = tmp_path / "elsewhere"
    add_bids(real, "x1")
    root = tmp_path / "data"
    root.mkdir()
    (root / "sub-x1").symlink_to(real / "sub-x1", target_is_directory=True)
    (real / "sub-x1" / "loop").symlink_to(real / "sub-x1", target_is_directory=True)
    assert len(find_dataset(root)) == 1


@pytest.mark.parametrize("bids", [True, False])
@pytest.mark.parametrize(("gone", "message"), [(1, "no annotations"), (0, "no recording for it")])
def test_missing_partner_is_named(tmp_path: Path, bids: bool, gone: int, message: str) -> None:
    path = add_bids(tmp_path, "x1") if bids else add_tusz(tmp_path, "a", "b")
    add_bids(tmp_path, "x2") if bids else add_tusz(tmp_path, "a", "c")
    ending = "_events.tsv" if bids else ".csv_bi"
    events = path.with_name(path.stem.removesuffix("_eeg") + ending)
    pair = (path, events)
    pair[gone].unlink()
    with pytest.raises(VigilError, match=message) as error:
        find_dataset(tmp_path)
    assert str(pair[1 - gone]) in str(error.value)


def test_recording_twice_is_named(tmp_path: Path) -> None:
    first = add_tusz(tmp_path, "a", "aaaaaasf_s001_t000")
    second = add_tusz(tmp_path, "b", "aaaaaasf_s001_t000")
    with pytest.raises(VigilError, match="is there twice") as error:
        find_dataset(tmp_path)
    assert str(first) in str(error.value)
    assert str(second) in str(error.value)


def test_annotations_in_another_folder_are_an_error(tmp_path: Path) -> None:
    path = add_tusz(tmp_path, "a", "x")
    (tmp_path / "b").mkdir()
    path.with_suffix(".csv_bi").rename(tmp_path / "b" / "x.csv_bi")
    with pytest.raises(VigilError, match="lie elsewhere"):
        find_dataset(tmp_path)


def test_empty_and_missing_folders(tmp_path: Path) -> None:
    with pytest.raises(VigilError, match="holds no recording"):
        find_dataset(tmp_path)
    with pytest.raises(VigilError, match="no such folder"):
        find_dataset(tmp_path / "nothing")


def test_participants_that_contradict_each_other(tmp_path: Path) -> None:
    add_bids(tmp_path, "x1")
    table = tmp_path / "participants.tsv"
    table.write_text("participant_id\tdataset\nsub-x1\tOne\nsub-x1\tTwo\n")
    with pytest.raises(VigilError, match=r"participants.tsv, line 3: x1 is there twice"):
        find_dataset(tmp_path)
    table.write_text("participant_id\tdataset\nsub-x1\n")
    with pytest.raises(VigilError, match=r"line 2: 1 columns, must be 2"):
        find_dataset(tmp_path)


def test_bad_annotations_name_file_and_line(tmp_path: Path) -> None:
    path = add_tusz(tmp_path, "a", "x").with_suffix(".csv_bi")
    path.write_text(path.read_text().replace("seiz", "spike"))
    with pytest.raises(VigilError, match=r"x\.csv_bi, line 6"):
        find_dataset(tmp_path)
