"""Technical alarms raise and clear themselves."""

from core.types import Gap, Quality, QualityReport
from monitor.technical import TechnicalAlarms

GOOD, FLAT, HUM = Quality.GOOD, Quality.FLAT, Quality.LINE_NOISE


def feed(alarms, flags, ch_names=("Fp1",), start=0):
    changed = []
    for k, flag in enumerate(flags):
        row = flag if isinstance(flag, tuple) else (flag,)
        report = QualityReport((start + k) * 500, (start + k + 1) * 500, ch_names, row)
        changed.append([(a.text, a.active, a.sample) for a in alarms.channels(report)])
    return changed


def test_three_reports_in_a_row_raise_and_clear():
    alarms = TechnicalAlarms(500.0)
    flags = [FLAT, FLAT, GOOD, FLAT, FLAT, FLAT, FLAT, GOOD, FLAT, GOOD, GOOD, GOOD, GOOD]
    changed = feed(alarms, flags)
    told = {k: c for k, c in enumerate(changed) if c}
    assert told == {
        5: [("Fp1: flat line", True, 5 * 256)],
        11: [("Fp1: flat line", False, 11 * 256)],
    }
    assert alarms.active == ()
    assert alarms.quality["Fp1"] == GOOD


def test_another_fault_replaces_the_text():
    alarms = TechnicalAlarms(500.0)
    feed(alarms, [FLAT] * 3)
    changed = feed(alarms, [HUM | Quality.LOOSE] * 3, start=3)
    assert changed[-1] == [("Fp1: mains hum, electrode loose", True, 5 * 256)]
    assert [a.text for a in alarms.active] == ["Fp1: mains hum, electrode loose"]


def test_channels_of_one_name_count_as_one():
    alarms = TechnicalAlarms(500.0)
    changed = feed(alarms, [(FLAT, GOOD)] * 5, ("ECG", "ECG"))
    assert [len(c) for c in changed] == [0, 0, 1, 0, 0]
    assert alarms.quality["ECG"] == FLAT


def test_gap_until_rearmed():
    alarms = TechnicalAlarms(256.0)
    (raised,) = alarms.gap(Gap(1000, 1640))
    assert (raised.key, raised.active, raised.sample) == ("gap", True, 1000)
    assert raised.text == "Signal interrupted for 2.5 s; detection re-arming"
    assert alarms.gap(Gap(1000, 1640)) == []
    (longer,) = alarms.gap(Gap(3000, 4280))
    assert longer.text.startswith("Signal interrupted for 5.0 s")
    assert len(alarms.active) == 1
    (cleared,) = alarms.rearmed(20000)
    assert (cleared.active, cleared.sample, cleared.text) == (False, 20000, longer.text)
    assert alarms.rearmed(20001) == []


def test_behind_and_caught_up():
    alarms = TechnicalAlarms(256.0)
    assert alarms.inference_caught_up(0) == []
    (raised,) = alarms.inference_behind(2560, 60)
    assert raised.text == "Detection is 60 s behind the signal"
    assert alarms.inference_behind(5120, 60) == []
    (cleared,) = alarms.inference_caught_up(7680)
    assert not cleared.active
    assert alarms.active == ()
