"""Which signals of a recording are EEG, and how many microvolts their unit is.

The rule:

1. A signal whose label names an electrode of the 10-10 system, an ear lobe or mastoid, or a pair
   that begins with one (``Fp1``, ``EEG T3-REF``, ``FP1-F7``, ``Fc5.``) is EEG if its unit is a
   voltage. For the 19 electrodes of the 10-20 system any other unit is an error; names beyond
   them mean other things too (``P1`` in mmHg, ``T1`` in degC) and are then left out.
2. The main rate is the highest rate among these; where there are none, among all voltages.
3. Of the others, those with a voltage for a unit and the main rate are kept as they are (ECG, EOG,
   spare inputs); which electrodes are wanted is the montage's business.
4. Annotations, triggers and status lines, unnamed spare columns (``-``, ``.``) and everything
   measured in another unit are left out.
"""

import re

from core.electrodes import ELECTRODES, parse_electrode, parse_pair
from core.errors import RecordingError
from core.io.edf_header import EdfHeader, EdfSignal

__all__ = ["ACCEPTED_UNITS", "is_electrode", "microvolts_per_unit", "select_signals"]

ACCEPTED_UNITS = "nV, uV, \N{MICRO SIGN}V, mV, V"

_MAX_SFREQ_HZ = 1_000_000
_ELECTRODE = re.compile(
    r"(FP|AF|F|FT|FC|T|C|TP|CP|P|PO|O|I)(Z|[1-9]|10)|[AM][12]"  # 10-10, ear lobes, mastoids
)
_TRIGGER = re.compile(r"(BDF |EDF )?(STATUS|TRIG(GER)?S?|STIM?|STI ?\d*|EVENTS?|MARKERS?)")


def is_electrode(label: str) -> bool:
    """Whether a label names a scalp, ear or mastoid electrode, alone or as the first of a pair."""
    return _ELECTRODE.fullmatch(_first_electrode(label)) is not None


def _first_electrode(label: str) -> str:
    name = re.sub(r"^(EEG|POL)[\s:_-]*", "", label.upper())
    return re.split(r"[-\u2013_:/\s]", name, maxsplit=1)[0].rstrip(".")


def _is_ten_twenty(label: str) -> bool:
    """Whether a montage could need the channel."""
    label = label.rstrip(".")
    return parse_electrode(label) in ELECTRODES or parse_pair(label) is not None


def microvolts_per_unit(unit: str) -> float | None:
    """Microvolts in one of ``unit``, or None where it is no voltage.

    Case does not matter, except that ``MV`` is refused: it may stand for mega or for milli.
    """
    plain = unit.strip().replace("\N{MICRO SIGN}", "u").replace("\N{GREEK SMALL LETTER MU}", "u")
    if plain[:1] == "M":
        return None
    return {"nv": 1e-3, "uv": 1.0, "mv": 1e3, "v": 1e6}.get(plain.lower())


def select_signals(header: EdfHeader, name: str) -> tuple[tuple[int, ...], float]:
    """Choose the EEG signals of a recording; the module's docstring has the rule.

    Parameters
    ----------
    header
        Of the recording.
    name
        Of the file, for messages.

    Returns
    -------
    indices
        Of the signals, in the file's order.
    sfreq
        The main rate in Hz.

    Raises
    ------
    RecordingError
        Where an electrode has a unit that is not a voltage, or no signal is a voltage at all.
    """
    voltages = [i for i, signal in enumerate(header.signals) if _is_voltage(signal, name)]
    if not voltages:
        raise RecordingError(f"{name}: zero channels with EEG (no electrode and no voltage)")
    named = [i for i in voltages if is_electrode(header.signals[i].label)]
    main = max(header.signals[i].n_per_record for i in named or voltages)
    chosen = tuple(i for i in voltages if i in named or header.signals[i].n_per_record == main)
    main_signal = next(header.signals[i] for i in chosen if header.signals[i].n_per_record == main)
    sfreq = header.sfreq(main_signal)
    if not 1 <= sfreq <= _MAX_SFREQ_HZ:
        raise RecordingError(
            f"{name}: {main_signal.label}: sampling rate is {sfreq:g} Hz, "
            f"must be 1 to {_MAX_SFREQ_HZ} Hz"
        )
    return chosen, sfreq


def _is_voltage(signal: EdfSignal, name: str) -> bool:
    if signal.is_annotation:
        return False
    is_voltage = microvolts_per_unit(signal.unit) is not None
    if not is_voltage and _is_ten_twenty(signal.label):
        unit = f"unit {signal.unit!r}" if signal.unit else "no unit"
        raise RecordingError(
            f"{name}: channel {signal.label} has {unit}, must be one of {ACCEPTED_UNITS}"
        )
    if not re.search(r"[^\W_]", signal.label) or _TRIGGER.fullmatch(signal.label.upper()):
        return False
    return is_voltage
