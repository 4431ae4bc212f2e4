"""How the signal was shown comes back with the next session."""

import pytest
from PySide6.QtWidgets import QComboBox

from core.config import Config
from core.display_montage import load_montages
from monitor.views import texts
from monitor.views.app import WindowRun
from monitor.views.settings import WindowSettings
from monitor.views.signals import SignalPane

OWN = '[montage.Parasagittal]\nchannels = ["Fp1-F3", "F3-C3", "Cz", "O1-AVG"]\n'


@pytest.fixture
def own_file(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(OWN)
    return path


@pytest.fixture
def session(qtbot, ch_names, tmp_path):
    def start(**options):
        run = WindowRun(
            "night.edf", Config(), "w", None, ch_names, "1x", "over", folder=tmp_path, **options
        )
        qtbot.addWidget(run.window)
        run.window.show()
        return run

    return start


def test_every_choice_is_remembered(session, own_file):
    first = session()
    pane = first.window.signals
    controls = pane.controls
    controls.load_montages(own_file)
    for box, choice in (
        (controls.sensitivity_box, "20 µV/mm"), (controls.time_box, "30 mm/s"),
        (controls.low_cut_box, "LF 1 Hz"), (controls.high_cut_box, "HF 35 Hz"),
        (controls.notch_box, "Notch 50 Hz"), (controls.mode_box, "Scroll"),
    ):  # fmt: skip
        box.setCurrentText(choice)
    controls.trends_button.toggle()
    pane.trends.set_hours(8.0)
    chosen = pane.choices()
    first.close()
    second = session()
    assert second.window.signals.choices() == chosen
    assert chosen["montage"] == second.window.signals.trace.montage.name == "Parasagittal"
    assert second.window.signals.trace.sensitivity_uv_mm == 20.0
    assert not second.window.signals.trends.isHidden()
    second.close()


def test_the_height_of_the_trends_is_remembered(qtbot):
    def open_one(choices):
        pane = SignalPane(0.86, 0.78)
        qtbot.addWidget(pane)
        pane.resize(1100, 1000)
        pane.restore(choices)
        pane.show()
        qtbot.waitExposed(pane)
        return pane

    def share(pane):
        sizes = pane.splitter.sizes()
        return sizes[1] / sum(sizes)

    first = open_one({"trends": "shown"})
    assert share(first) == pytest.approx(0.42, abs=0.02)
    first.splitter.moveSplitter(420, 1)
    moved = share(first)
    assert moved > 0.5
    chosen = first.choices()
    first.controls.trends_button.toggle()
    first.controls.trends_button.toggle()
    assert share(first) == pytest.approx(moved, abs=0.01)
    first.close()
    second = open_one(chosen)
    assert share(second) == pytest.approx(moved, abs=0.01)
    second.close()


def test_a_montage_file_that_is_gone_is_said_and_nothing_else_is_lost(session, own_file):
    first = session()
    first.window.signals.controls.load_montages(own_file)
    first.window.signals.controls.sensitivity_box.setCurrentText("5 µV/mm")
    first.close()
    own_file.unlink()
    second = session()
    assert second.window.signals.trace.montage.name == "Referential"
    assert second.window.signals.trace.sensitivity_uv_mm == 5.0
    assert "own.toml" in second.window.status_line.text()
    second.close()


def test_nonsense_in_the_file_is_as_good_as_nothing(session):
    settings = WindowSettings()
    before = session()
    chosen = before.window.signals.choices()
    before.close()
    settings.keep_choices(
        {"montage": texts.MONTAGE_FILE, "sensitivity": "lots", "trend_share": "half",
         "trend_hours": "7", "mode": "", "unknown": "1"}
    )  # fmt: skip
    settings.save()
    after = session()
    assert after.window.signals.choices() == chosen
    after.close()


def test_montages_of_the_command_line_are_offered_and_remembered_by_name(session, own_file):
    own = load_montages(own_file)
    first = session(montages=own)
    first.window.signals.controls.montage_box.setCurrentText("Parasagittal")
    first.close()
    second = session(montages=own)
    assert second.window.signals.trace.montage.name == "Parasagittal"
    second.close()
    third = session()
    assert third.window.signals.trace.montage.name == "Referential"
    third.close()


@pytest.mark.parametrize("width", [1200, 780, 420])
def test_no_list_loses_letters_however_narrow_the_window(qtbot, width):
    pane = SignalPane(0.86, 0.78)
    qtbot.addWidget(pane)
    pane.resize(width, 700)
    pane.show()
    qtbot.waitExposed(pane)
    boxes = pane.controls.findChildren(QComboBox)
    assert len(boxes) == 7
    for box in boxes:
        items = [box.itemText(i) for i in range(box.count())]
        words = max(box.fontMetrics().horizontalAdvance(item) for item in items)
        assert box.width() >= words + 12
        assert pane.controls.rect().contains(box.geometry())
    pane.close()
