"""An export is there whole or not at all, and never in the way of something else."""

import stat

import pytest

from core.errors import SessionError, VigilError
from monitor.export.destination import check_destination, numbered, write_whole


def test_places_that_cannot_take_an_export_are_refused(tmp_path) -> None:
    session = tmp_path / "s"
    session.mkdir()
    (tmp_path / "there.tsv").touch()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "link").symlink_to(session)
    for name, reason in (
        ("there.tsv", "exists already"),
        ("dangling", "exists already"),
        ("s", "lies inside the session"),
        ("s/deep/events.tsv", "lies inside the session"),
        ("x/../s/events.tsv", "lies inside the session"),
        ("link/events.tsv", "lies inside the session"),
        ("no/events.tsv", "does not exist"),
    ):
        with pytest.raises(SessionError, match=reason):
            check_destination(tmp_path / name, session)
    check_destination(tmp_path / "s2.tsv", session)


def test_files_appear_together_and_for_their_owner_only(tmp_path) -> None:
    names = {numbered(tmp_path / "a.edf", n).relative_to(tmp_path): n for n in (1, 2, 10)}
    write_whole(
        {p: (lambda path, n=n: path.write_text(str(n))) for p, n in names.items()}, tmp_path
    )
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {
        "a.edf": "1", "a_part2.edf": "2", "a_part10.edf": "10",
    }  # fmt: skip
    assert all(stat.S_IMODE(p.stat().st_mode) == 0o600 for p in tmp_path.iterdir())


def test_a_folder_of_files_is_its_owners_only(tmp_path) -> None:
    names = [numbered(tmp_path / "a.tsv", 1).relative_to(tmp_path)]
    write_whole({names[0]: lambda path: path.write_text("x")}, tmp_path, "out")
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    assert (tmp_path / "out" / "a.tsv").read_text() == "x"


def _fail(error):
    def write(path):
        path.write_text("half")
        raise error

    return write


@pytest.mark.parametrize(
    "error",
    [OSError(28, "No space left on device"), VigilError("{draft}: bad"), KeyboardInterrupt()],
)
@pytest.mark.parametrize("folder", [None, "out"])
def test_a_failure_leaves_nothing(tmp_path, error, folder) -> None:
    good, bad = (numbered(tmp_path / "a.edf", n).relative_to(tmp_path) for n in (1, 2))
    targets = {good: lambda path: path.write_text("whole"), bad: _fail(error)}
    with pytest.raises((VigilError, KeyboardInterrupt)) as raised:
        write_whole(targets, tmp_path, folder)
    assert not list(tmp_path.iterdir())
    if isinstance(error, OSError):
        assert "a_part2.edf: cannot be written (No space left on device)" in str(raised.value)


def test_a_file_that_appeared_meanwhile_stays(tmp_path) -> None:
    first, second = (numbered(tmp_path / "a.edf", n).relative_to(tmp_path) for n in (1, 2))

    def write(path):
        path.write_text("ours")
        (tmp_path / "a_part2.edf").write_text("theirs")

    with pytest.raises(SessionError, match=r"a_part2.edf: .*exists"):
        write_whole({first: write, second: write}, tmp_path)
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"a_part2.edf": "theirs"}
