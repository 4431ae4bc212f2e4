"""The weights that come with the program."""

from importlib.resources import files
from pathlib import Path

__all__ = ["NO_WEIGHTS", "UNTRAINED", "builtin_weights", "weights_file"]

NO_WEIGHTS = "untrained"
"""What asks for random weights instead of the built-in ones."""

UNTRAINED = "UNTRAINED"
"""Identity of weights that nobody trained."""


def builtin_weights(preset: str) -> Path | None:
    """Find the built-in weights of a network; None where there are none."""
    path = Path(str(files("core.model") / "weights" / f"{preset}.safetensors"))
    return path if path.is_file() else None


def weights_file(choice: Path | None, preset: str) -> Path | None:
    """Say which file a choice of weights means.

    Parameters
    ----------
    choice
        A file; ``untrained``; or None for the built-in weights.
    preset
        The network.

    Returns
    -------
    Path or None
        None: random weights, which every output calls UNTRAINED.
    """
    if choice is None:
        return builtin_weights(preset)
    return None if str(choice) == NO_WEIGHTS else choice
