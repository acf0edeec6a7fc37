"""By what T1-weighted MRI that is given as a PET is told from FDG: both signs, on real T1 and on FDG, real and painted.

    python Testing/benchmarks/low_dose_kinds.py --data ../shared/data

Images lie at 2 mm and are judged as if the network had left them alone. FDG: the mean of healthy adults, the sample
that ships, and activity painted onto SynthSeg's label maps, blurred by 5 to 8 mm, some of it with noise.
"""

import argparse
from pathlib import Path

import nibabel
import numpy as np
from scipy import ndimage

from quantseg.tasks.low_dose_pet.level import level_of
from quantseg.tasks.low_dose_pet.mri_signs import height_of_top, share_of_rows_with_scalp
from quantseg.tasks.low_dose_pet.training.activity import VOXEL_MM, draw_activity
from quantseg.tasks.low_dose_pet.training.projecting import FWHM_OF_SD
from quantseg.tasks.low_dose_pet.training.recipe import read_activity_recipe
from quantseg.tasks.low_dose_pet.training.starting_point import RECIPE
from quantseg.tasks.low_dose_pet.training.uptake import PLACE_OF_VALUE
from quantseg.training.head_label_maps import head_map_name, list_head_maps, read_structures
from quantseg.volume import Volume, aligned_grid, resample, to_canonical

_EVERY_BRAIN, _EVERY_MAP = 22, 2
_SLAB = 40
_NOISE = 0.3


def at_2_mm(path):
    """Return an image in canonical order, nothing below zero."""
    image = nibabel.load(path)
    volume, _ = to_canonical(Volume(np.asarray(image.dataobj, np.float32).squeeze(), image.affine))
    return np.maximum(resample(volume, aligned_grid(volume.grid, VOXEL_MM)).array, 0).astype(np.float32)


def painted(maps):
    """Yield name and image of painted activity: whole heads and slabs, without noise and with."""
    recipe = read_activity_recipe(RECIPE["simulation"]["activity"])
    for path in list_head_maps(maps)[::_EVERY_MAP]:
        places = read_structures(path, PLACE_OF_VALUE)
        for slab in (None, _SLAB):
            random = np.random.default_rng([9, int(head_map_name(path)[-2:]), slab or 0])
            activity = draw_activity(places, recipe, random, slab)
            sd = random.uniform(5, 8) / VOXEL_MM / FWHM_OF_SD
            image = ndimage.gaussian_filter(activity.uptake, sd).astype(np.float32)
            yield f"{head_map_name(path)} {'slab' if slab else 'whole'}", image
            noise = ndimage.gaussian_filter(random.normal(size=image.shape), 0.7)
            mean = float(image[activity.brain].mean())
            of_noise = _NOISE * np.sqrt(np.maximum(image, 0.02 * mean) * mean) * noise / noise.std()
            yield (
                f"{head_map_name(path)} {'slab' if slab else 'whole'}, noise",
                np.maximum(image + of_noise, 0).astype(np.float32),
            )


def main():
    parser = argparse.ArgumentParser(description="Tell T1 from FDG.")
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    resources = Path(__file__).parents[2] / "Resources"
    heads = [resources / "SampleData" / "head_t1.nii.gz", *sorted((options.data / "heads").rglob("*.nii*"))]
    brains = sorted((options.data / "heads_manual").glob("*_SS.nii*"))
    brains += sorted((options.data / "OASIS1_brains").rglob("*.nii*"))[::_EVERY_BRAIN]
    fdg = [resources / "SampleData" / "pet_simulated_low.nii.gz", resources / "Atlas" / "fdg_healthy_mean_2mm.nii.gz"]
    groups = {
        "T1 with a skull": ((path.name, at_2_mm(path)) for path in heads),
        "T1 without": ((path.name, at_2_mm(path)) for path in brains),
        "FDG": ((path.name, at_2_mm(path)) for path in fdg),
        "painted FDG": painted(options.data / "synthseg_label_maps"),
    }
    for group, images in groups.items():
        found = []
        for name, image in images:
            level = level_of(image)
            scalp = share_of_rows_with_scalp(image, level.region, level.mean)
            found.append((scalp, height_of_top(image, level.region)))
            print(f"{group}: {name}: rows with a scalp {100 * scalp:.0f} %, top {found[-1][1]:.2f}", flush=True)
        for title, values in zip(("rows with a scalp", "top"), np.array(found).T, strict=True):
            print(f"{group}, {len(found)} images: {title} {np.sort(values).round(2).tolist()}", flush=True)


if __name__ == "__main__":
    main()
