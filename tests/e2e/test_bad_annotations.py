"""Scoring and evaluating what cannot be: one line that says why, exit code 1, no traceback."""

import shutil

import pytest

from tests.edf_files import edf_bytes
from tests.monitor_fakes import bursts, signals

CSV_HEAD = "# version = csv_v1.0.0\n# duration = 60.0000 secs\n#\n"
COLUMNS = "onset\tduration\teventType\tconfidence\tchannels\tdateTime\trecordingDuration\n"
ROW = "3.0\t4.0\tsz\tn/a\tn/a\tn/a\t60.0\n"


def csv_bi(row="TERM,3.0,7.0,seiz,1.0\n", head=CSV_HEAD):
    return head + "channel,start_time,stop_time,label,confidence\n" + row


BAD_TEXTS = {
    "x.csv_bi": {
        "missing duration": (
            csv_bi(head="# version = csv_v1.0.0\n"),
            ": no '# duration = ... secs' line",
        ),
        "unknown label": (
            csv_bi("TERM,3.0,7.0,seiz,1.0\nTERM,9.0,12.0,fnsz,1.0\n"),
            ", line 6: label 'fnsz' is not one of seiz, bckg",
        ),
        "time is no number": (
            csv_bi("TERM,three,7.0,seiz,1.0\n"),
            ", line 5: start_time is not a finite number ('three')",
        ),
        "stop before start": (
            csv_bi("TERM,7.0,3.0,seiz,1.0\n"),
            ", line 5: stop 3.0 s is before start 7.0 s",
        ),
        "empty": ("", ": no '# version = csv_v1.0.0' line"),
    },
    "x_events.tsv": {
        "missing duration": (COLUMNS, ": no row, so no recordingDuration"),
        "unknown label": (
            COLUMNS + ROW + ROW.replace("sz", "spike"),
            ", line 3: eventType 'spike' is not bckg, sz or sz_...",
        ),
        "time is no number": (
            COLUMNS + ROW.replace("3.0", "three"),
            ", line 2: onset is not a finite number ('three')",
        ),
        "stop before start": (
            COLUMNS + ROW.replace("4.0", "-4.0"),
            ", line 2: duration is -4.0 s, must not be negative",
        ),
        "empty": ("", ": empty, must begin with the columns "),
    },
}
CASES = [(name, fault) for name, faults in BAD_TEXTS.items() for fault in faults]


def assert_refused(run, words):
    assert (run.code, run.out) == (1, ""), run.err
    assert run.line.startswith("vigil: ")
    assert words in run.line


def annotations(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(csv_bi() if name.endswith(".csv_bi") else COLUMNS + ROW)
    return folder


@pytest.fixture
def data_set(tmp_path):
    """One recording of a minute with its annotations, as BIDS and as a tree."""

    def make(name):
        folder = tmp_path / "data"
        stem = "x"
        if name.endswith(".tsv"):
            folder, stem = folder / "sub-x", "sub-x"
        folder.mkdir(parents=True)
        edf = folder / (f"{stem}_eeg.edf" if name.endswith(".tsv") else f"{stem}.edf")
        edf.write_bytes(edf_bytes(signals(bursts(60 * 100, 100), 100)))
        return edf, folder / name.replace("x", stem, 1)

    return make


@pytest.mark.parametrize(("name", "fault"), CASES)
def test_score_names_file_and_line(vigil, tmp_path, name, fault):
    text, words = BAD_TEXTS[name][fault]
    ref, hyp = (annotations(tmp_path / side, name) for side in ("ref", "hyp"))
    for bad in (ref / name, hyp / name):
        good = bad.read_text()
        bad.write_text(text)
        assert_refused(vigil("score", "--ref", ref, "--hyp", hyp), f"{bad}{words}")
        bad.write_text(good)


@pytest.mark.parametrize(("name", "fault"), CASES)
def test_evaluate_names_file_and_line(vigil, data_set, tmp_path, name, fault):
    text, words = BAD_TEXTS[name][fault]
    _, events = data_set(name)
    events.write_text(text)
    assert_refused(vigil("evaluate", tmp_path / "data"), f"{events}{words}")
    assert not (tmp_path / "evaluation").exists()


def test_score_pairs(vigil, tmp_path):
    ref = annotations(tmp_path / "ref", "a.csv_bi")
    hyp = annotations(tmp_path / "hyp", "a.csv_bi", "b_events.tsv")
    run = vigil("score", "--ref", ref, "--hyp", hyp)
    assert_refused(run, f"{hyp / 'b_events.tsv'}: no partner for b in {ref}")
    annotations(hyp / "night", "a.tsv")
    run = vigil("score", "--ref", ref, "--hyp", hyp)
    assert_refused(run, f"{hyp / 'night' / 'a.tsv'}: a is there twice, also as {hyp / 'a.csv_bi'}")
    (tmp_path / "empty").mkdir()
    for ref_or_hyp in (("--ref", "--hyp"), ("--hyp", "--ref")):
        arguments = (ref_or_hyp[0], tmp_path / "empty", ref_or_hyp[1], ref)
        assert_refused(vigil("score", *arguments), f"{tmp_path / 'empty'}: no annotation file")
        arguments = (ref_or_hyp[0], tmp_path / "none", ref_or_hyp[1], ref)
        assert_refused(vigil("score", *arguments), f"{tmp_path / 'none'}: no such file or folder")


def test_score_durations_that_differ(vigil, tmp_path):
    ref, hyp = (annotations(tmp_path / side, "a.csv_bi") for side in ("ref", "hyp"))
    (hyp / "a.csv_bi").write_text(csv_bi().replace("60.0000", "61.0000"))
    run = vigil("score", "--ref", ref, "--hyp", hyp, "--json")
    assert_refused(run, str(ref / "a.csv_bi"))
    assert str(hyp / "a.csv_bi") in run.line


def test_evaluate_folders(vigil, tmp_path):
    assert_refused(vigil("evaluate", tmp_path / "none"), f"{tmp_path / 'none'}: no such folder")
    (tmp_path / "empty").mkdir()
    run = vigil("evaluate", tmp_path / "empty", "--json")
    assert_refused(run, f"{tmp_path / 'empty'}: holds no recording (")


@pytest.mark.parametrize("name", BAD_TEXTS)
def test_evaluate_partners(vigil, data_set, tmp_path, name):
    edf, events = data_set(name)
    run = vigil("evaluate", tmp_path / "data")
    assert_refused(run, f"{edf}: no annotations for it ({events.name})")
    annotations(events.parent, events.name)
    edf.rename(tmp_path / edf.name)
    # without any recording there is still something that wants one
    assert_refused(vigil("evaluate", tmp_path / "data"), f"{events}: no recording for it")
    (tmp_path / edf.name).rename(edf)
    again = edf.parent / "night"
    again.mkdir()
    shutil.copy(edf, again)
    assert_refused(vigil("evaluate", tmp_path / "data"), " is there twice, also as ")


@pytest.mark.parametrize("name", BAD_TEXTS)
def test_evaluate_recordings_that_cannot_be_scored(vigil, data_set, tmp_path, name):
    edf, events = data_set(name)
    annotations(events.parent, events.name)
    whole = edf.read_bytes()
    events.write_text(events.read_text().replace("60.0", "70.0"))
    run = vigil("evaluate", tmp_path / "data")
    assert_refused(run, f"{edf}: lasts 60 s, but {events} says 70 s")
    events.write_text(events.read_text().replace("70.0", "60.0"))
    edf.write_bytes(whole[:-1000])
    run = vigil("evaluate", tmp_path / "data")
    assert_refused(run, f"{edf}: incomplete, cannot be scored (")
    edf.write_bytes(b"MZ something else" * 50)
    assert_refused(vigil("evaluate", tmp_path / "data"), f"{edf}: not an EDF or BDF file")
    assert not (tmp_path / "evaluation").exists()
    edf.write_bytes(whole)
    (tmp_path / "evaluation").write_text("")
    run = vigil("evaluate", tmp_path / "data")
    assert_refused(run, "evaluation/probabilities: cannot be made (Not a directory)")
