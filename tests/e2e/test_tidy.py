"""`vigil tidy`: says what would go, and removes it only when told to."""

from datetime import UTC, datetime, timedelta

from monitor.archive.history import Finding
from tests.session_folders import RunOf, Told, make_session, verdict

SHORT = RunOf(seconds=10, parts=(10,), alarms=(Told(2, 6),))


def sessions(root):
    old = datetime.now(UTC) - timedelta(days=40)
    said = [verdict("alarm 1", Finding.NO_SEIZURE)]
    make_session(root / "seen", [SHORT], verdicts=said, ended_utc=old)
    make_session(root / "unseen", [SHORT], ended_utc=old)
    return root


def test_without_yes_nothing_goes(vigil, tmp_path) -> None:
    root = sessions(tmp_path / "recordings")
    for option in ([], ["--dry-run"]):
        done = vigil("tidy", root, "--keep-days", 30, *option)
        assert done.code == 0
        assert f"would remove {root / 'seen'}" in done.out
        assert "ended 40.0 days ago, more than 30" in done.out
        assert f"keeps {root / 'unseen'}" in done.out
        assert "alarm 1 is not reviewed" in done.out
        assert "add --yes" in done.out
    assert {path.name for path in root.iterdir()} == {"seen", "unseen"}


def test_with_yes_the_reviewed_ones_go(vigil, tmp_path) -> None:
    root = sessions(tmp_path / "recordings")
    config = tmp_path / "ward.toml"
    config.write_text("[recording]\nkeep_days = 30\nkeep_gb = 0.000001\n")
    done = vigil("tidy", root, "--config", config, "--yes", "--json").json
    assert [entry["session"] for entry in done["remove"]] == [str(root / "seen")]
    assert done["removed"] is True
    assert done["excess_bytes"] > 0
    assert [path.name for path in root.iterdir()] == ["unseen"]
    done = vigil("tidy", root, "--config", config, "--yes")
    assert "nothing to remove" in done.out
    assert "the rest must stay" in done.line


def test_bad_input_is_one_line(vigil, tmp_path) -> None:
    assert "no bound is set" in vigil("tidy", tmp_path).line
    done = vigil("tidy", tmp_path / "nowhere", "--keep-days", 1)
    assert (done.code, "cannot be read" in done.line) == (1, True)
    assert vigil("tidy", tmp_path, "--keep-days", 1, "--yes", "--dry-run").code == 2
