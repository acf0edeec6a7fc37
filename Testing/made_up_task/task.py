"""The record of the made-up task: two images and an age go in, a score and an image come out."""

from made_up_task.options import UptakeOptions
from quantseg.reading import InputLimits, RoleImages, find_cases, read_roles
from quantseg.results.presentation import Presentation, Presenter
from quantseg.results.preview import render_image
from quantseg.results.sections import KeyNumber
from quantseg.tasks.contract import InputRole, Task

_MRI = InputRole("mri", "T1-weighted MRI: image file, DICOM folder, or folder of either")
_PET = InputRole("pet", "FDG-PET", InputLimits(max_spacing_mm=8.0, modalities=frozenset({"PT"})))


def _read(case, spacing):
    return read_roles(case, {role.name: role.limits for role in (_MRI, _PET)}, spacing)


def _pipeline(options, _models):
    from made_up_task.pipeline import UptakePipeline

    return UptakePipeline(options)


def _headline(measurements):
    return "uptake score " + ", ".join(f"{one.value:.2f}" for one in measurements if one.key == "uptake_score")


def _present(result):
    image, score = result.outputs
    title = image.title
    return Presentation(
        title="Made-up uptake",
        picture=lambda: render_image(result.volume.with_array(image.array), title),
        picture_alt=f"{title} in three planes",
        sections=(KeyNumber("score", score.title, score.measurement),),
    )


TASK: Task[RoleImages, UptakeOptions] = Task(
    name="made-up",
    summary="Uptake of glucose in the bright half of a brain, made up for tests.",
    inputs=(_MRI, _PET),
    options=UptakeOptions,
    find=find_cases,
    read=_read,
    models=lambda _options: (),
    pipeline=_pipeline,
    presenter=Presenter(_headline, ("age_known",), _present),
    asks_person=True,
    yields_labels=False,
)
