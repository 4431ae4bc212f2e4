"""Time to score 1,000 recordings of 24 h with 50 events each, beside timescoring alone.

Run as ``python tests/bench/bench_scoring.py [N_RECORDINGS]`` from the repository's root. Reading
of files is not part of it.
"""

import sys
import time

import numpy as np
from timescoring.annotations import Annotation
from timescoring.scoring import EventScoring, SampleScoring

from core.evaluation import Annotations, Span, pool, score_pair

DURATION_S = 86400.0
N_EVENTS = 50


def recording(rng: np.random.Generator) -> list[tuple[float, float]]:
    """Make 50 events of 10 to 180 s that do not overlap."""
    slot = DURATION_S / N_EVENTS
    onsets = np.arange(N_EVENTS) * slot + rng.uniform(0, slot - 200, N_EVENTS)
    stops = onsets + rng.uniform(10, 180, N_EVENTS)
    return [
        (round(float(on), 4), round(float(off), 4)) for on, off in zip(onsets, stops, strict=True)
    ]


def annotations(events: list[tuple[float, float]]) -> Annotations:
    return Annotations(DURATION_S, tuple(Span(*event) for event in events))


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    rng = np.random.default_rng(0)
    pairs = [(recording(rng), recording(rng)) for _ in range(n)]

    began = time.perf_counter()
    scores = pool(score_pair(annotations(ref), annotations(hyp)) for ref, hyp in pairs)
    everything_s = time.perf_counter() - began
    print(f"every score of core.evaluation: {everything_s:.2f} s for {n} recordings")

    for fs in (10, 256):
        began = time.perf_counter()
        tp = 0
        for ref, hyp in pairs:
            sides = [Annotation(each, fs, round(DURATION_S * fs)) for each in (ref, hyp)]
            SampleScoring(*sides)
            tp += EventScoring(*sides).tp
        alone_s = time.perf_counter() - began
        same = "same" if tp == scores.event.tp else "OTHER"
        print(f"timescoring alone, input at {fs} Hz: {alone_s:.2f} s, {same} event hits ({tp})")


if __name__ == "__main__":
    main()
