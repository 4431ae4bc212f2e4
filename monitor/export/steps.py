"""The log as lines of JSON."""

import json
from pathlib import Path

from monitor.export.material import Material

__all__ = ["write_steps"]


def write_steps(material: Material, path: Path) -> None:
    """Write every row of the log, in order, one JSON object a line.

    Raises
    ------
    OSError
        Where the file cannot be written.
    """
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for step in material.steps():
            file.write(json.dumps(step, ensure_ascii=False, separators=(",", ":")) + "\n")
