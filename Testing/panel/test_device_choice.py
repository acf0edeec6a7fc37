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
    box = QtWidgets.QComboBox()
    return DeviceChoice(box, chosen.append), box, chosen


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
