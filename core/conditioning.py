"""The front half of the pipeline: source chunks to conditioned blocks."""

from dataclasses import replace

from core.config import BLOCK_SAMPLES, Config
from core.errors import MontageError
from core.filters import Reblock, SosFilter, design_band_pass, design_notch
from core.gaps import GapBridge
from core.montage import Montage, plan_montage
from core.quality import QualityMonitor, RestMarker
from core.resample import Resampler, resampled_index
from core.stream import Chain
from core.types import Chunk, Gap, QualityReport, StreamInfo

__all__ = ["Conditioner"]


class Conditioner:
    """Gap bridging, quality, montage, resampling, band-pass and notch, re-blocking.

    Parameters
    ----------
    info
        The source.
    config
        Everything that can be set.
    judges_quality
        Whether signal quality is reported. It has no say in the signal.

    Raises
    ------
    MontageError, SignalError
        Where the source cannot give 19 electrodes, or is too slow.
    """

    def __init__(self, info: StreamInfo, config: Config, *, judges_quality: bool = True) -> None:
        plan = plan_montage(info.ch_names, config.montage)
        conditioning = config.conditioning
        self.notes = plan.notes
        self._n_channels = len(info.ch_names)
        self._used = list(plan.source_channels)
        self._sfreq = info.sfreq
        self._target_sfreq = float(conditioning.sfreq)
        self._gaps = GapBridge(info.sfreq, config.gaps.bridge_s)
        # An ECG or a spare input is no electrode: nobody is called to put it right.
        watched = _pick_channels(info, plan.source_channels)
        self._quality = QualityMonitor(watched, config.quality, conditioning.mains_hz)
        self._judges_quality = judges_quality
        self._chain = Chain(
            [
                RestMarker(info, config.quality),
                Montage(plan, info.ch_names, info.sfreq),
                Resampler(info.sfreq, self._target_sfreq, conditioning.resampler),
                SosFilter(design_band_pass(conditioning)),
                SosFilter(design_notch(conditioning)),
                Reblock(BLOCK_SAMPLES),
            ]
        )
        self._stop_sample: int
        self.reset()

    def push(self, item: Chunk) -> list[Chunk | Gap | QualityReport]:
        """Take source channels; return blocks at 256 Hz, gaps, and quality once a second.

        The sample indices of blocks and gaps count at 256 Hz, those of quality reports at the
        source's rate, and are about the channels that the montage uses.

        Raises
        ------
        MontageError
            Where the chunk has another number of channels than the source announced.
        """
        if item.data.shape[0] != self._n_channels:
            raise MontageError(
                f"{item.data.shape[0]} channels arrived where {self._n_channels} were announced"
            )
        out: list[Chunk | Gap | QualityReport] = []
        for piece in self._gaps.push(item):
            if isinstance(piece, Gap):
                out += self._end_segment()
                stop_sample = resampled_index(piece.stop_sample, self._sfreq, self._target_sfreq)
                out.append(Gap(self._stop_sample, stop_sample))
            else:
                if self._judges_quality:
                    out += self._quality.push(Chunk(piece.data[self._used], piece.start_sample))
                out += self._blocks(self._chain.push(piece))
        return out

    def flush(self) -> list[Chunk | Gap | QualityReport]:
        self._gaps.flush()
        return self._end_segment()

    def reset(self) -> None:
        self._gaps.reset()
        self._quality.reset()
        self._chain.reset()
        self._stop_sample = 0

    def _end_segment(self) -> list[Chunk | Gap | QualityReport]:
        return [*self._quality.flush(), *self._blocks(self._chain.flush())]

    def _blocks(self, blocks: list[Chunk]) -> list[Chunk]:
        if blocks:
            self._stop_sample = blocks[-1].stop_sample
        return blocks


def _pick_channels(info: StreamInfo, channels: tuple[int, ...]) -> StreamInfo:
    def pick(values: tuple[float, ...] | None) -> tuple[float, ...] | None:
        return None if values is None else tuple(values[i] for i in channels)

    return replace(
        info,
        ch_names=tuple(info.ch_names[i] for i in channels),
        physical_min_uv=pick(info.physical_min_uv),
        physical_max_uv=pick(info.physical_max_uv),
    )
