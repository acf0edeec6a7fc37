"""A task ready for one image after another."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quantseg.api.images import as_path
from quantseg.api.result import Result
from quantseg.batch.inputs import Inputs
from quantseg.batch.job import Job
from quantseg.batch.models import options_hash, require_licences
from quantseg.batch.worker import ReadCase, predict, warm_up
from quantseg.errors import UsageError
from quantseg.inference.device import check_device_name
from quantseg.measure.steps import Steps
from quantseg.reading.content_hash import case_content_hash
from quantseg.reading.person import Person, Sex, parse_age_years, parse_sex
from quantseg.reading.scan import CaseInput
from quantseg.reading.spacing import HEADER_SPACING, SpacingChoice, SpacingSource, parse_spacing
from quantseg.tasks.options import options_from, options_of
from quantseg.tasks.registry import TASKS, find_task

if TYPE_CHECKING:
    from quantseg.api.images import ImageLike

_NAME_IN_MEMORY = "image"
"""Name of the case of an image that is no file."""


class Model:
    """A task with its options; networks are loaded once and stay in this process.

    Args:
        task: name, such as those that ``quantseg run --help`` lists.
        job: what is done with every image.
    """

    def __init__(self, task: str, job: Job) -> None:
        self._name, self._job = task, job

    def __call__(
        self,
        image: ImageLike,
        *,
        age: float | None = None,
        sex: Sex | str | None = None,
        spacing: Sequence[float] | str | None = None,
        series: str | None = None,
        name: str | None = None,
        **roles: ImageLike,
    ) -> Result:
        """Process one image.

        Args:
            image: of the task's first role: path of a file or a DICOM folder, image of NiBabel or SimpleITK, or array
                with affine.
            age: of the person in years at the time of the scan, for tasks that ask; in place of what DICOM says.
            sex: of the person, F, M or O, as for ``age``.
            spacing: size of a voxel in mm along i, j and k, in place of what the header says; or which field of the
                header holds, ``pixdim`` or ``affine``; or ``unknown``, for tasks with results that need none.
            series: picks a DICOM series by number, hash or SeriesInstanceUID.
            name: of the case; by default that of the file.
            roles: images of further roles by name, such as ``pet=``.

        Raises:
            InputRefused: no result could be right.
            ModelError: a model is missing, damaged or untrusted.
            UsageError: the input is wrong, or this machine lacks the device that was asked for.
        """
        with tempfile.TemporaryDirectory(prefix="quantseg-") as folder:
            person = self._person(age, sex)
            case = self._case(image, roles, person, series, name, Path(folder))
            job = dataclasses.replace(self._job, spacing=self._spacing(spacing))
            job = dataclasses.replace(job, options_hash=options_hash(job))
            steps = Steps()
            with steps.step("read"):
                scan = job.record.read(case, job.spacing)
            return Result(predict(job, ReadCase(case, scan, case_content_hash(case), steps)), job.record)

    def _case(
        self,
        image: ImageLike,
        roles: dict[str, ImageLike],
        person: Person,
        series: str | None,
        name: str | None,
        folder: Path,
    ) -> CaseInput:
        task = self._job.record
        known = [role.name for role in task.inputs[1:]]
        for role in roles:
            if role not in known:
                raise UsageError(f"The task {self._name} has no option and no image {role!r}; {_known(known, task)}.")
        inputs = Inputs(
            [as_path(image, folder, _NAME_IN_MEMORY)],
            None if series is None else [series],
            {role: as_path(one, folder, role) for role, one in roles.items()},
            person,
        )
        found = inputs.cases(task)
        if len(found) > 1:
            names = ", ".join(case.name for case in found)
            raise UsageError(f"{image} holds {len(found)} images ({names}); name one, or pick a series with series=.")
        return found[0] if name is None else dataclasses.replace(found[0], name=name)

    def _person(self, age: float | None, sex: Sex | str | None) -> Person:
        if not self._job.record.asks_person and (age is not None or sex is not None):
            raise UsageError(f"The task {self._name} asks for neither age nor sex; leave them out.")
        try:
            letter = sex.value if isinstance(sex, Sex) else sex
            return Person(
                None if age is None else parse_age_years(str(age)), None if letter is None else parse_sex(letter)
            )
        except ValueError as error:
            raise UsageError(f"Age or sex is {error}.") from None

    def _spacing(self, spacing: Sequence[float] | str | None) -> SpacingChoice:
        if spacing is None:
            return HEADER_SPACING
        may_be_unknown = self._job.record.inputs[0].spacing_may_be_unknown
        if isinstance(spacing, str):
            if spacing in (SpacingSource.PIXDIM.value, SpacingSource.AFFINE.value):
                return parse_spacing(spacing_from=spacing)
            return parse_spacing(spacing, may_be_unknown=may_be_unknown)
        return parse_spacing(",".join(map(str, spacing)))


def load(task: str, *, accept_licence: str | None = None, **options: Any) -> Model:  # As the task's options are typed.
    """Return a task ready for many images; its models are loaded at the first one and kept.

    Args:
        task: name, such as those that ``quantseg run --help`` lists.
        accept_licence: agree, once for all, to a licence that forbids commercial use, by its SPDX identifier.
        options: of the task, as ``quantseg run TASK --help`` lists them, with underscores in place of dashes; and
            ``device``.

    Raises:
        ModelError: a model is missing, damaged or untrusted.
        UsageError: there is no such task or option, a licence was not agreed to yet, or this machine lacks the device.

    Example:
        >>> model = quantseg.load("hippocampus", device="cpu")  # doctest: +SKIP
        >>> volumes = [model(path).measurements.value("volume", "left") for path in paths]  # doctest: +SKIP
    """
    record = find_task(task)
    job = Job(TASKS[task], options_from(record.options, options), Path(os.devnull), HEADER_SPACING)
    check_device_name(job.options.device)
    require_licences(job, accept_licence)
    warm_up(job)
    return Model(task, job)


def run(
    task: str,
    image: ImageLike,
    *,
    accept_licence: str | None = None,
    **given: Any,  # As the task's options are typed, and as Model.__call__ takes them.
) -> Result:
    """Run a task on one image.

    Args:
        task: name, such as those that ``quantseg run --help`` lists.
        image: path of a file or a DICOM folder, image of NiBabel or SimpleITK, or tuple of array (i, j, k) and affine
            to mm in RAS.
        accept_licence: agree, once for all, to a licence that forbids commercial use, by its SPDX identifier.
        given: options of the task as for :func:`load`, and what goes with the image as for :class:`Model`:
            ``age``, ``sex``, ``spacing``, ``series``, ``name``, images of further roles.

    Returns:
        labels, numbers, checks and verdict.

    Raises:
        InputRefused: no result could be right.
        ModelError: a model is missing, damaged or untrusted.
        UsageError: what was given is wrong.

    Example:
        >>> result = quantseg.run("hippocampus", "scan.nii.gz", side="left")  # doctest: +SKIP
        >>> result.save("results")  # doctest: +SKIP
    """
    names = {one.name for one in options_of(find_task(task).options)}
    options = {name: value for name, value in given.items() if name in names}
    with_image = {name: value for name, value in given.items() if name not in names}
    return load(task, accept_licence=accept_licence, **options)(image, **with_image)


def _known(roles: Sequence[str], task: Any) -> str:
    names = [*(one.name for one in options_of(task.options)), *roles]
    return f"known: {', '.join(names)}"
