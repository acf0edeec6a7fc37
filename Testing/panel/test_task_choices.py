"""A panel's choices, made from the options that a task declares."""

from dataclasses import dataclass
from enum import Enum

import pytest

from quantseg.errors import UsageError
from quantseg.tasks.heart.options import HeartOptions
from quantseg.tasks.hippocampus.options import HippocampusOptions, InputKind, Side
from quantseg.tasks.options import TaskOptions, arguments_of, option

pytestmark = pytest.mark.usefixtures("application")


class Plane(Enum):
    AXIAL = "axial"
    CORONAL = "coronal"


@dataclass(frozen=True, kw_only=True)
class MadeUpOptions(TaskOptions):
    plane: Plane = option(Plane.AXIAL, "of the slices", labels={"axial": "Axial slices", "coronal": "Coronal slices"})
    age_years: float | None = option(None, "of the patient", positive=True)
    thorough: bool = option(False, "take longer")


def test_members_are_named_as_saved_scenes_name_them():
    from CardiacSegLib.parameters import ModelChoice
    from HippoSegLib.parameters import InputKindChoice, SideChoice

    assert [(one.name, one.value) for one in InputKindChoice] == [
        ("DECIDE", "decide"),
        ("HEAD", "head"),
        ("CROP", "crop"),
    ]
    assert [(one.name, one.value) for one in SideChoice] == [("UNKNOWN", ""), ("LEFT", "left"), ("RIGHT", "right")]
    assert [(one.name, one.value) for one in ModelChoice] == [
        ("BOTH_VENTRICLES", "heart"),
        ("LEFT_OPEN", "heart-lv-open"),
    ]
    assert [one.label() for one in SideChoice] == ["Unknown", "Left (of the patient)", "Right (of the patient)"]


def test_words_of_the_choices_are_translated(monkeypatch):
    from QuantSegLib import taskChoices

    monkeypatch.setattr(taskChoices, "_", lambda text: {"Axial slices": "Axiale Schichten"}.get(text, text))
    choice = taskChoices.choiceEnum("PlaneChoice", MadeUpOptions, "plane")
    assert [one.label() for one in choice] == ["Axiale Schichten", "Coronal slices"]


def test_what_is_chosen_becomes_the_tasks_options():
    from QuantSegLib.taskChoices import choiceEnum, taskOptions

    plane = choiceEnum("PlaneChoice", MadeUpOptions, "plane")
    given = taskOptions(MadeUpOptions, {"plane": plane.CORONAL, "ageYears": 70.5, "thorough": True, "device": "cpu"})
    assert given == MadeUpOptions(plane=Plane.CORONAL, age_years=70.5, thorough=True, device="cpu")
    assert taskOptions(MadeUpOptions, {"ageYears": 0.0}) == MadeUpOptions()
    with pytest.raises(TypeError, match="Unknown choice weight; known: plane, ageYears, thorough, device"):
        taskOptions(MadeUpOptions, {"weight": 70})


def test_choices_that_contradict_each_other_are_refused():
    from HippoSegLib.parameters import InputKindChoice, SideChoice

    from QuantSegLib.taskChoices import taskOptions

    with pytest.raises(UsageError, match="leave one of them out"):
        taskOptions(HippocampusOptions, {"inputKind": InputKindChoice.HEAD, "side": SideChoice.LEFT})


@pytest.mark.parametrize(
    "options",
    [
        HippocampusOptions(side=Side.RIGHT, input_kind=InputKind.CROP, force=True, device="cuda:1"),
        HeartOptions(model="heart-lv-open", ed_frame_number=3, height_cm=171.25, heart_rate_bpm=0.1 + 0.2),
        HippocampusOptions(),
    ],
)
def test_the_engine_is_asked_for_exactly_these_options(options):
    import argparse

    from quantseg.cli.task_options import add_task_options, task_options

    parser = argparse.ArgumentParser()
    add_task_options(parser, type(options))
    assert task_options(parser.parse_args(arguments_of(options)), type(options)) == options
