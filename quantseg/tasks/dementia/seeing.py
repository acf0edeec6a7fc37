"""What is seen of a case before anything is scored: the brain in standard space, its measures, uptake, checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantseg.brain.atlas import Atlas, read_atlas
from quantseg.brain.pet_alignment import align_pet, pet_brain
from quantseg.brain.standard_checks import LikenessLimits, check_likeness, check_t1, check_view
from quantseg.brain.standard_space import StandardBrain, to_standard
from quantseg.brain.stripping import StrippedBrain, strip
from quantseg.brain.tissue_features import brain_mixture
from quantseg.brain.tissue_volume import tissue_volume
from quantseg.measure.steps import Steps
from quantseg.measure.values import Check, Verdict
from quantseg.reading.scan import Scan
from quantseg.tasks.dementia.channels import channel_names, uptake_volume
from quantseg.tasks.dementia.features import UPTAKE, brain_features
from quantseg.tasks.dementia.hippocampi import StandardHippocampus, measure_standard_hippocampi
from quantseg.tasks.dementia.uptake import HealthyUptake, Reference, StandardUptake, measure_uptake
from quantseg.volume import Volume, resample_through, to_canonical

if TYPE_CHECKING:
    from quantseg.inference.model_store import ModelStore

HEAD_NETWORK, HIPPOCAMPUS_NETWORK = "head-localiser", "hippocampus"
# In standard space; the smallest of the 150 people fitted to has 1,500 mm3 on a side.
_LEAST_HIPPOCAMPUS_MM3 = 800.0
_MOST_DISAGREEMENT = 0.25
_LEAST_OVERLAP, _GOOD_OVERLAP = 0.6, 0.75
# A mean of many is laid on; PETs made from it with noise and painted loss came to 0.9 and more.
_PET_LIKENESS = LikenessLimits(0.6, 0.4)


@dataclass(frozen=True)
class SeenMri:
    """What an MRI shows.

    Attributes:
        stripped: the brain on the voxels of the scan.
        standard: in standard space.
        volume: its tissues as channels for a network, uint8, shape (2, I, J, K).
        features: by name.
        checks: of image, place and hippocampi.
    """

    stripped: StrippedBrain
    standard: StandardBrain
    volume: np.ndarray
    features: Mapping[str, float]
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class SeenPet:
    """What a PET shows.

    Attributes:
        uptake: in standard space.
        to_first: 4x4 matrix from RAS in mm of the atlas to RAS in mm of the case's first image.
        checks: of how it was laid on the MRI or the atlas.
    """

    uptake: StandardUptake
    to_first: np.ndarray
    checks: tuple[Check, ...]

    @property
    def features(self) -> dict[str, float]:
        """Ratio of each region that is in view, by name."""
        return {f"{UPTAKE}{name}": ratio for name, ratio in self.uptake.ratios.items() if ratio is not None}

    @property
    def volume(self) -> np.ndarray:
        """Uptake as a channel for a network, uint8, shape (1, I, J, K)."""
        return uptake_volume(self.uptake.ratio, read_atlas())


def see_mri(scan: Scan, limits: LikenessLimits, models: ModelStore, device: str, steps: Steps) -> SeenMri:
    """Measure a brain.

    Raises:
        InputRefused: the image shows no whole T1-weighted brain.
    """
    atlas = read_atlas()
    canonical, _ = to_canonical(scan.volume)
    with steps.step("strip"):
        stripped = strip(canonical, lambda: models.ensemble(HEAD_NETWORK, device, steps))
    with steps.step("register"):
        standard = to_standard(stripped.image, atlas)
    checks = (
        *check_view(stripped),
        check_likeness(standard, limits),
        *check_t1(standard, atlas, scan.acquisition.echo_time_ms),
    )
    with steps.step("predict"):
        ensemble = models.ensemble(HIPPOCAMPUS_NETWORK, device, steps)
        hippocampi = measure_standard_hippocampi(standard.image, atlas.grid, ensemble)
        mixture = brain_mixture(standard, atlas)
        features = brain_features(mixture, hippocampi, atlas)
        volume = tissue_volume(mixture, atlas)
    return SeenMri(stripped, standard, volume, features, (*checks, check_hippocampi(hippocampi)))


def check_hippocampi(hippocampi: tuple[StandardHippocampus, StandardHippocampus]) -> Check:
    """Judge whether both hippocampi were found."""
    for side, one in zip(("left", "right"), hippocampi, strict=True):
        if one.volume_mm3 < _LEAST_HIPPOCAMPUS_MM3:
            reason = (
                f"The {side} hippocampus comes to {one.volume_mm3:.0f} mm³ in standard space (expected "
                f"{_LEAST_HIPPOCAMPUS_MM3:.0f} or more): it was not found."
            )
            return Check("hippocampus", Verdict.FAIL, reason)
    most = max(one.disagreement for one in hippocampi)
    found = f"Volumes of the hippocampi differ by {100 * most:.0f} % between the networks"
    expected = f"(expected at most {100 * _MOST_DISAGREEMENT:.0f} %)"
    verdict = Verdict.FAIL if most > _MOST_DISAGREEMENT else Verdict.GOOD
    return Check("hippocampus", verdict, f"{found} {expected}.")


def see_pet_on_mri(mri: SeenMri, pet: Scan, healthy: HealthyUptake, reference: Reference, steps: Steps) -> SeenPet:
    """Lay a PET on the MRI of the same head, and measure uptake where the MRI says that the brain lies.

    Raises:
        InputRefused: the PET shows no brain, or not what uptake is related to.
    """
    canonical, _ = to_canonical(pet.volume)
    with steps.step("align"):
        from_mri = align_pet(mri.stripped.image, canonical)
    check = check_alignment(mri.stripped.image, canonical, from_mri)
    to_pet = from_mri @ mri.standard.to_scan
    with steps.step("uptake"):
        uptake = measure_uptake(canonical, to_pet, read_atlas(), healthy, reference)
    return SeenPet(uptake, mri.standard.to_scan, (check,))


def see_pet_alone(pet: Scan, healthy: HealthyUptake, reference: Reference, steps: Steps) -> SeenPet:
    """Lay a PET on the mean of healthy people, and measure uptake.

    Raises:
        InputRefused: the PET resembles no brain, or does not show what uptake is related to.
    """
    canonical, _ = to_canonical(pet.volume)
    atlas = read_atlas()
    target = Atlas(Volume(np.where(atlas.mask, healthy.mean, 0).astype(np.float32), atlas.grid.affine), atlas.expected)
    with steps.step("register"):
        brain = np.where(pet_brain(canonical), canonical.array, 0).astype(np.float32)
        standard = to_standard(canonical.with_array(brain), target)
    check = check_likeness(standard, _PET_LIKENESS, "PET of a brain")
    with steps.step("uptake"):
        uptake = measure_uptake(canonical, standard.to_scan, atlas, healthy, reference)
    return SeenPet(uptake, standard.to_scan, (check,))


def seen_channels(mri: SeenMri | None, pet: SeenPet | None, wanted: Sequence[str]) -> np.ndarray | None:
    """Return channels of a case, uint8, shape (channels, I, J, K); None where an image that they need is missing.

    Args:
        mri: what the MRI shows.
        pet: what the PET shows.
        wanted: names of the channels, in the order in which networks know them.
    """
    seen = {"mri": mri, "pet": pet}
    shown = {role: one.volume for role, one in seen.items() if one is not None}
    names = channel_names(tuple(shown))
    if not set(wanted) <= set(names):
        return None
    return np.concatenate(list(shown.values()))[[names.index(channel) for channel in wanted]]


def check_alignment(brain: Volume, pet: Volume, to_pet: np.ndarray) -> Check:
    """Judge how well the brain of a PET lies on that of the MRI, by the Dice coefficient of both."""
    of_pet = pet.with_array(pet_brain(pet).astype(np.uint8))
    there = resample_through(of_pet, brain.grid, to_pet).array > 0.5
    of_mri = brain.array > 0
    overlap = 2 * float((there & of_mri).sum()) / max(float(there.sum() + of_mri.sum()), 1.0)
    found = f"The brain of the PET overlaps that of the MRI by a Dice coefficient of {overlap:.2f}"
    expected = f"(expected {_GOOD_OVERLAP} or more)"
    if overlap < _LEAST_OVERLAP:
        return Check("alignment", Verdict.FAIL, f"{found} {expected}: they were not laid on each other.")
    if overlap < _GOOD_OVERLAP:
        return Check("alignment", Verdict.LOOK, f"{found} {expected}; look at whether they lie on each other.")
    return Check("alignment", Verdict.GOOD, f"{found} {expected}.")
