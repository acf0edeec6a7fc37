"""The list of processors, with a stand-in for the combo box's surroundings and for the process that looks."""

import pytest


class FinishedProcess:
    exit_status = 0

    def new_lines(self):
        return ["step noise", "cuda:0\tNVIDIA RTX A2000, 12 GB", "cpu\tCPU, 8 cores"]


@pytest.fixture
def a_choice(application):
    from PySide6 import QtWidgets

    from QuantSegLib.deviceChoice import DeviceChoice

    assert application is not None
    chosen = []
    place, box = QtWidgets.QWidget(), QtWidgets.QComboBox()
    QtWidgets.QFormLayout(place).addRow("Processor:", box)
    yield DeviceChoice(box, chosen.append), box, chosen
    place.deleteLater()


def texts(box):
    return [box.itemText(index) for index in range(box.count())]


def test_before_anything_is_known_there_is_automatic_and_the_cpu(a_choice):
    _, box, _ = a_choice
    assert texts(box) == ["Automatic", "CPU"]


def test_what_was_found_is_shown_by_its_name_and_chosen_by_its_key(a_choice):
    choice, box, chosen = a_choice
    choice._process = FinishedProcess()
    choice.poll()
    assert texts(box) == ["Automatic (NVIDIA RTX A2000, 12 GB)", "NVIDIA RTX A2000, 12 GB", "CPU, 8 cores"]
    box.setCurrentIndex(1)
    assert chosen == ["cuda:0"]


def test_device_of_a_saved_scene_stays_chosen_even_where_it_is_absent(a_choice):
    choice, box, chosen = a_choice
    choice.choose("mps")
    choice._process = FinishedProcess()
    choice.poll()
    assert box.currentText() == "mps"
    assert chosen == []


class OnlyTheCpu(FinishedProcess):
    def new_lines(self):
        return ["cpu\tCPU, 8 cores"]


@pytest.mark.parametrize(
    ("in_sight", "torch", "said"),
    [
        (True, None, "PyTorch is missing"),
        (True, "a build for the CPU", "the installed PyTorch cannot use it"),
        (False, None, ""),
    ],
    ids=["no PyTorch", "PyTorch of another build", "no graphics processor"],
)
def test_a_graphics_processor_that_stands_idle_is_said(a_choice, monkeypatch, in_sight, torch, said):
    import importlib.util

    from quantseg import hardware

    choice, box, _ = a_choice
    monkeypatch.setattr(hardware, "accelerator_in_sight", lambda: in_sight)
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: torch if name == "torch" else find(name))
    choice._process = OnlyTheCpu()
    choice.poll()
    note = box.parentWidget().layout().itemAt(2).widget()
    assert note.isHidden() is not in_sight
    assert said in note.text()


def test_nothing_is_said_of_a_graphics_processor_that_works(a_choice, monkeypatch):
    from quantseg import hardware

    choice, box, _ = a_choice
    monkeypatch.setattr(hardware, "accelerator_in_sight", lambda: True)
    choice._process = FinishedProcess()
    choice.poll()
    assert box.parentWidget().layout().itemAt(2).widget().isHidden()
