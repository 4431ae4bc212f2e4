"""What summaries say to people."""

import pytest

from monitor.summary_text import print_detection, print_session

SESSION = {
    "duration_s": 70.0,
    "n_windows": 2,
    "real_time_factor": 12.34,
    "engine": "torch-cpu-float32",
    "events": [],
    "alarms": {"raised": 1, "confirmed": 1, "retracted": 0, "acknowledged": 0},
    "gaps": [],
    "notes": [],
    "shortfall": "",
    "weights": "w",
    "session": "s",
}


@pytest.mark.parametrize(
    ("n", "light_s", "sound_s", "line"),
    [
        (1, [0.03, 0.03], [0.12, 0.12], "to light at most 0.03 s, to sound at most 0.12 s"),
        (2, [0.03, 0.051], [0.12, 1.5], "to light at most 0.05 s, to sound at most 1.50 s"),
        (2, [0.03, 0.2], [None, None], "to light at most 0.20 s; no sound was played"),
        (0, [None, None], [0.1, 0.12], "to sound at most 0.12 s"),
        (0, [None, None], [None, None], ""),
    ],
)
def test_from_decision_to_signal(capsys, n, light_s, sound_s, line):
    delay_s = {
        "n": n,
        "light_median_s": light_s[0],
        "light_max_s": light_s[1],
        "sound_median_s": sound_s[0],
        "sound_max_s": sound_s[1],
    }
    print_session({**SESSION, "signal_delay_s": delay_s})
    told = [text for text in capsys.readouterr().out.splitlines() if "decision" in text]
    assert told == ([f"  from decision {line}"] if line else [])


def test_a_session_without_a_window_has_no_signal(capsys):
    print_session(SESSION)
    assert "decision" not in capsys.readouterr().out


@pytest.mark.parametrize(("factor", "words"), [(19.2, "19.2 times"), (0.4, "0.4 times")])
def test_how_fast_a_recording_was_analysed(capsys, factor, words):
    result = {**SESSION, "file": "bed7.edf", "real_time_factor": factor}
    print_detection(result)
    line = capsys.readouterr().out.splitlines()[0]
    assert line == f"bed7.edf: 0:01:10 analysed, {words} as fast as real time"
