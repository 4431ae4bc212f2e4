"""Write EDF and BDF files byte by byte, the broken ones included.

The readers and writers at hand refuse to write what has to be read here: discontinuous files,
records cut short, wrong record counts, nonsense in header fields.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

HEADER_FIELDS = {
    "version": 8, "patient": 80, "recording": 80, "start_date": 8, "start_time": 8,
    "header_bytes": 8, "reserved": 44, "n_records": 8, "record_s": 8, "n_signals": 4,
}  # fmt: skip
SIGNAL_FIELDS = {
    "label": 16, "transducer": 80, "unit": 8, "physical_min": 8, "physical_max": 8,
    "digital_min": 8, "digital_max": 8, "prefilter": 80, "n_per_record": 8, "signal_reserved": 32,
}  # fmt: skip


@dataclass
class Signal:
    """One signal: ``digital`` holds all its samples, record upon record."""

    label: str
    digital: npt.NDArray[np.integer]
    n_per_record: int = 100
    unit: str | bytes = "uV"
    physical: tuple[float, float] = (-3276.8, 3276.7)
    digital_range: tuple[int, int] = (-32768, 32767)
    overrides: Mapping[str, str] = field(default_factory=dict)

    @property
    def in_unit(self) -> npt.NDArray[np.float64]:
        """The samples in the signal's unit."""
        (p_min, p_max), (d_min, d_max) = self.physical, self.digital_range
        return p_min + (self.digital - d_min) * (p_max - p_min) / (d_max - d_min)


def tal(onset_s: float, duration_s: float | None = None, *texts: str) -> bytes:
    """Encode one time-stamped annotation list; without a text, the time-keeping one."""
    timing = f"{onset_s:+.6f}".rstrip("0").rstrip(".")
    if duration_s is not None:
        timing += f"\x15{duration_s:g}"
    return (timing + "\x14" + "\x14".join(texts or ("",)) + "\x14\x00").encode()


def edf_bytes(
    signals: Sequence[Signal],
    *,
    record_s: str = "1",
    tals: Sequence[bytes] | None = None,
    tal_bytes: int = 60,
    bdf: bool = False,
    **overrides: str,
) -> bytes:
    """Return a whole file.

    Parameters
    ----------
    signals
        Ordinary signals.
    record_s
        Duration of a record, as it shall be written.
    tals
        Content of the annotation signal, one item a record; None: no such signal.
    tal_bytes
        Room for it in each record; a multiple of 6.
    bdf
        24 instead of 16 bits.
    **overrides
        Header fields (see ``HEADER_FIELDS``) that shall differ from what is right.
    """
    sample_bytes = 3 if bdf else 2
    n_records = (
        (len(tals) if not signals and tals else len(signals[0].digital) // signals[0].n_per_record)
        if signals or tals
        else 0
    )
    rows: list[dict[str, str | bytes]] = []
    for signal in signals:
        row: dict[str, str | bytes] = {
            "label": signal.label,
            "unit": signal.unit,
            "physical_min": f"{signal.physical[0]:.8g}",
            "physical_max": f"{signal.physical[1]:.8g}",
            "digital_min": str(signal.digital_range[0]),
            "digital_max": str(signal.digital_range[1]),
            "n_per_record": str(signal.n_per_record),
        }
        rows.append(row | dict(signal.overrides))
    if tals is not None:
        rows.append(
            {
                "label": "BDF Annotations" if bdf else "EDF Annotations",
                "physical_min": "-1",
                "physical_max": "1",
                "digital_min": "-8388608" if bdf else "-32768",
                "digital_max": "8388607" if bdf else "32767",
                "n_per_record": str(tal_bytes // sample_bytes),
            }
        )
    fixed = {
        "version": b"\xffBIOSEMI" if bdf else "0",
        "patient": "X X X X",
        "recording": "Startdate 04-MAY-2023 X X X",
        "start_date": "04.05.23",
        "start_time": "06.07.08",
        "header_bytes": str(256 * (len(rows) + 1)),
        "reserved": ("" if tals is None else "BDF+C" if bdf else "EDF+C"),
        "n_records": str(n_records),
        "record_s": record_s,
        "n_signals": str(len(rows)),
    } | overrides
    header = b"".join(_cell(fixed[name], width) for name, width in HEADER_FIELDS.items())
    for name, width in SIGNAL_FIELDS.items():
        header += b"".join(_cell(row.get(name, ""), width) for row in rows)
    records = []
    for k in range(n_records):
        for signal in signals:
            own = signal.digital[k * signal.n_per_record : (k + 1) * signal.n_per_record]
            raw = np.asarray(own, dtype="<i4").view(np.uint8).reshape(-1, 4)
            records.append(raw[:, :sample_bytes].tobytes())
        if tals is not None:
            records.append(tals[k].ljust(tal_bytes, b"\x00"))
    return header + b"".join(records)


def write_edf_plus_d(
    path: Path,
    segments: Sequence[tuple[float, npt.NDArray[np.floating]]],
    *,
    ch_names: Sequence[str],
    sfreq: int = 256,
    record_s: int = 1,
    annotations: Sequence[tuple[float, str]] = (),
) -> None:
    """Write a discontinuous EDF+ recording.

    Parameters
    ----------
    path
        To write.
    segments
        Onset in seconds after the header's start time and data ``(n_channels, n_samples)`` in
        microvolts, within +-3276.7 and rounded to 0.1; a whole number of records each.
    ch_names
        Names, in the order of the rows.
    sfreq
        Sampling rate in Hz.
    record_s
        Duration of a data record in seconds.
    annotations
        Onset after the header's start time, and text; all of them go into the first record.
    """
    n = sfreq * record_s
    onsets_s = [
        onset_s + k * record_s for onset_s, data in segments for k in range(data.shape[1] // n)
    ]
    joined = np.concatenate([data for _, data in segments], axis=1)
    digital = np.rint(joined * 10).astype(np.int32)
    tals = [tal(onset_s) for onset_s in onsets_s]
    tals[0] += b"".join(tal(onset_s, None, text) for onset_s, text in annotations)
    room = -(-max(len(item) for item in tals) // 6) * 6
    signals = [Signal(name, row, n) for name, row in zip(ch_names, digital, strict=True)]
    path.write_bytes(
        edf_bytes(signals, record_s=str(record_s), tals=tals, tal_bytes=room, reserved="EDF+D")
    )


def _cell(value: str | bytes, width: int) -> bytes:
    raw = value if isinstance(value, bytes) else value.encode("latin-1")
    assert len(raw) <= width, f"{raw!r} is longer than {width}"
    return raw.ljust(width)
