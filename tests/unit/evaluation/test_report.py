"""The report holds every number and figure, stands alone, and survives what is not defined."""

import dataclasses
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from core.errors import VigilError
from core.evaluation.audit import FalseAlarm
from core.evaluation.audit_features import describe
from core.evaluation.curves import (
    FA_TARGETS,
    SCORERS,
    Calibration,
    Curve,
    Interval,
    OperatingPoint,
    Trace,
)
from core.evaluation.figures import FIGURES
from core.evaluation.report import NOTICE, write_report
from core.evaluation.results import Evaluation, GroupResult, PatientResult

N_SWEEP = 60


def point(tau_on: float, shift: float) -> OperatingPoint:
    sensitivity = float(np.clip(1.02 - tau_on**3 - shift, 0, 1))
    fa_per_24h = float(400 * (1 - tau_on) ** 2.2)
    precision = 1 / (1 + fa_per_24h / 40)
    f1 = 2 * sensitivity * precision / (sensitivity + precision)
    return OperatingPoint(tau_on, sensitivity, precision, f1, fa_per_24h)


def evaluation(n_patients: int = 14) -> Evaluation:
    rng = np.random.default_rng(0)
    taus = np.linspace(0.1, 0.995, N_SWEEP)
    curves, locked, at_fa, intervals = {}, {}, {}, {"auroc": Interval(0.86, 0.95)}
    for shift, scorer in zip((0.2, 0.02, 0.06), SCORERS, strict=True):
        points = tuple(point(float(tau), shift) for tau in taus)
        limits = tuple(
            Interval(max(0.0, p.sensitivity - 0.15), min(1.0, p.sensitivity + 0.12)) for p in points
        )
        curves[scorer] = Curve(scorer, points, limits)
        locked[scorer] = point(0.86, shift)
        at_fa[scorer] = {
            target: max(p.sensitivity for p in points if p.fa_per_24h <= target)
            for target in FA_TARGETS
        }
        intervals[f"locked.{scorer}.sensitivity"] = Interval(0.2, 0.5)
        intervals[f"sensitivity_at_fa.{scorer}.5"] = Interval(0.11, 0.42)
    x = np.linspace(0, 1, 200)
    edges = np.linspace(0, 1, 11)
    centres = (edges[:-1] + edges[1:]) / 2
    counts = np.array([9e5, 8e4, 4e4, 2e4, 1e4, 9e3, 9e3, 1e4, 3e4, 2e5]).astype(np.int64)
    patients = tuple(
        PatientResult(
            f"sub-chb{i + 1:02d}" if i % 5 else f"sub-eegmat{i:02d}", 0.4, 0.2, 5 if i % 5 else 0,
            0.9 if i % 5 else math.nan, 0.8 if i % 5 else math.nan,
            {s: point(float(rng.uniform(0.5, 0.95)), 0.1) for s in SCORERS},
            dataset="CHB-MIT" if i % 5 else "eegmat",
        )
        for i in range(n_patients)
    )  # fmt: skip
    return Evaluation(
        auroc=0.912, auprc=0.871, hours=3.2, background_hours=1.8, n_seizures=81,
        sensitivity_at_fa=at_fa, locked=locked, curves=curves,
        roc=Trace(x, x**0.2), pr=Trace(x, 1 - 0.6 * x**4),
        calibration=Calibration(centres, centres, centres**1.4, counts),
        delays_s=tuple(rng.gamma(3, 3, 30) - 2), alarm_delays_s=tuple(rng.gamma(5, 4, 30)),
        n_onsets=37, per_patient=patients,
        per_dataset=(GroupResult("CHB-MIT", 2.4, 1.0, 81, 0.91, 0.87, locked, n_patients),),
        intervals=intervals, recordings=(), engine="torch-cpu-float32", weights="vigil-1 3f9a",
        config_hash="0123456789abcdef", tau_on=0.86, tau_off=0.78,
        command="vigil evaluate <data> --jobs 2", machine="Linux, 2 cores",
        notes=("44 of 81 seizures begin at a join; their delay is not counted.",),
    )  # fmt: skip


def nothing(weights: str = "UNTRAINED") -> Evaluation:
    undefined = OperatingPoint(0.86, math.nan, math.nan, math.nan, 0.0)
    empty = np.full(10, math.nan)
    return dataclasses.replace(
        evaluation(1), auroc=math.nan, auprc=math.nan, n_seizures=0, roc=None, pr=None,
        sensitivity_at_fa={s: dict.fromkeys(FA_TARGETS, math.nan) for s in SCORERS},
        locked=dict.fromkeys(SCORERS, undefined), intervals={"auroc": Interval(math.nan, math.nan)},
        curves={s: Curve(s, (undefined,)) for s in SCORERS}, delays_s=(), alarm_delays_s=(),
        n_onsets=0, calibration=Calibration(empty, empty, empty, np.zeros(10, np.int64)),
        per_dataset=(), weights=weights,
    )  # fmt: skip


def alarm(category: str = "other") -> FalseAlarm:
    rng = np.random.default_rng(1)
    walk = np.cumsum(rng.normal(0, 8, (19, 2560)), axis=1)
    data = (walk - walk.mean(axis=1, keepdims=True)).astype(np.float32)
    return FalseAlarm(
        "a<b>.edf", "sub-1", 61.5, 12.0, 0.93, category, "why", describe(data), (), data, 56.5
    )


class Page(HTMLParser):
    """What is open, which links there are, and which pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.sources: list[str] = []
        self.figures: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "img"}:
            self.open.append(tag)
        for name, value in attrs:
            if name in {"src", "href", "srcset", "data", "action"}:
                self.sources.append(value or "")
            if tag == "figure" and name == "class":
                self.figures += (value or "").split()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(text: str) -> Page:
    page = Page()
    page.feed(text)
    page.close()
    assert not page.open
    return page


def test_the_page_stands_alone_and_holds_every_figure(tmp_path: Path) -> None:
    paths = write_report(evaluation(), tmp_path / "out", [alarm()])
    assert [path.name for path in paths] == ["report.html", "summary.md", "false_alarms.tsv"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(
        path.name for path in paths
    )
    text = paths[0].read_text(encoding="utf-8")
    page = parsed(text)
    assert all(source.startswith("data:image/png;base64,") for source in page.sources)
    assert len(page.sources) == len(FIGURES) + 1
    assert set(FIGURES) <= set(page.figures)
    assert "alarm" in page.figures
    assert "<script" not in text
    assert not re.search(r"https?://|@import|url\(", text)


@pytest.mark.parametrize("name", ["report.html", "summary.md"])
def test_both_say_what_a_reader_must_know(name: str, tmp_path: Path) -> None:
    write_report(evaluation(), tmp_path)
    text = (tmp_path / name).read_text(encoding="utf-8")
    for fact in (NOTICE, "0.912 (0.860 to 0.950)", "1.80", "0123456789abcdef", "2 cores",
                 "torch-cpu-float32", "44 of 81", "sub-chb02", "CHB-MIT", "10 FA/24h"):  # fmt: skip
        assert fact in text
    assert "UNTRAINED" not in text


@pytest.mark.parametrize("name", ["report.html", "summary.md"])
def test_what_is_not_defined_is_said(name: str, tmp_path: Path) -> None:
    write_report(nothing(), tmp_path)
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert "UNTRAINED: nobody trained" in text
    assert "not defined" in text
    assert not re.search(r"\bnan\b", re.sub(r"base64,[^\"]*", "", text))


def test_no_patients_at_all(tmp_path: Path) -> None:
    bare = dataclasses.replace(nothing(), per_patient=(), curves={}, locked={}, hours=0.0)
    parsed(write_report(bare, tmp_path)[0].read_text(encoding="utf-8"))


def test_without_an_audit_there_is_no_table_of_false_alarms(tmp_path: Path) -> None:
    names = [path.name for path in write_report(evaluation(1), tmp_path, None)]
    assert names == ["report.html", "summary.md"]


def test_an_unwritable_folder_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(VigilError, match="cannot be made"):
        write_report(nothing(), tmp_path / "file" / "out")
