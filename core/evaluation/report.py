"""The report of an evaluation: one HTML file that needs nothing else, Markdown, and a TSV."""

import base64
import html
from collections.abc import Sequence
from pathlib import Path

from core.errors import VigilError
from core.evaluation.audit import FalseAlarm, count_categories, false_alarm_table
from core.evaluation.audit_pictures import CUT_OFF, draw_excerpt
from core.evaluation.audit_rules import RULES
from core.evaluation.drawing import png
from core.evaluation.figures import FIGURES
from core.evaluation.report_tables import (
    Table,
    dataset_table,
    headline_table,
    locked_table,
    patient_table,
    provenance_table,
    target_table,
)
from core.evaluation.results import Evaluation
from core.evaluation.text import write_text

__all__ = ["NOTICE", "write_report"]

NOTICE = "Research software, not a certified medical device."
UNTRAINED = "UNTRAINED: nobody trained these weights. Nothing below says how well a detector works."

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 68rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.7rem; margin-bottom: 0.2rem; } h2 { font-size: 1.25rem; margin-top: 2.2rem; }
.notice { background: #eef4f8; border-left: 5px solid #0072B2; padding: 0.5rem 0.9rem; }
.untrained { background: #D55E00; color: #fff; font-weight: 700; padding: 0.7rem 0.9rem; }
table { border-collapse: collapse; margin: 0.8rem 0; font-variant-numeric: tabular-nums;
  font-size: 0.92rem; }
th, td { text-align: right; padding: 0.22rem 0.7rem; border-bottom: 1px solid #ddd; }
th { border-bottom: 2px solid #555; vertical-align: bottom; }
th:first-child, td:first-child, .text td, .text th { text-align: left; }
td { white-space: nowrap; } .text td { white-space: normal; vertical-align: top; }
.wide { overflow-x: auto; }
figure { margin: 1rem 0; display: inline-block; vertical-align: top; max-width: 100%; }
figure img { max-width: 100%; height: auto; } figcaption { font-size: 0.88rem; color: #444;
  max-width: 44rem; } figure.half { width: 48%; min-width: 20rem; }
"""
_HALF = ("roc", "pr")


def write_report(
    evaluation: Evaluation, out: Path, audit: Sequence[FalseAlarm] | None = ()
) -> tuple[Path, ...]:
    """Write ``report.html``, ``summary.md`` and ``false_alarms.tsv``.

    Parameters
    ----------
    evaluation
        The results.
    out
        Folder; made where it is not there.
    audit
        False alarms at the locked thresholds; None where nobody looked into them: the TSV is then
        not written.

    Returns
    -------
    tuple of Path
        What was written.

    Raises
    ------
    VigilError
        Where a file cannot be written.
    """
    texts = {
        "report.html": _html(evaluation, audit),
        "summary.md": _markdown(evaluation, audit),
    }
    if audit is not None:
        texts["false_alarms.tsv"] = false_alarm_table(audit)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VigilError(f"{out}: cannot be made ({error.strerror})") from error
    for name, text in texts.items():
        write_text(out / name, text)
    return tuple(out / name for name in texts)


def _html(evaluation: Evaluation, audit: Sequence[FalseAlarm] | None) -> str:
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Evaluation</title><style>{_STYLE}</style></head><body>",
        "<h1>Evaluation of the seizure detector</h1>",
        f'<p class="notice">{NOTICE}</p>',
    ]
    if evaluation.weights == "UNTRAINED":
        parts.append(f'<p class="untrained">{UNTRAINED}</p>')
    parts += [_html_table(headline_table(evaluation), "text")]
    if evaluation.notes:
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in evaluation.notes)
        parts.append(f"<h2>To be known when reading this</h2><ul>{notes}</ul>")
    parts += [
        "<h2>Sensitivity and false alarms</h2>",
        _figure("fa-curves", evaluation),
        _html_table(target_table(evaluation)),
        "<h2>At the locked thresholds</h2>",
        _html_table(locked_table(evaluation)),
        "<h2>Samples</h2>",
        *(_figure(name, evaluation) for name in ("roc", "pr", "reliability")),
        "<h2>Delays</h2>",
        _figure("delays", evaluation),
        "<h2>Data sets</h2>",
        _html_table(dataset_table(evaluation)),
        "<h2>Patients</h2>",
        _figure("patients", evaluation),
        _html_table(patient_table(evaluation)),
        "<h2>False alarms</h2>",
        *_html_audit(audit),
        "<h2>How this was made</h2>",
        _html_table(provenance_table(evaluation), "text"),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _html_audit(audit: Sequence[FalseAlarm] | None) -> list[str]:
    if audit is None:
        return ["<p>Not looked into.</p>"]
    counts = count_categories(audit)
    rules = Table(
        ("Category", "Number", "Rule; the first that holds is taken"),
        tuple((name, str(counts[name]), rule) for name, rule in RULES.items()),
    )
    parts = [
        f"<p>{len(audit)} at the locked thresholds (detections that overlap no annotated seizure)."
        " The categories sort them for a reader; they diagnose nothing.</p>",
        _html_table(rules, "text"),
    ]
    if audit:
        parts.append(_html_table(_audit_table(audit), "text"))
    pictured = [alarm for alarm in audit if alarm.excerpt is not None]
    if pictured:
        parts.append(
            f"<h3>EEG around the onset</h3><p>The {len(pictured)} of the highest peaks. Blue line:"
            f" onset. Orange: dominant channels. Traces are cut off at {CUT_OFF:g} times the"
            " spacing.</p>"
        )
    for alarm in pictured:
        title = (
            f"{alarm.recording} at {alarm.onset_s:.1f} s, peak {alarm.peak:.2f}: {alarm.category}"
        )
        caption = title + (f" ({alarm.reason})" if alarm.reason else "")
        image = png(draw_excerpt(alarm), dpi=90)
        parts.append(_html_image("alarm", image, caption, "half"))
    return parts


def _audit_table(audit: Sequence[FalseAlarm]) -> Table:
    rows = []
    for alarm in audit:
        features = alarm.features
        channels, spectrum = "n/a", "n/a"
        if features is not None:
            channels = " ".join(features.dominant)
            shares = {**features.bands, "mains": features.mains_share}
            spectrum = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
        rows.append(
            (
                alarm.recording,
                f"{alarm.onset_s:.1f}",
                f"{alarm.duration_s:.1f}",
                f"{alarm.peak:.2f}",
                alarm.category + (f" ({alarm.reason})" if alarm.reason else ""),
                channels,
                alarm.flags_text or "good",
                spectrum,
            )
        )
    columns = (
        "Recording", "Onset (s)", "Duration (s)", "Peak", "Category", "Dominant channels",
        "Signal quality", "Power",
    )  # fmt: skip
    return Table(columns, tuple(rows))


def _figure(name: str, evaluation: Evaluation) -> str:
    caption, draw = FIGURES[name]
    return _html_image(name, png(draw(evaluation)), caption, "half" if name in _HALF else "")


def _html_image(name: str, image: bytes, caption: str, style: str = "") -> str:
    data = base64.b64encode(image).decode("ascii")
    text = html.escape(caption)
    return (
        f'<figure class="{style} {name}"><img alt="{text}" src="data:image/png;base64,{data}">'
        f"<figcaption>{text}</figcaption></figure>"
    )


def _html_table(table: Table, style: str = "") -> str:
    head = "".join(f"<th>{html.escape(column)}</th>" for column in table.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>\n"
        for row in table.rows
    )
    return (
        f'<div class="wide"><table class="{style}"><thead><tr>{head}</tr></thead>\n'
        f"<tbody>{body}</tbody></table></div>"
    )


def _markdown(evaluation: Evaluation, audit: Sequence[FalseAlarm] | None) -> str:
    parts = ["# Evaluation of the seizure detector", f"> {NOTICE}"]
    if evaluation.weights == "UNTRAINED":
        parts.append(f"**{UNTRAINED}**")
    parts.append(_markdown_table(headline_table(evaluation)))
    if evaluation.notes:
        parts.append("\n".join(f"- {note}" for note in evaluation.notes))
    for title, table in (
        ("Sensitivity at false alarms in 24 h", target_table(evaluation)),
        ("At the locked thresholds", locked_table(evaluation)),
        ("Data sets", dataset_table(evaluation)),
        ("Patients", patient_table(evaluation)),
    ):
        parts += [f"## {title}", _markdown_table(table)]
    if audit is not None:
        rows = tuple((name, str(number)) for name, number in count_categories(audit).items())
        parts += ["## False alarms", _markdown_table(Table(("Category", "Number"), rows))]
    parts += ["## How this was made", _markdown_table(provenance_table(evaluation))]
    return "\n\n".join(parts) + "\n"


def _markdown_table(table: Table) -> str:
    lines = [table.columns, tuple("---" for _ in table.columns), *table.rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", r"\|").replace("\n", " ") for cell in line) + " |"
        for line in lines
    )
