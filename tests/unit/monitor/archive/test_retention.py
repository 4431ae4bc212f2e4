"""Old sessions go, the oldest first; what nobody has judged, or somebody uses, stays."""

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import SessionError
from monitor.archive.history import Finding
from monitor.archive.lock import SessionLock
from monitor.archive.retention import (
    examine_sessions,
    plan_tidying,
    remove_leftovers,
    remove_session,
)
from tests.session_folders import FIRST, RunOf, Told, make_session, verdict

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SHORT = RunOf(seconds=10, parts=(10,), alarms=(Told(2, 6),))
JUDGED = [verdict("alarm 1", Finding.UNSURE)]


def session(root, name, days_old, **options):
    options = {"verdicts": JUDGED, "notes": False} | options
    runs = options.pop("runs", [SHORT])
    return make_session(root / name, runs, ended_utc=NOW - timedelta(days=days_old), **options)


def plan(root, days=0.0, gigabytes=0.0, **options):
    found = plan_tidying(examine_sessions(root, **options), NOW, days, gigabytes)
    return (
        [s.folder.name for s, _ in found.remove],
        {s.folder.name: why for s, why in found.keep},
        found,
    )


def test_sessions_beyond_the_age_go(tmp_path) -> None:
    for name, age in (("young", 5), ("old", 31), ("older", 90)):
        session(tmp_path, name, age)
    remove, keep, found = plan(tmp_path, days=30)
    assert remove == ["older", "old"]
    assert keep == {"young": "within the bounds"}
    assert found.remove[0][1] == "ended 90.0 days ago, more than 30"
    assert (tmp_path / "older").exists()  # a plan removes nothing


def test_the_oldest_go_until_the_rest_fits(tmp_path) -> None:
    for name, age in (("c", 1), ("a", 3), ("b", 2)):
        session(tmp_path, name, age)
    sizes = {s.folder.name: s.n_bytes for s in examine_sessions(tmp_path)}
    assert min(sizes.values()) > 19 * 256 * 10 * 2
    remove, keep, found = plan(tmp_path, gigabytes=(sizes["b"] + sizes["c"]) / 1e9)
    assert remove == ["a"]
    assert found.excess_bytes == 0
    remove, keep, _ = plan(tmp_path, gigabytes=1e-9)
    assert remove == ["a", "b", "c"]
    assert keep == {}


def test_what_must_stay_stays_and_says_why(tmp_path) -> None:
    session(tmp_path, "unseen", 90, verdicts=())
    session(tmp_path, "retracted", 90, verdicts=(), runs=[
        RunOf(seconds=10, parts=(10,), alarms=(Told(1, 3), Told(5, 8)))
    ])  # fmt: skip
    session(tmp_path, "crashed", 90, state="running")
    session(tmp_path, "failed", 90, state="failed")
    session(tmp_path, "quiet", 90, verdicts=(), runs=[RunOf(seconds=10, parts=(10,), alarms=())])
    missed = [verdict("missed 1", Finding.SEIZURE, FIRST, (1, 5))]
    session(tmp_path, "looked at", 90, verdicts=missed,
            runs=[RunOf(seconds=10, parts=(10,), alarms=())])  # fmt: skip
    (session(tmp_path, "with notes", 90) / "letter.odt").touch()
    (session(tmp_path, "broken", 90) / "alarms.sqlite").write_bytes(b"not a log" * 100)
    (tmp_path / "link").symlink_to(session(tmp_path / "elsewhere", "target", 90))
    (tmp_path / "no session").mkdir()
    lock = SessionLock(session(tmp_path, "open", 90))
    try:
        remove, keep, found = plan(tmp_path, days=30, gigabytes=1e-9)
    finally:
        lock.close()
    assert remove == ["looked at"]
    assert found.excess_bytes > 0
    broken = keep.pop("broken")
    assert broken.startswith("cannot be read")
    assert keep == {
        "unseen": "alarm 1 is not reviewed",
        "retracted": "2 alarms are not reviewed",
        "crashed": "is not finished (state: running)",
        "failed": "is not finished (state: failed)",
        "quiet": "has no alarm, and nobody has reviewed it",
        "with notes": "holds letter.odt, which Vigil did not write",
        "link": "is a link to another place",
        "open": "is in use",
    }
    assert "quiet" in plan(tmp_path, days=30, quiet_too=True)[0]


def test_a_session_is_removed_whole_and_nothing_else(tmp_path) -> None:
    session(tmp_path, "old", 90)
    other = session(tmp_path, "other", 90)
    (old,) = [s for s in examine_sessions(tmp_path) if s.folder.name == "old"]
    remove_session(old)
    assert list(tmp_path.iterdir()) == [other]


def test_what_changed_since_the_plan_is_looked_at_again(tmp_path) -> None:
    folder = session(tmp_path, "old", 90)
    (old,) = examine_sessions(tmp_path)
    (folder / "letter.odt").touch()
    with pytest.raises(SessionError, match=r"old: stays, it holds letter.odt"):
        remove_session(old)
    (folder / "letter.odt").unlink()
    lock = SessionLock(folder)
    with pytest.raises(SessionError, match="another process"):
        remove_session(old)
    lock.close()
    assert (folder / "eeg.edf").exists()
    remove_session(old)
    assert not folder.exists()


def test_an_interrupted_removal_is_finished_later(tmp_path) -> None:
    folder = session(tmp_path, "old", 90)
    folder.rename(tmp_path / ".removing-old")
    keep = tmp_path / ".removing-mine"
    keep.mkdir()
    (keep / "letter.odt").touch()
    assert examine_sessions(tmp_path) == []
    remove_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == [keep]


def test_a_folder_that_is_not_there_is_one_line(tmp_path) -> None:
    with pytest.raises(SessionError, match="cannot be read"):
        examine_sessions(tmp_path / "nowhere")


def test_a_session_in_the_place_of_the_folder_with_sessions_is_one_line(tmp_path) -> None:
    session = make_session(tmp_path / "night")
    with pytest.raises(SessionError, match="night: is a session; give the folder that holds"):
        examine_sessions(session)
