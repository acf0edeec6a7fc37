"""The features of every person of a cohort, measured as those of a case are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from quantseg.brain.atlas import read_atlas
from quantseg.brain.fdg_mean import read_fdg_mean
from quantseg.brain.standard_checks import LikenessLimits
from quantseg.brain.tissue_mixture import smoothed
from quantseg.errors import InputRefused, UsageError
from quantseg.inference.model_store import ModelStore
from quantseg.measure.steps import Steps
from quantseg.reading.guard import InputLimits
from quantseg.reading.reader import read_scan
from quantseg.reading.roles import find_role_input
from quantseg.reading.scan import Scan
from quantseg.reading.spacing import HEADER_SPACING
from quantseg.tasks.dementia.channels import channel_names
from quantseg.tasks.dementia.features import AGE
from quantseg.tasks.dementia.seeing import SeenMri, SeenPet, see_mri, see_pet_alone, see_pet_on_mri
from quantseg.tasks.dementia.training.cohort import Cohort, Member
from quantseg.tasks.dementia.uptake import HealthyUptake, Reference

# Nobody is refused here: what is usual is learned from these people.
_ANY_LIKENESS = LikenessLimits(-1.0, -1.0)
_LIMITS = {"mri": InputLimits(), "pet": InputLimits(max_spacing_mm=8.0, modalities=frozenset({"PT"}))}
_TOLD_EVERY = 10


@dataclass(frozen=True)
class MeasuredCohort:
    """People with what their images show.

    Attributes:
        cohort: who they are.
        names: of the features, age among them.
        values: shape (N, features); those that somebody lacks are not among them.
        likeness: correlation of each brain with the atlas, 1 where there is no MRI, shape (N,).
        voxels: of each standard brain at 4 mm, float32, shape (N, voxels); None where somebody has no MRI.
        channels: what networks can be shown of everybody, by name.
        kept: folder with a file a person, in which volumes of these channels lie.
    """

    cohort: Cohort
    names: tuple[str, ...]
    values: np.ndarray
    likeness: np.ndarray
    voxels: np.ndarray | None
    channels: tuple[str, ...]
    kept: Path

    def volumes(self) -> np.ndarray:
        """Return the channels of everybody, uint8, shape (N, channels, I, J, K)."""
        return np.array([_stored_volume(self.kept / f"{member.name}.npz") for member in self.cohort.members])

    def with_feature(self, name: str, values: np.ndarray) -> MeasuredCohort:
        """Return the same people with one feature more, of shape (N,)."""
        return replace(self, names=(*self.names, name), values=np.column_stack([self.values, values]))


def measure_cohort(
    cohort: Cohort, device: str, report: Callable[[str], None], kept: Path, with_volumes: bool = False
) -> MeasuredCohort:
    """Measure everybody.

    Args:
        cohort: who they are.
        device: of the networks.
        report: takes lines of progress.
        kept: folder in which what was measured is kept, a file a person, so that an interrupted run goes on.
        with_volumes: whether networks will ask for volumes, which files of before 0.3.0 do not hold.

    Raises:
        UsageError: an image of somebody cannot be used.
    """
    kept.mkdir(parents=True, exist_ok=True)
    models = ModelStore()
    found: list[dict[str, float]] = []
    likeness, voxels = [], []
    for number, member in enumerate(cohort.members):
        file = kept / f"{member.name}.npz"
        if not file.is_file() or (with_volumes and _stored_volume(file) is None):
            _measure(member, models, device, file)
        with np.load(file) as stored:
            found.append(dict(zip(stored["names"].tolist(), stored["values"].tolist(), strict=True)))
            likeness.append(float(stored["likeness"]))
            voxels.append(stored["voxels"])
        if number % _TOLD_EVERY == 0:
            report(f"measured person {number + 1} of {len(cohort.members)}")
    names = tuple(name for name in found[0] if all(name in one for one in found))
    values = np.array([[one[name] for name in names] for one in found])
    with_age = np.column_stack([cohort.ages_years, values])
    brains = np.array(voxels, np.float32) if all(len(one) for one in voxels) else None
    roles = [role for role in _LIMITS if all(role in member.images for member in cohort.members)]
    return MeasuredCohort(cohort, (AGE, *names), with_age, np.array(likeness), brains, channel_names(roles), kept)


def _measure(member: Member, models: ModelStore, device: str, file: Path) -> None:
    try:
        mri, pet = _see(member, models, device)
    except InputRefused as refusal:
        raise UsageError(f"{member.name} cannot be used: {refusal} Mend its images, or leave it out.") from refusal
    values = {**({} if mri is None else mri.features), **({} if pet is None else pet.features)}
    brain = np.zeros(0, np.float16) if mri is None else standard_voxels(mri.standard.image)
    np.savez(
        file,
        names=np.array(list(values)),
        values=np.array(list(values.values())),
        likeness=1.0 if mri is None else mri.standard.likeness,
        voxels=brain,
        volume=np.concatenate([one.volume for one in (mri, pet) if one is not None]),
    )


def _stored_volume(file: Path) -> np.ndarray | None:
    with np.load(file) as stored:
        volume: np.ndarray | None = stored.get("volume")
    return volume


def _see(member: Member, models: ModelStore, device: str) -> tuple[SeenMri | None, SeenPet | None]:
    scans = {role: _read(role, path) for role, path in member.images.items()}
    steps = Steps()
    healthy = HealthyUptake(read_fdg_mean(read_atlas()).array, None, "")
    mri = None if "mri" not in scans else see_mri(scans["mri"], _ANY_LIKENESS, models, device, steps)
    if "pet" not in scans:
        return mri, None
    if mri is None:
        return None, see_pet_alone(scans["pet"], healthy, Reference.CEREBELLUM, steps)
    return mri, see_pet_on_mri(mri, scans["pet"], healthy, Reference.CEREBELLUM, steps)


def _read(role: str, path: Path) -> Scan:
    return read_scan(find_role_input(role, path.absolute(), _LIMITS[role]), HEADER_SPACING, _LIMITS[role])


def standard_voxels(image: np.ndarray) -> np.ndarray:
    """Return a standard brain at 4 mm as a row, float16, for scores that are made of voxels."""
    atlas = read_atlas()
    return np.asarray(smoothed(image, 1.0)[::2, ::2, ::2][atlas.mask[::2, ::2, ::2]], np.float16)
