"""What can be called or set is documented, and what is documented exists."""

import re
from pathlib import Path
from typing import Any

import typer

from core.config import Config
from core.model.presets import PRESETS
from monitor.cli import app

ROOT = Path(__file__).resolve().parents[2]


def _command_names() -> set[str]:
    return set(typer.main.get_command(app).commands)


def _command(name: str) -> Any:
    return typer.main.get_command(app).commands[name]


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    mentioned = set(re.findall(r"\.venv/bin/vigil (\w+)", readme))
    assert mentioned == _command_names()


def test_every_command_and_option_has_a_help_text() -> None:
    for name, command in typer.main.get_command(app).commands.items():
        assert command.help, f"vigil {name} has no help text"
        for parameter in command.params:
            assert parameter.help, f"vigil {name}: {parameter.name} has no help text"


def test_every_argument_is_named_in_upper_case() -> None:
    for name, command in typer.main.get_command(app).commands.items():
        for parameter in command.params:
            if parameter.param_type_name == "argument":
                shown = parameter.metavar or ""
                assert re.search(r"[A-Z]{2}", shown), f"vigil {name}: {parameter.name}"


def test_help_lists_the_networks() -> None:
    (preset,) = (p for p in _command("model").params if p.name == "preset")
    assert preset.help == f"One of {', '.join(PRESETS)}."


def test_every_setting_is_in_the_default_configuration() -> None:
    text = (ROOT / "configs" / "default.toml").read_text(encoding="utf-8")
    for section, settings in Config().model_dump().items():
        assert f"[{section}]" in text
        for key in settings:
            assert re.search(rf"(?m)^{key} = ", text), f"{section}.{key} is not in default.toml"


def test_links_in_the_documents_lead_somewhere() -> None:
    for document in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target} does not exist"
