"""Offline detection over several files."""

from pathlib import Path
from typing import Any

from core.config import Config, InferenceConfig, ModelConfig
from core.simulate import simulate_recording
from monitor.detecting import detect_recordings, find_recordings

LINE_LENGTH = Config(
    model=ModelConfig(preset="line-length"), inference=InferenceConfig(device="cpu")
)


def without_times(result: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in result.items() if k not in {"wall_s", "real_time_factor", "written"}}


def test_several_processes_give_what_one_gives(tmp_path: Path) -> None:
    for name, seed in (("a.edf", 1), ("b.edf", 2), ("sub/c.edf", 3)):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        simulate_recording(path, 1.0, 0, seed)
    (tmp_path / "in" / "bad.edf").write_bytes(b"nothing")
    recordings = find_recordings([tmp_path / "in"])
    runs = {
        jobs: detect_recordings(
            recordings,
            tmp_path / str(jobs),
            output_format="tsv",
            config=LINE_LENGTH,
            weights=None,
            split_seed=None,
            jobs=jobs,
        )
        for jobs in (1, 2)
    }
    (one, one_failed), (two, two_failed) = runs[1], runs[2]
    assert len(one) == 3
    assert [without_times(result) for result in one] == [without_times(result) for result in two]
    assert len(one_failed) == 1
    assert one_failed == two_failed
    written = [
        sorted(p.relative_to(tmp_path / n) for p in (tmp_path / n).rglob("*.tsv")) for n in "12"
    ]
    assert len(written[0]) == 3
    assert written[0] == written[1]
