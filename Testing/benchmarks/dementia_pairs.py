"""Made-up pairs of MRI and FDG-PET: the mean of healthy adults, painted with a loss of uptake, laid on real brains.

python Testing/benchmarks/dementia_pairs.py OASIS1_brains pairs --people 24 --loss 10
quantseg train dementia --data pairs -o runs/pairs

Takes the first people of 60 years and over without dementia. Of each the mean uptake is brought to the brain by the
inverse of its affine transform, varied (a smooth field of 6 %, a scale of its own), lowered in every second person by
the loss in both posterior cingulate and temporoparietal boxes, blurred by 6 mm, sampled at 3 mm, given noise of 5 %,
and moved away from the MRI by up to 8 degrees and 10 mm. It proves that the way from a pair to a score works, and
nothing of patients. Prints how far each PET lies from where it was put, and the loss that regions show.
"""

import argparse
import csv
from pathlib import Path

import nibabel
import numpy as np

from quantseg.brain.atlas import read_atlas
from quantseg.brain.fdg_mean import read_fdg_mean
from quantseg.brain.pet_alignment import align_pet
from quantseg.brain.standard_space import to_standard
from quantseg.brain.stripping import strip
from quantseg.brain.tissue_mixture import smoothed
from quantseg.tasks.dementia.training.cohort import read_cohort
from quantseg.tasks.dementia.uptake import REGIONS, HealthyUptake, Reference, measure_uptake
from quantseg.volume import Grid, Volume, resample_through, to_canonical

_PAINTED = ("posterior_cingulate", "temporoparietal")
_FIELD_SD_MM, _FIELD_PERCENT, _NOISE_PERCENT, _BLUR_SD_MM = 9.0, 6.0, 5.0, 2.5
_MOST_DEGREES, _MOST_MM = 8.0, 10.0
_PET_GRID = Grid((70, 84, 70), np.diag([3.0, 3.0, 3.0, 1.0]))


def painted(draw: np.random.Generator, loss_percent: float) -> np.ndarray:
    """Return uptake in the atlas's space, shape of its grid."""
    atlas = read_atlas()
    sd_voxels = _FIELD_SD_MM / atlas.grid.spacing_mm[0]
    field = smoothed(draw.normal(0, 1, atlas.grid.shape), sd_voxels)
    field *= _FIELD_PERCENT / 100 / field[atlas.mask].std()
    lost = sum(REGIONS[name].mask(atlas.grid) for name in _PAINTED) > 0
    loss = smoothed(lost.astype(np.float32), 1.5) * loss_percent / 100
    return read_fdg_mean(atlas).array * (1 + field) * (1 - loss) * draw.uniform(5, 50)


def moved_away(draw: np.random.Generator) -> np.ndarray:
    """Return a 4x4 matrix from RAS of the MRI to RAS of the PET, a small turn and shift."""
    angles = np.radians(draw.uniform(-_MOST_DEGREES, _MOST_DEGREES, 3))
    matrix = np.eye(4)
    for axis, angle in enumerate(angles):
        turn = np.eye(4)
        u, v = (a for a in range(3) if a != axis)
        turn[[u, u, v, v], [u, v, u, v]] = np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)
        matrix = matrix @ turn
    matrix[:3, 3] = draw.uniform(-_MOST_MM, _MOST_MM, 3)
    return matrix


def main() -> None:
    """Make the folder, and print what registration and regions make of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="OASIS1_brains")
    parser.add_argument("output", type=Path)
    parser.add_argument("--people", type=int, default=24)
    parser.add_argument("--loss", type=float, default=10.0, help="percent")
    options = parser.parse_args()
    options.output.mkdir(parents=True)
    atlas = read_atlas()
    healthy = HealthyUptake(read_fdg_mean(atlas).array, None, "")
    rows, apart_mm = [], []
    shown: dict[bool, list[float]] = {True: [], False: []}
    members = [one for one in read_cohort(options.data, 60.0).members if not one.positive][: options.people]
    for number, member in enumerate(members):
        draw = np.random.default_rng(number)
        image = nibabel.load(member.images["mri"])
        mri, _ = to_canonical(Volume(np.asarray(image.dataobj, np.float32), np.asarray(image.affine)))
        brain = strip(mri, lambda: None).image
        standard = to_standard(brain, atlas)
        uptake = painted(draw, options.loss if number % 2 else 0.0)
        to_pet = moved_away(draw)
        grid = _PET_GRID.centred_at(to_pet[:3, :3] @ brain.grid.centre_mm + to_pet[:3, 3])
        to_atlas = np.linalg.inv(to_pet @ standard.to_scan)
        blurred = smoothed(uptake, _BLUR_SD_MM / atlas.grid.spacing_mm[0])
        pet = resample_through(Volume(blurred, atlas.grid.affine), grid, to_atlas)
        noise = draw.normal(0, _NOISE_PERCENT / 100 * float(pet.array.max()), pet.array.shape)
        pet = pet.with_array(np.maximum(pet.array + noise, 0).astype(np.float32))
        nibabel.save(nibabel.Nifti1Image(pet.array, pet.affine), options.output / f"{number:03d}.nii.gz")
        found = align_pet(brain, pet)
        corners = brain.grid.to_world(np.argwhere(brain.array > 0)[::3000])
        apart_mm.append(np.linalg.norm(corners @ (found - to_pet)[:3, :3].T + (found - to_pet)[:3, 3], axis=1).mean())
        measured = measure_uptake(pet, found @ standard.to_scan, atlas, healthy, Reference.CEREBELLUM)
        shown[bool(number % 2)] += [
            measured.differences_percent[f"{side}_{name}"] for name in _PAINTED for side in ("left", "right")
        ]
        path = member.images["mri"].absolute()
        rows.append((f"made{number:03d}", path, f"{number:03d}.nii.gz", member.age_years, number % 2))
    with (options.output / "persons.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("person", "mri", "pet", "age", "label"), *rows])
    print(f"registration: mean {np.mean(apart_mm):.1f} mm, worst {np.max(apart_mm):.1f} mm")
    for lost, values in shown.items():
        name = f"loss of {options.loss:g} %" if lost else "no loss"
        print(
            f"{name}: painted regions differ from the healthy mean by {np.mean(values):.1f} % (SD {np.std(values):.1f})"
        )


if __name__ == "__main__":
    main()
