"""The command that looks inside the detectors."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import VigilError
from monitor.command_options import JsonOption, WeightsOption, print_json
from monitor.progress import progress_bar

if TYPE_CHECKING:
    from core.interpret.study import Study

__all__ = ["interpret"]

_NEEDED = ("sklearn", "umap")


def interpret(
    out: Annotated[Path, typer.Option(help="Folder for report, tables and activations.")],
    bids_dir: Annotated[
        Path | None,
        typer.Argument(metavar="[BIDS_DIR]", help="BIDS data set; without it, simulated patients."),
    ] = None,
    weights: WeightsOption = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="TOML file; examples are in configs/interpret/.")
    ] = None,
    cache: Annotated[
        Path, typer.Option(help="Folder of conditioned signals, shared with trainings.")
    ] = Path("training/cache"),
    json: JsonOption = False,
) -> None:
    """Look inside: train shallow CNNs, record and silence their units, and test three findings."""
    if not all(find_spec(name) for name in _NEEDED):
        raise VigilError(
            "scikit-learn or umap-learn is missing: pip install 'vigil-eeg[interpret]'"
        )
    # torch, scikit-learn and matplotlib load only where they are needed
    from core.interpret.report import write_study
    from core.interpret.settings import load_interpret_settings
    from core.interpret.study import simulate_dataset, study

    settings = load_interpret_settings(config)
    with progress_bar("interpret") as progress:
        data = bids_dir
        if data is None:
            data = simulate_dataset(out / "simulated", settings.seed, progress)
        found = study(settings, data, out, cache, weights, progress.say)
        written = write_study(found, out)
    if json:
        print_json(_summary(found, [str(path) for path in written]))
        return
    for finding in found.findings:
        typer.echo(f"{finding.network}: {finding.claim}: {finding.verdict.upper()}.")
        typer.echo(f"    {finding.reason}")
        for name, value in finding.numbers:
            typer.echo(f"    {name}: {value.text()}")
    typer.echo(f"Report: {out / 'report.html'}")


def _summary(found: "Study", written: list[str]) -> dict[str, Any]:
    return {
        "patients": list(found.patients),
        "n_seizure": found.n_seizure,
        "n_background": found.n_background,
        "findings": [
            {
                "network": each.network,
                "claim": each.claim,
                "verdict": each.verdict,
                "reason": each.reason,
                "numbers": {
                    name: [_finite(value.mean), _finite(value.low), _finite(value.high)]
                    for name, value in each.numbers
                },
            }
            for each in found.findings
        ],
        "software": found.software,
        "written": written,
    }


def _finite(value: float) -> float | None:
    return value if value == value else None  # noqa: PLR0124 - NaN is the one that differs
