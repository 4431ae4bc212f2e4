"""Tables that survive being cut off."""

import csv
import sys
from pathlib import Path

import pytest

from core.training.journal import Journal
from core.training.state import StateError


def row(step, loss=0.5):
    return {
        "step": step, "epoch": 0, "loss": loss, "grad_norm": 1.0, "lr": 0.1, "skipped": 0,
    }  # fmt: skip


def steps(folder):
    with (folder / "steps.csv").open(newline="") as file:
        return [int(each["step"]) for each in csv.DictReader(file)]


def write(folder, begin, rows):
    journal = Journal(folder, begin)
    for each in rows:
        journal.add_step(each)
    journal.close()


def test_rows_behind_the_state_are_written_again(tmp_path):
    write(tmp_path, 0, [row(step) for step in range(1, 6)])
    write(tmp_path, 3, [row(4), row(5), row(6)])
    assert steps(tmp_path) == [1, 2, 3, 4, 5, 6]


def test_a_torn_last_line_is_dropped(tmp_path):
    write(tmp_path, 0, [row(step) for step in range(1, 13)])
    text = (tmp_path / "steps.csv").read_text().rstrip()
    # "12,0,0.5,..." that ends within the number of the step
    (tmp_path / "steps.csv").write_text(text[: text.rindex("\n") + 2])
    write(tmp_path, 11, [row(12)])
    assert steps(tmp_path) == list(range(1, 13))


def test_a_new_training_begins_new_tables(tmp_path):
    write(tmp_path, 0, [row(1), row(2)])
    write(tmp_path, 0, [row(1)])
    assert steps(tmp_path) == [1]


def test_not_finite_is_written_as_such(tmp_path):
    write(tmp_path, 0, [row(1, loss=float("nan"))])
    assert (tmp_path / "steps.csv").read_text().splitlines()[1] == "1,0,nan,1.0,0.1,0"


def test_what_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "steps.csv").mkdir()
    with pytest.raises(StateError, match=r"steps\.csv: cannot be written \(Is a directory\)"):
        Journal(tmp_path, 0)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_one_line(tmp_path):
    (tmp_path / "steps.csv").symlink_to("/dev/full")
    with pytest.raises(StateError, match=r"steps\.csv: cannot be written \(No space left"):
        Journal(tmp_path, 0)


def test_tensorboard_reads_it(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    write(tmp_path, 0, [row(1, 0.7), row(2, 0.6), row(3, float("nan"))])
    write(tmp_path, 1, [row(2, 0.5)])
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    found = {each.step: each.value for each in events.Scalars("train/loss")}
    assert found == {1: pytest.approx(0.7), 2: pytest.approx(0.5)}


def test_works_without_tensorboard(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    journal = Journal(tmp_path, 0)
    journal.add_step(row(1))
    journal.close()
    assert not journal.tensorboard
    assert steps(tmp_path) == [1]
    assert not (tmp_path / "tensorboard").exists()
