"""The whole evaluation on a small simulated data set with a cheap stand-in for the network."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from core.config import Config
from core.errors import VigilError
from core.evaluation.dataset import find_dataset
from core.evaluation.evaluate import Part, evaluate, evaluate_parts
from core.evaluation.latency import alarm_times, onset_delays
from core.evaluation.probabilities import Standing, read_segments
from core.evaluation.report import write_report
from core.evaluation.results import RecordingResult
from core.evaluation.sweep import events_at
from core.simulate.recording import simulate_recording
from core.types import Event, FloatArray
from monitor.cli import app

CONFIG = Config()


class Loudness:
    """Calls loud samples seizure."""

    name = "stand-in"
    weights = "none"

    def predict(self, data: FloatArray) -> FloatArray:
        power = np.abs(data).mean(axis=0).astype(np.float64)
        smooth = np.convolve(power, np.ones(512) / 512, mode="same")
        return (1 / (1 + np.exp(-6 * (smooth - 1.0)))).astype(np.float32)

    def reset(self) -> None:
        """Nothing to forget."""


class Unused(Loudness):
    def predict(self, data: FloatArray) -> FloatArray:
        raise AssertionError("asked although the probabilities are known")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    for k, (subject, n_seizures) in enumerate((("a", 1), ("b", 1), ("c", 0))):
        folder = root / f"sub-{subject}" / "eeg"
        folder.mkdir(parents=True)
        path = folder / f"sub-{subject}_task-sim_run-00_eeg.edf"
        simulate_recording(path, 3.0 if n_seizures else 1.5, n_seizures, seed=k)
    (root / "participants.tsv").write_text("participant_id\tdataset\nsub-a\tOne\nsub-b\tTwo\n")
    return root


def test_two_runs_agree_bitwise_and_processes_do_not_matter(data: Path, tmp_path: Path) -> None:
    recordings = find_dataset(data)
    shares: list[float] = []
    first = evaluate(recordings, CONFIG, Loudness, tmp_path / "1", progress=shares.append)
    again = evaluate(recordings, CONFIG, Loudness, tmp_path / "2", jobs=2)
    cached = evaluate(recordings, CONFIG, Unused, tmp_path / "1")
    text = json.dumps(first.to_json(), allow_nan=False)
    assert json.dumps(again.to_json(), allow_nan=False) == text
    assert json.dumps(cached.to_json(), allow_nan=False) == text
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_results_fit_together(data: Path, tmp_path: Path) -> None:
    evaluation = evaluate(find_dataset(data), CONFIG, Loudness, tmp_path, command="vigil")
    values = evaluation.to_json()
    assert set(values) >= {
        *("auroc", "auprc", "hours", "background_hours", "n_seizures", "sensitivity_at_fa"),
        *("locked", "per_patient", "intervals"),
    }
    assert set(values["sensitivity_at_fa"]["taes"]) == {"10", "5", "2.5", "1"}
    assert set(values["locked"]["szcore"]) == {"sensitivity", "precision", "f1", "fa_per_24h"}
    assert evaluation.hours == pytest.approx(7.5 / 60)
    assert evaluation.n_seizures == 2
    assert 0 < evaluation.hours - evaluation.background_hours < evaluation.hours
    assert 0.5 < evaluation.auroc <= 1
    assert evaluation.calibration.counts.sum() == round(evaluation.hours * 3600 * 256)
    assert list(values["per_patient"]) == ["a", "b", "c"]
    assert values["per_patient"]["c"]["auroc"] is None
    assert list(values["per_dataset"]) == ["One", "Two", "unknown"]
    for scorer, point in evaluation.locked.items():
        assert point in evaluation.curves[scorer].points
        assert point.tau_on == 0.86
    for recording in evaluation.recordings:
        segments = list(read_segments(recording.probabilities_path, recording.segments))
        events = tuple(events_at(segments, CONFIG, 0.86, 0.78))
        assert events == recording.hyp_locked  # the sweep decodes as the detector does
        for event, alarm_s in zip(events, recording.first_alarm_s, strict=True):
            assert event.onset_s < alarm_s <= recording.duration_s
        assert len(recording.ref_alarm_s) == len(recording.ref)
    assert len(evaluation.delays_s) <= evaluation.n_onsets <= 2
    assert all(math.isfinite(delay) for delay in evaluation.alarm_delays_s)


def test_changed_content_or_settings_are_analysed_anew(data: Path, tmp_path: Path) -> None:
    recordings = find_dataset(data)[2:]
    evaluate(recordings, CONFIG, Loudness, tmp_path)
    kept = sorted((tmp_path / "probabilities").glob("*.npy"))
    other = CONFIG.model_copy(
        update={"conditioning": CONFIG.conditioning.model_copy(update={"mains_hz": 50})}
    )
    evaluate(recordings, other, Loudness, tmp_path)
    assert len(list((tmp_path / "probabilities").glob("*.npy"))) == 2
    kept[0].write_bytes(kept[0].read_bytes()[:-100])  # damaged: not believed
    evaluate(recordings, CONFIG, Loudness, tmp_path)


def test_faults_are_one_line_that_names_the_file(data: Path, tmp_path: Path) -> None:
    with pytest.raises(VigilError, match="no recording to evaluate"):
        evaluate([], CONFIG, Loudness, tmp_path)
    with pytest.raises(VigilError, match="jobs must be at least 1"):
        evaluate(find_dataset(data), CONFIG, Loudness, tmp_path, jobs=0)
    root = tmp_path / "short"
    folder = root / "sub-x"
    folder.mkdir(parents=True)
    source = find_dataset(data)[2].path
    (folder / "sub-x_eeg.edf").write_bytes(source.read_bytes())
    events = source.with_name(source.name.replace("_eeg.edf", "_events.tsv")).read_text()
    (folder / "sub-x_events.tsv").write_text(events.replace("90.00", "80.00"))
    with pytest.raises(VigilError, match=r"lasts 90 s, but .*sub-x_events.tsv says 80 s"):
        evaluate(find_dataset(root), CONFIG, Loudness, tmp_path)


def test_references_are_joined_and_cut_and_it_is_said(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "sub-x"
    folder.mkdir(parents=True)
    source = find_dataset(data)[2].path
    (folder / "sub-x_eeg.edf").write_bytes(source.read_bytes())
    rows = ((10.0, 5.25), (15.0, 5.0), (40.0, 5.0), (84.0, 6.25))
    (folder / "sub-x_events.tsv").write_text(
        "onset\tduration\teventType\tconfidence\tchannels\tdateTime\trecordingDuration\n"
        + "".join(f"{onset}\t{length}\tsz\tn/a\tn/a\tn/a\t90.00\n" for onset, length in rows)
    )
    evaluation = evaluate(find_dataset(folder.parent), CONFIG, Loudness, tmp_path / "out")
    values = evaluation.to_json()
    assert (values["joined_references"], values["clipped_references"]) == (1, 1)
    assert values["n_seizures"] == 3
    assert evaluation.recordings[0].ref == ((10.0, 20.0), (40.0, 45.0), (84.0, 90.0))
    assert evaluation.background_hours == pytest.approx((90 - 10 - 5 - 6) / 3600)
    report = write_report(evaluation, tmp_path / "out")
    for path in report[:2]:
        text = path.read_text(encoding="utf-8")
        assert "3 of 4 annotated (1 joined with the one before, 1 cut at the end)" in text
        assert "were joined with it: 1 of 4." in text
        assert "were cut there: 1." in text


def test_networks_of_a_cross_validation_are_ranked_by_themselves_too(
    data: Path, tmp_path: Path
) -> None:
    recordings = find_dataset(data)
    halves = recordings[:1], recordings[1:]
    evaluation = evaluate_parts([Part(own, Loudness) for own in halves], CONFIG, tmp_path)
    alone = [evaluate(own, CONFIG, Loudness, tmp_path).auroc for own in halves]
    assert evaluation.to_json()["auroc_by_network"] == pytest.approx(
        [None if math.isnan(value) else value for value in alone]
    )
    numbers = [value for value in alone if math.isfinite(value)]
    assert evaluation.mean_network_auroc == pytest.approx(sum(numbers) / len(numbers))
    text = write_report(evaluation, tmp_path)[1].read_text(encoding="utf-8")
    assert f"mean (each) | {evaluation.mean_network_auroc:.3f} (" in text
    one = evaluate(recordings, CONFIG, Loudness, tmp_path)
    assert (one.auroc, one.auroc_by_network) == (evaluation.auroc, ())
    assert math.isnan(one.mean_network_auroc)


def test_delays_of_event_and_alarm() -> None:
    standing = (
        Standing(60 * 256, ((5 * 256, 9 * 256),)),
        Standing(110 * 256, ((104 * 256, 108 * 256),)),
    )
    ref = ((100.0, 120.0), (300.0, 310.0), (302.0, 330.0))
    events = (Event(5 * 256, 9 * 256, 0.9), Event(104 * 256, 115 * 256, 0.9))
    spans = [(event.onset_s, event.offset_s) for event in events]
    recording = RecordingResult(
        path=Path("x.edf"),
        patient="x",
        dataset="unknown",
        duration_s=400.0,
        ref=ref,
        hyp_locked=events,
        first_alarm_s=tuple(time_s or 0.0 for time_s in alarm_times(spans, standing, 256.0)),
        ref_alarm_s=alarm_times(ref, standing, 256.0),
        probabilities_path=Path("x.npy"),
        segments=((0, 400 * 256),),
        joins_s=(300.25,),  # hides the second onset, and stands 1.75 s before the third
    )
    assert recording.first_alarm_s == (60.0, 110.0)
    assert recording.ref_alarm_s == (110.0, None, None)
    assert onset_delays([recording]) == ((4.0,), (10.0,), 1)
    assert [recording.is_false_alarm(event) for event in events] == [True, False]


@pytest.mark.parametrize(("onset_s", "delays_s"), [(95.5, (-4.5,)), (94.5, ())])
def test_an_event_that_began_long_before_the_onset_has_no_delay(
    onset_s: float, delays_s: tuple[float, ...]
) -> None:
    recording = RecordingResult(
        path=Path("x.edf"),
        patient="x",
        dataset="unknown",
        duration_s=400.0,
        ref=((100.0, 120.0),),
        hyp_locked=(Event(round(onset_s * 256), 115 * 256, 0.9),),
        first_alarm_s=(60.0,),
        ref_alarm_s=(60.0,),
        probabilities_path=Path("x.npy"),
        segments=((0, 400 * 256),),
    )
    assert onset_delays([recording]) == (delays_s, (), 1)


def test_command_prints_the_scores_and_says_untrained(data: Path, tmp_path: Path) -> None:
    one = tmp_path / "data"
    one.mkdir()
    (one / "sub-c").symlink_to(data / "sub-c", target_is_directory=True)
    out = tmp_path / "out"
    arguments = ["evaluate", str(one), "--out", str(out), "--weights", "untrained"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "NEDC OVLP" in result.stdout
    assert "UNTRAINED" in result.stdout
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert json.loads(result.stdout)["n_seizures"] == 0
    assert (out / "evaluation.json").is_file()
    assert (out / "report.html").is_file()
