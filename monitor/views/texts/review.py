"""Texts of the review window."""

from core.evaluation.agreement import Agreement
from core.evaluation.seizure_types import SEIZURE_TYPES
from monitor.archive.history import Finding, Verdict
from monitor.views.times import duration_text

REVIEW = "Review"
SESSION = "Session"
DURATION = "Length"
RUNS = "Runs"
STATE = "Session state"
REVIEWER = "Reviewer"
CHANGE_REVIEWER = "Change\u2026"
REVIEWER_TITLE = "Who reviews?"
REVIEWER_QUESTION = "Your name or initials. They stand beside every verdict that you give."
REVIEWER_EMPTY = "A verdict needs a reviewer: enter your name or initials"
REVIEWER_NEEDED = "No verdict was given: enter your name or initials first"
NO_REVIEWER = "nobody yet"

READING = "Reading the signal\u2026"
NO_EEG = "No EEG was recorded here"
MARKING = "Drag over the seizure that was missed \u00b7 Esc: leave"
SESSION_BAR = "Scroll through the session"

CASES = "Alarms"
CASE_COLUMNS = ("Onset", "What", "Length", "Peak", "State", "Mine", "Others")
WHICH = {
    "all": "All",
    "open": "Not reviewed by me",
    "mine": "Reviewed by me",
    "disagreeing": "Disagreeing",
}
WHICH_TIP = "Alarms and missed seizures, by what was said of them"
ANY_STATE = "Any state"
STATE_TIP = "State of the alarm, as last logged"
MIN_DURATION = "Shortest duration"
MIN_PEAK = "Lowest peak probability"
SECONDS_SUFFIX = " s"
SHOW_TECHNICAL = "Technical"
SHOW_NOTES = "Notes"
SHOW_OTHERS = "Others (H)"
SHOW_OTHERS_TIP = "Show what other reviewers said, and how far you agree"
TECHNICAL_CASE = "Technical"
NOTE_CASE = "Note"
NO_CASE = "No alarm is listed with this filter"
NO_ALARMS = "There was no alarm in this session"

FINDING_BUTTONS = {
    Finding.SEIZURE: "Seizure (1)",
    Finding.NO_SEIZURE: "Not a seizure (2)",
    Finding.UNSURE: "Unsure (3)",
}
FINDING_SHORT = {
    Finding.SEIZURE: "seizure",
    Finding.NO_SEIZURE: "no seizure",
    Finding.UNSURE: "unsure",
}
SEIZURE_TYPE = "Type"
ONSET = "Onset"
OFFSET = "End"
EDGE_ONSET = "onset"
EDGE_OFFSET = "end"
EDGE_TIP = "Seconds since the session began; or drag the line on the traces"
RESET_EDGES = "As alarm (R)"
COMMENT_PLACEHOLDER = "Comment (C)"
MARK_MISSED = "Missed seizure (M)"
PREVIOUS = "Previous (P)"
NEXT = "Next (N)"
SAVE_CHANGES = "Give again (Ctrl+S)"
NOT_GIVEN = "Changed, not given yet"
NO_VERDICT = "No verdict yet"
NO_SUBJECT = "Choose an alarm; technical alarms and notes are not judged"
CHANGES_TITLE = "Verdicts that were not given"
MISSED_IS_SEIZURE = "A stretch is marked as missed only where it is a seizure, or may be one"

GROUP_REVIEW = "Review"
KEY_NEXT = "Next alarm"
KEY_PREVIOUS = "Previous alarm"
KEY_NEXT_OPEN = "Next alarm that you have not reviewed"
KEY_SEIZURE = "Verdict: seizure"
KEY_NO_SEIZURE = "Verdict: not a seizure"
KEY_UNSURE = "Verdict: unsure"
KEY_SAVE = "Give the verdict again, with what was changed"
KEY_ONSET_HERE = "Onset to the mouse pointer"
KEY_OFFSET_HERE = "End to the mouse pointer"
KEY_ONSET_EARLIER = "Onset 0.5 s earlier"
KEY_ONSET_LATER = "Onset 0.5 s later"
KEY_OFFSET_EARLIER = "End 0.5 s earlier"
KEY_OFFSET_LATER = "End 0.5 s later"
KEY_RESET = "Onset and end as the alarm has them"
KEY_COMMENT = "Write a comment"
KEY_MISSED = "Mark a seizure that was missed"
KEY_OTHERS = "Show or hide what others said"
KEY_CASE_LIST = "Go to the list; arrows select"
KEY_CASE = "Show the onset again"
KEY_LEAVE_REVIEW = "Leave a field, marking, or the full screen"
KEY_CLOSE_REVIEW = "Close"


def min_duration(seconds: float) -> str:
    return f"\u2265 {duration_text(seconds)}" if seconds else "Any length"


def min_peak(peak: float) -> str:
    return f"peak \u2265 {peak:.2f}" if peak else "Any peak"


def review_title(name: str) -> str:
    return f"Vigil review: {name}"


def finding_words(verdict: Verdict) -> str:
    """Write a finding with its type."""
    words = FINDING_SHORT[verdict.finding]
    if verdict.seizure_type in ("", "sz"):
        return words
    return f"{words}: {SEIZURE_TYPES.get(verdict.seizure_type, verdict.seizure_type)}"


def verdict_bar(verdict: Verdict) -> str:
    return f"{verdict.reviewer}: {FINDING_SHORT[verdict.finding]}"


def type_entry(code: str) -> str:
    """Write a seizure type in words, and its code."""
    return f"{SEIZURE_TYPES[code]}  [{code}]"


def case_name(subject: str) -> str:
    """Write what verdicts call a case."""
    return subject.capitalize()


def run_begins(number: int, gap_s: float) -> str:
    """Say that the monitor was started again."""
    return f"interrupted for {duration_text(max(0.0, gap_s))}; run {number} begins"


def runs_text(n_runs: int, n_broken: int) -> str:
    return f"{n_runs}" if not n_broken else f"{n_runs}, {n_broken} not closed in order"


def trends_read(share: float) -> str:
    """Say how far the trends have got."""
    return "Click to see the signal there" if share >= 1 else f"Trends: {share:.0%} read"


def trends_failed(reason: str) -> str:
    """Say why no more trends will come."""
    return f"No further trends: {reason}"


def counted_cases(n_shown: int, n_alarms: int, n_open: int) -> str:
    return f"{n_shown} listed \u00b7 {n_alarms} alarms \u00b7 {n_open} not reviewed by you"


def agreement_text(other: str, found: Agreement) -> str:
    """Write how far two reviewers agree."""
    if not found.n_cases or found.share is None:
        return f"{other}: no alarm judged by both"
    kappa = "not defined" if found.kappa is None else f"{found.kappa:.2f}"
    alarms = "alarm" if found.n_cases == 1 else "alarms"
    return f"{other}: {found.share:.0%} of {found.n_cases} {alarms} alike, kappa {kappa}"


def hidden_others(n_others: int) -> str:
    people = "reviewer is" if n_others == 1 else "reviewers are"
    return f"Verdicts of {n_others} other {people} hidden (H)"


def given(verdict: Verdict) -> str:
    return f"{case_name(verdict.subject)}: {finding_words(verdict)}. Logged as {verdict.reviewer}."


def changes_left(subjects: list[str]) -> str:
    """Ask about changes that no verdict was given with."""
    names = ", ".join(case_name(subject) for subject in subjects)
    return f"{names}: changed, but no verdict was given. Close without them?"
