"""Which attribution explains the detector best, whether it finds the focus, and what it costs.

    python -m tests.bench.bench_attribution [--windows N] [--data BIDS_DIR --cache FOLDER]

Simulated seizures have a known focus. With real recordings too (of patients whom the built-in
weights were not trained on), the deletion and insertion test is made on both.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch

from core.config import Config
from core.electrodes import ELECTRODES
from core.interpret.attribution import (
    SFREQ,
    TARGET_S,
    attribute,
    excerpt,
    load_attribution_network,
    score_channels,
)
from core.interpret.faithfulness import deletion_insertion
from tests.unit.interpret.focal_seizures import focal_windows

UNSEEN = ("chb04", "chb09", "chb19")
METHODS = ("occlusion", "integrated-gradients", "loudness", "random")


def real_windows(data, cache, n_each):
    """The start of some seizures of each patient, in the first window that shows 8 s of it."""
    from core.training.cache import SignalCache
    from core.training.crops import Crop, Material
    from core.training.prepare import choose

    config = Config()
    recordings = [each for each in choose(data, ()) if each.patient in UNSEEN]
    signals = SignalCache(cache, config)
    material = Material(recordings, [signals.open(each.path) for each in recordings], config)
    for name in UNSEEN:
        found = []
        for r, recording in enumerate(recordings):
            if recording.patient != name:
                continue
            n_samples = material.signals[r].segments[0].n_samples
            for onset_s, offset_s in material.seizures[r]:
                needed = (onset_s + 8) * SFREQ - config.window_samples
                start = max(0, int(-(-needed // config.stride_samples))) * config.stride_samples
                if start + config.window_samples > n_samples:
                    continue
                span = (int(onset_s * SFREQ) - start, int(offset_s * SFREQ) - start)
                crop = Crop(r, 0, start, 0, config.window_samples)
                found.append((material.cut(crop).data, (span[0], min(span[1], 15360))))
        yield from found[:: max(1, len(found) // n_each)][:n_each]


def measure(network, windows, label):
    areas = {method: [] for method in METHODS}
    rng = np.random.default_rng(0)
    for window, span in windows:
        target = (span[0], min(span[1], span[0] + TARGET_S * SFREQ))
        first, stop = excerpt(target, window.shape[1])
        piece = np.ascontiguousarray(window[:, first:stop])
        inside = slice(target[0] - first, target[1] - first)

        def score(x, inside=inside):
            return network(x)[:, inside].mean(1)

        for method in METHODS:
            if method == "loudness":
                scores = np.square(piece[:, inside]).mean(1)
            elif method == "random":
                scores = rng.random(19)
            else:
                scores = score_channels(score, piece, method, time.perf_counter() + 1e6)[1]
            areas[method].append(deletion_insertion(score, piece, scores))
    print(f"\n{label}: {len(areas['random'])} windows; mean deletion (low), insertion (high)")
    for method, rows in areas.items():
        deletion, insertion = np.nanmean(rows, axis=0)
        print(
            f"{method:22} {deletion:6.3f} {insertion:6.3f} {insertion - deletion:6.3f}", flush=True
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--windows", type=int, default=24)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("training/cache"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    networks = {name: load_attribution_network(Config(), None, name) for name in METHODS[:2]}
    windows = list(focal_windows(arguments.windows))
    for method in METHODS[:2]:
        firsts, walls, hz = 0, [], []
        for window in windows:
            found = attribute(networks[method], window.data, window.span, 1e6, method)
            firsts += ELECTRODES[int(np.argmax(found.channel_scores))] == window.focus
            walls.append(found.wall_s)
            hz.append(found.frequency_hz)
        print(
            f"{method:22} focus first in {firsts} of {len(windows)}, "
            f"median {np.median(walls):.1f} s, {np.min(hz):.1f} to {np.max(hz):.1f} Hz",
            flush=True,
        )
    loud = [np.argmax(np.square(w.data[:, slice(*w.span)]).mean(1)) for w in windows]
    firsts = sum(ELECTRODES[k] == w.focus for k, w in zip(loud, windows, strict=True))
    print(f"{'loudness':22} focus first in {firsts} of {len(windows)}")
    network = networks["integrated-gradients"]
    measure(network, [(w.data, w.span) for w in windows[:6]], "simulated")
    if arguments.data:
        measure(network, list(real_windows(arguments.data, arguments.cache, 3)), "real")


if __name__ == "__main__":
    main()
