"""Rules of each score on cases small enough to work out by hand."""

import json
import math

import numpy as np
import pytest

from core.errors import VigilError
from core.evaluation import ALGORITHMS, LABELS, Annotations, Scores, Span, pool, score_pair
from core.evaluation.confusion import Confusion
from core.evaluation.counts import Counts
from core.evaluation.dpalign import MAX_CELLS, dpalign
from core.evaluation.epoch import epoch_confusion
from core.evaluation.ira import kappa
from core.evaluation.rates import Rates
from core.evaluation.szcore import szcore_event, szcore_sample
from core.evaluation.tidy import Timeline, tidy

Times = list[tuple[float, float]]


def annotations(times: Times, duration_s: float = 100.0, name: str = "x") -> Annotations:
    return Annotations(duration_s, tuple(Span(*time) for time in times), name)


def scored(ref: Times, hyp: Times, duration_s: float = 100.0) -> Scores:
    return pool([score_pair(annotations(ref, duration_s), annotations(hyp, duration_s))])


def taes(ref: Times, hyp: Times) -> tuple[float, float, float]:
    counts = scored(ref, hyp).rates["TAES"]["seiz"].counts
    return counts.tp, counts.fn, counts.fp


def timeline(times: Times, duration_s: float = 100.0) -> list[tuple[float, float, str]]:
    tidied = tidy(annotations(times, duration_s).spans, duration_s)
    return list(zip(tidied.start.tolist(), tidied.stop.tolist(), tidied.labels, strict=True))


class TestTidy:
    def test_gaps_become_background(self) -> None:
        assert timeline([(10.0, 20.0)]) == [
            (0.0, 10.0, "bckg"),
            (10.0, 20.0, "seiz"),
            (20.0, 100.0, "bckg"),
        ]

    def test_nothing_is_background_throughout(self) -> None:
        assert timeline([]) == [(0.0, 100.0, "bckg")]

    def test_rows_that_touch_are_one_event(self) -> None:
        assert timeline([(20.0, 100.0), (0.0, 20.00001)]) == [(0.0, 100.0, "seiz")]

    def test_rows_that_overlap_stay_apart(self) -> None:
        assert timeline([(0.0, 30.0), (20.0, 100.0)]) == [
            (0.0, 30.0, "seiz"),
            (30.0, 20.0, "bckg"),
            (20.0, 100.0, "seiz"),
        ]

    def test_event_past_the_end_is_not_cut(self) -> None:
        assert timeline([(90.0, 120.0)])[1:] == [(90.0, 120.0, "seiz"), (120.0, 100.0, "bckg")]


class TestTaes:
    def test_part_of_an_event_counts_by_its_length(self) -> None:
        assert taes([(10, 20)], [(15, 30)]) == (0.5, 0.5, 1.0)
        assert taes([(10, 20)], [(8, 15)]) == pytest.approx((0.5, 0.5, 0.2))
        assert taes([(10, 20)], [(12, 15)]) == pytest.approx((0.3, 0.7, 0.0))
        assert taes([(10, 20)], [(9, 22)]) == pytest.approx((1.0, 0.0, 0.3))

    def test_pieces_within_an_event_add_up(self) -> None:
        assert taes([(10, 20)], [(11, 13), (15, 18)]) == pytest.approx((0.5, 0.5, 0.0))

    def test_one_detection_over_many_events_finds_only_the_first(self) -> None:
        assert taes([(10, 20), (30, 40), (50, 60)], [(5, 65)]) == (1.0, 2.0, 1.0)

    def test_events_without_a_match(self) -> None:
        assert taes([(10, 20)], [(40, 50)]) == (0.0, 1.0, 1.0)

    def test_event_without_length_inside_a_detection_is_found(self) -> None:
        assert taes([(15, 15)], [(10, 20)]) == (1.0, 0.0, 1.0)

    def test_event_without_length_elsewhere_is_missed(self) -> None:
        assert taes([(30, 30)], [(10, 20)]) == (0.0, 1.0, 1.0)

    def test_event_without_length_whose_fraction_has_no_limit_is_refused(self) -> None:
        with pytest.raises(VigilError, match=r"^x: reference event at 15.2 s has no length"):
            taes([(15.2, 15.2)], [(15.1, 15.2), (14, 16)])


class TestOvlp:
    def test_any_overlap_is_a_hit(self) -> None:
        counts = scored([(10, 20), (50, 60)], [(19, 51), (70, 80)]).rates["OVLP"]["seiz"].counts
        assert (counts.tp, counts.fn, counts.fp, counts.targets) == (2, 0, 1, 2)

    def test_touching_is_no_overlap(self) -> None:
        counts = scored([(10, 20)], [(20, 30)]).rates["OVLP"]["seiz"].counts
        assert (counts.tp, counts.fn, counts.fp) == (0, 1, 1)


class TestEpoch:
    def test_middles_on_an_edge_belong_to_the_earlier_event(self) -> None:
        # The seizure holds the middles 0.625 and 0.875; background before it takes 0.375.
        ref = tidy((Span(0.375, 0.875),), 2.0)
        assert epoch_confusion(ref, tidy((), 2.0)) == Confusion(0, 2, 0, 6)

    def test_agrees_with_one_sample_at_a_time(self) -> None:
        rng = np.random.default_rng(3)
        for _ in range(100):
            duration = float(rng.integers(1, 160)) / 8
            ref, hyp = (
                tidy(
                    tuple(Span(float(a), float(a + b)) for a, b in rng.integers(0, 80, (4, 2)) / 8),
                    duration,
                )
                for _ in range(2)
            )
            assert epoch_confusion(ref, hyp) == sampled(ref, hyp)


def sampled(ref: Timeline, hyp: Timeline) -> Confusion:
    pairs = []
    time = 0.125
    while time <= ref.end_s:
        pair = []
        for line in (ref, hyp):
            held = [
                label
                for start, stop, label in zip(line.start, line.stop, line.labels, strict=True)
                if start <= time <= stop
            ]
            pair.append((held or [line.labels[-1]])[0])
        pairs.append(tuple(pair))
        time += 0.25
    return Confusion(*(pairs.count((r, h)) for r in LABELS for h in LABELS))


class TestKappa:
    def test_agreement_by_chance_is_zero(self) -> None:
        assert kappa(Confusion(25, 25, 25, 25)) == 0.0

    def test_nothing_to_disagree_about_is_full_agreement(self) -> None:
        assert kappa(Confusion(0, 0, 0, 10)) == 1.0
        assert kappa(Confusion(0, 0, 0, 0)) == 1.0


class TestDpalign:
    def test_only_the_order_of_labels_matters(self) -> None:
        counts = scored([(10, 20)], [(50, 60)]).rates["DPALIGN"]["seiz"].counts
        assert (counts.tp, counts.fn, counts.fp) == (1, 0, 0)

    def test_extra_events_are_insertions(self) -> None:
        counts = scored([(10, 20)], [(10, 20), (30, 40)]).rates["DPALIGN"]["seiz"].counts
        assert (counts.tp, counts.fn, counts.fp, counts.insertions) == (1, 0, 1, 1)

    def test_label_of_the_other_kind_is_a_miss_without_false_alarm(self) -> None:
        scores = scored([(0, 100)], [])
        counts = scores.rates["DPALIGN"]["seiz"].counts
        assert (counts.tp, counts.fn, counts.fp, counts.deletions) == (0, 1, 0, 0)
        assert scores.aligned == Confusion(0, 1, 0, 0)

    def test_costs_are_minimal(self) -> None:
        rng = np.random.default_rng(5)
        for _ in range(100):
            ref, hyp = (
                tuple(LABELS[k] for k in rng.integers(0, 2, rng.integers(1, 9))) for _ in "rh"
            )
            result = dpalign(line(ref), line(hyp))
            swapped = result.confusion.seiz_bckg + result.confusion.bckg_seiz
            cost = swapped + sum(result.insertions) + sum(result.deletions)
            assert cost == edit_distance(ref, hyp)

    def test_table_that_would_not_fit_is_refused(self) -> None:
        many = ("seiz", "bckg") * (math.isqrt(MAX_CELLS) // 2 + 1)
        with pytest.raises(VigilError, match="too many to be aligned"):
            dpalign(line(many), line(many))


def line(labels: tuple[str, ...]) -> Timeline:
    return Timeline(np.arange(len(labels)) + 0.0, np.arange(len(labels)) + 1.0, labels)


def edit_distance(ref: tuple[str, ...], hyp: tuple[str, ...]) -> int:
    if not ref or not hyp:
        return len(ref) + len(hyp)
    return min(
        edit_distance(ref[1:], hyp[1:]) + (ref[0] != hyp[0]),
        edit_distance(ref[1:], hyp) + 1,
        edit_distance(ref, hyp[1:]) + 1,
    )


class TestRates:
    def test_nothing_counted_gives_zeros(self) -> None:
        rates = Rates(Counts(0, 0, 0, 0, 0, 0, 0, 0), 60.0)
        for name in ("sensitivity", "specificity", "precision", "npv", "accuracy", "f1", "mcc"):
            assert getattr(rates, name) == 0.0

    def test_correlation_without_a_real_value_is_not_a_number(self) -> None:
        assert math.isnan(Rates(Counts(1, -0.5, 1.5, 0.2, 3, 0, 0, 0), 60.0).mcc)

    def test_false_alarms_are_counted_over_the_whole_duration(self) -> None:
        files = [
            score_pair(annotations([], 3600.0), annotations([(10.0, 20.0)], 3600.0)),
            score_pair(annotations([], 3600.0), annotations([], 3600.0)),
        ]
        assert pool(files).rates["OVLP"]["seiz"].fa_per_24h == 12.0
        assert pool(files).rates["EPOCH"]["seiz"].fa_per_24h == 120.0


class TestSzcore:
    def test_events_near_each_other_are_one(self) -> None:
        counts = szcore_event([(10, 20), (100, 110)], [(40, 45)], 600.0)
        assert (counts.ref_true, counts.tp, counts.fp) == (1, 1, 0)

    def test_detection_is_forgiven_30_s_before_and_60_s_after(self) -> None:
        assert szcore_event([(100, 110)], [(65, 69.9)], 600.0).tp == 0
        assert szcore_event([(100, 110)], [(65, 70.2)], 600.0).tp == 1
        assert szcore_event([(100, 110)], [(169.8, 180)], 600.0).tp == 1

    def test_undefined_rates_are_not_numbers(self) -> None:
        empty = szcore_sample([], [], 60.0)
        assert all(math.isnan(value) for value in (empty.sensitivity, empty.precision, empty.f1))
        assert empty.fp_per_24h == 0.0

    def test_order_of_events_does_not_matter(self) -> None:
        events: Times = [(300, 400), (10, 20)]
        assert szcore_event(events, events, 600.0) == szcore_event(events[::-1], events, 600.0)

    def test_recordings_too_short_for_a_sample(self) -> None:
        assert szcore_sample([(0, 0.3)], [], 0.3).num_samples == 0
        assert math.isnan(szcore_sample([(0, 0.3)], [], 0.3).fp_per_24h)
        assert szcore_event([(0, 0.03)], [(0, 0.03)], 0.03).num_samples == 0

    def test_events_beyond_the_end_are_not_found(self) -> None:
        counts = szcore_event([(130, 140)], [(130, 140)], 100.0)
        assert (counts.ref_true, counts.tp, counts.fp) == (1, 0, 1)


class TestPairsAndPools:
    @pytest.mark.parametrize("duration_s", [99.99, 99.9999, 100.0001, 100.01])
    def test_small_differences_of_length_follow_the_reference(self, duration_s: float) -> None:
        hyp = annotations([(10.0, 20.0)], duration_s)
        file = score_pair(annotations([(10.0, 20.0)]), hyp)
        assert file.duration_s == 100.0
        assert pool([file]).rates["TAES"]["bckg"].sensitivity == 1.0

    def test_large_differences_of_length_are_refused(self) -> None:
        hyp = annotations([], 100.02, "b")
        with pytest.raises(VigilError, match=r"^b: duration is 100.02 s, but a has 100.0 s"):
            score_pair(annotations([], name="a"), hyp)

    def test_pool_of_nothing_is_refused(self) -> None:
        with pytest.raises(VigilError, match="no recording"):
            pool([])

    def test_json_has_every_field_and_no_nan(self) -> None:
        values = json.loads(scored([], [(10, 20)]).to_json())
        assert list(values) == ["duration_s", "n_files", *ALGORITHMS, "IRA", "szcore"]
        for algorithm in ALGORITHMS:
            assert list(values[algorithm]) == ["seiz", "bckg"]
            assert set(values[algorithm]["seiz"]) == {
                *("tp", "fn", "fp", "tn", "targets", "sensitivity"),
                *("specificity", "precision", "f1", "fa_per_24h"),
            }
        assert values["IRA"] == {"kappa": 0.0}
        assert values["szcore"]["event"]["sensitivity"] is None
        assert values["szcore"]["sample"]["fp"] == 10

    @pytest.mark.parametrize(
        ("duration_s", "span", "message"),
        [
            (math.nan, Span(0, 1), "duration is not a finite number"),
            (60.0, Span(0, math.inf), "stop is not a finite number"),
            (60.0, Span(2, 1), "stop 1 s is before start 2 s"),
            (60.0, Span(0, 1, "sz"), "label 'sz' is not one of"),
        ],
    )
    def test_impossible_annotations_cannot_be_made(
        self, duration_s: float, span: Span, message: str
    ) -> None:
        with pytest.raises(VigilError, match=message):
            Annotations(duration_s, (span,))
