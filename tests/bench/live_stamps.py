"""Lost samples counted from noisy time stamps, against what was lost.

Synthetic streams of which is known what is missing. Prints the table of docs/live.md. Run with
``python tests/bench/live_stamps.py``.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.unit.monitor.test_sample_clock import errors, run, stream

SECONDS = 600.0
SEEDS = range(5)
CASES = {
    "regular": {},
    "regular, 1 % of chunks of 31 ms lost": {"drop": 0.01, "n_chunk": 8},
    "each sample up to 20 ms late": {"jitter_s": 0.02},
    "each sample up to 10 ms late, 1 % of chunks of 125 ms lost": {"jitter_s": 0.01, "drop": 0.01},
    "chunks of 31 ms up to 20 ms late": {"chunk_jitter_s": 0.02, "n_chunk": 8},
    "chunks of 31 ms up to 20 ms late, 1 % lost": {
        "chunk_jitter_s": 0.02, "n_chunk": 8, "drop": 0.01,
    },
    "chunks of 31 ms up to 10 ms late, 1 % lost": {
        "chunk_jitter_s": 0.01, "n_chunk": 8, "drop": 0.01,
    },
    "chunks of 125 ms up to 10 ms late": {"chunk_jitter_s": 0.01},
    "chunks of 125 ms up to 10 ms late, 1 % lost": {"chunk_jitter_s": 0.01, "drop": 0.01},
    "chunks of 125 ms up to 20 ms late, 1 % lost": {"chunk_jitter_s": 0.02, "drop": 0.01},
    "chunks of 500 ms up to 10 ms late": {"chunk_jitter_s": 0.01, "n_chunk": 128},
    "bursts of 2 s stamped when sent, 5 % lost": {"burst_s": 2.0, "drop": 0.05, "n_chunk": 512},
}  # fmt: skip


def main() -> None:
    print("| stamps | lost | counted too many | largest index error |")
    print("|---|---|---|---|")
    for name, faults in CASES.items():
        lost, excess, worst = [], [], []
        for seed in SEEDS:
            number, stamps = stream(SECONDS, seed=seed, ppm=50.0, **faults)
            indices, clock = run(stamps)
            lost.append(int(number[-1] - number[0] + 1 - len(number)))
            excess.append(clock.lost_samples - lost[-1])
            worst.append(int(np.abs(errors(number, indices)).max()))
        most = max(excess, key=abs)
        print(f"| {name} | {round(np.mean(lost))} | {most:+d} | {max(worst)} |", flush=True)


if __name__ == "__main__":
    main()
