"""The report of a look inside: one HTML file that needs nothing else, and TSV tables."""

import base64
import html
from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from core.errors import VigilError
from core.evaluation.drawing import png
from core.evaluation.text import write_text
from core.interpret.ensemble_figures import (
    draw_cka,
    draw_ensembles,
    draw_selectivity,
    draw_silencing,
)
from core.interpret.estimate import estimate
from core.interpret.figures import (
    draw_architecture,
    draw_embeddings,
    draw_inputs,
    draw_population,
    draw_separation,
)
from core.interpret.findings import CLAIMS, Finding, apart
from core.interpret.results import NetworkResult
from core.interpret.silencing import ABLATIONS
from core.interpret.study import Study
from core.interpret.tables import TABLES

__all__ = ["NOTICE", "write_study"]

NOTICE = "Research software, not a certified medical device."

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 62rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.7rem; margin-bottom: 0.2rem; } h2 { font-size: 1.35rem; margin-top: 2.4rem; }
h3 { font-size: 1.05rem; margin-top: 1.6rem; }
.notice { background: #eef4f8; border-left: 5px solid #0072B2; padding: 0.5rem 0.9rem; }
.verdict { font-weight: 700; white-space: nowrap; } .holds { color: #00724f; }
.part { color: #9a6a00; } .not { color: #b04a00; } .open { color: #555; }
table { border-collapse: collapse; margin: 0.8rem 0; font-variant-numeric: tabular-nums;
  font-size: 0.92rem; }
th, td { text-align: left; padding: 0.22rem 0.7rem; border-bottom: 1px solid #ddd;
  vertical-align: top; }
th { border-bottom: 2px solid #555; } .wide { overflow-x: auto; }
figure { margin: 1rem 0; max-width: 100%; } figure img { max-width: 100%; height: auto; }
figcaption { font-size: 0.88rem; color: #444; max-width: 48rem; }
details { margin: 0.4rem 0; } summary { cursor: pointer; color: #0072B2; }
"""
_CLASSES = {
    "holds": "holds",
    "holds in part": "part",
    "does not hold here": "not",
    "cannot be told": "open",
}

Drawing = tuple[Callable[[NetworkResult], Figure], str, str]

_DRAWINGS: tuple[Drawing, ...] = (
    (
        draw_embeddings,
        "PCA (100 components) and UMAP of every layer, one fold. Strong points: patients who were "
        "held out; faint ones: patients of the training. UMAP shows neighbourhoods, not distances.",
        "umap",
    ),
    (
        draw_separation,
        "How far the classes are apart for held-out patients, with 95 % intervals over patients. "
        "Grey: 95 % of what labels give that are rotated within each patient.",
        "separation",
    ),
    (
        draw_population,
        "Sparseness and redundancy on held-out patients, with 95 % intervals over patients.",
        "population",
    ),
    (
        draw_cka,
        "Likeness of the layers: debiased linear CKA, mean over held-out patients.",
        "cka",
    ),
    (
        draw_selectivity,
        "Selectivity of every unit in the patients of the training; all folds. Coloured: strong "
        "enough, and significant under rotated labels after Benjamini and Hochberg's correction.",
        "selectivity",
    ),
    (
        draw_ensembles,
        "Co-activation over seizure segments of the last fold; units sorted by ensemble. Frames: "
        "ensembles of seizure units (orange) and of background units (blue); the rest prefers "
        "neither class.",
        "ensembles",
    ),
)


def write_study(study: Study, out: Path) -> tuple[Path, ...]:
    """Write ``report.html`` and the tables.

    Parameters
    ----------
    study
        What was found.
    out
        Folder; made where it is not there.

    Returns
    -------
    tuple of Path
        What was written.

    Raises
    ------
    VigilError
        Where a file cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VigilError(f"{out}: cannot be made ({error.strerror})") from error
    texts = {"report.html": _page(study), **{name: make(study) for name, make in TABLES.items()}}
    for name, text in texts.items():
        write_text(out / name, text)
    return tuple(out / name for name in texts)


def _page(study: Study) -> str:
    settings = study.settings
    segment_s = settings.classifier.segment_s
    first = settings.preset(settings.classifier.inputs[0])
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Inside the detectors</title><style>{_STYLE}</style></head><body>",
        "<h1>Inside the detectors</h1>",
        f'<p class="notice">{NOTICE}</p>',
        f"<p>{study.n_seizure} seizure and {study.n_background} background segments of "
        f"{segment_s} s from {len(study.patients)} patients "
        f"({html.escape(', '.join(study.patients))}), who each have both. Shallow CNNs are trained "
        f"in {settings.folds} folds by patient; every number below is of patients whom the network "
        "in question has not met, with a 95 % interval over patients, unless it says otherwise. "
        f"Probe, neighbours and ensembles come from the patients of the training.</p>",
        "<h2>The three findings</h2>",
        _verdicts(study),
        *(_finding(each) for each in study.findings),
        "<h2>The shallow CNN</h2>",
        _figure(
            draw_architecture(first), "Architecture; units and samples of each layer.", "network"
        ),
        _figure(
            draw_inputs(study.classifiers, segment_s),
            "What each kind of network sees of a background and of a seizure segment of one "
            f"patient ({html.escape(study.patients[0])}).",
            "inputs",
        ),
        _performance(study),
    ]
    for network in study.classifiers:
        parts.append(f"<h2>Input: {html.escape(network.name)}</h2>")
        parts += _network(network)
        for ablation in ABLATIONS:
            what = "0" if ablation == "zero" else "its mean over the patients of the training"
            parts.append(
                _figure(
                    draw_silencing(network, ablation),
                    f"Silencing, a unit's output replaced by {what}. Solid: the ensembles, the "
                    "most telling first, with 95 % intervals over held-out patients; dotted: as "
                    "many units drawn from the layer.",
                    f"silencing-{network.name}-{ablation}",
                )
            )
    if study.detector is not None:
        parts.append(f"<h2>The monitor's network: {html.escape(study.detector.name)}</h2>")
        parts.append(
            f"<p>Whole windows of 60 s, as at the bedside; {html.escape(study.detector.note)}. "
            "Probe and neighbours of a patient are those of the other patients, and ensembles "
            "are those of all. In the UMAP, strong points are one patient; PCA was fitted on the "
            f"others. Nothing was silenced. {_few(study.detector)}</p>"
        )
        parts.append(_onset(study.detector))
        parts += _network(study.detector)
    parts += [
        "<h2>Tables</h2><ul>",
        *(
            f'<li><a href="{name}">{name}</a>: {html.escape((make.__doc__ or "").strip())}</li>'
            for name, make in TABLES.items()
        ),
        "</ul>",
        f"<p>{html.escape(study.software)}; seed {settings.seed}.</p></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _verdicts(study: Study) -> str:
    names = [network.name for network in study.classifiers]
    head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    rows = []
    for claim in CLAIMS:
        cells = "".join(_verdict(each, "td") for each in study.findings if each.claim == claim)
        rows.append(f"<tr><td>{html.escape(claim)}</td>{cells}</tr>")
    return (
        f'<div class="wide"><table><tr><th>Claim</th>{head}</tr>' + "".join(rows) + "</table></div>"
    )


def _verdict(finding: Finding, tag: str) -> str:
    style = _CLASSES[finding.verdict]
    return f'<{tag} class="verdict {style}">{html.escape(finding.verdict)}</{tag}>'


def _finding(finding: Finding) -> str:
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{value.text()}</td><td>{value.n_patients}</td></tr>"
        for name, value in finding.numbers
    )
    return (
        f"<details><summary>{html.escape(finding.network)}: {html.escape(finding.claim)}</summary>"
        f"<p>{_verdict(finding, 'span')}. {html.escape(finding.reason)}</p>"
        "<table><tr><th>Number</th><th>Mean (95 % interval)</th><th>Patients</th></tr>"
        f"{rows}</table></details>"
    )


def _performance(study: Study) -> str:
    rows = []
    for network in study.classifiers:
        cells = [
            estimate({name: values[k] for name, values in network.performance.items()}).text()
            for k in range(3)
        ]
        rows.append("".join(f"<td>{cell}</td>" for cell in (html.escape(network.name), *cells)))
    return (
        "<table><tr><th>Input</th><th>AUROC</th><th>Seizure segments called so</th>"
        "<th>Background segments called so</th></tr>"
        + "".join(f"<tr>{row}</tr>" for row in rows)
        + "</table>"
    )


def _onset(network: NetworkResult) -> str:
    onset = next((layer.name for layer in network.layers if apart(layer)), None)
    if onset is None:
        return "<p>No layer tells the classes apart better than labels that mean nothing.</p>"
    found = estimate(network.layer(onset).separation.values["probe"])
    return (
        f"<p>The classes are apart from <b>{html.escape(onset)}</b> on: linear probe, AUROC "
        f"{found.text()} over {found.n_patients} patients.</p>"
    )


def _few(network: NetworkResult) -> str:
    """Warn of intervals over a handful of patients."""
    n_patients = len(network.layers[0].separation.values["probe"])
    return f"An interval over {n_patients} patients says little." if n_patients < 6 else ""


def _network(network: NetworkResult) -> list[str]:
    return [
        _figure(draw(network), caption, f"{name}-{network.name}")
        for draw, caption, name in _DRAWINGS
    ]


def _figure(figure: Figure, caption: str, name: str) -> str:
    data = base64.b64encode(png(figure)).decode("ascii")
    return (
        f'<figure id="{html.escape(name)}"><img alt="{html.escape(caption)}" '
        f'src="data:image/png;base64,{data}"><figcaption>{caption}</figcaption></figure>'
    )
