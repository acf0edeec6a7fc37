"""What fat under the skin and lean muscle show when water and fat differ in scale; and a head in a narrow picture.

    python Testing/benchmarks/muscle_scales.py scales --data LUMBAR_DIXON
    python Testing/benchmarks/muscle_scales.py pair --data LUMBAR_DIXON
    python Testing/benchmarks/muscle_scales.py narrow

``scales``: levels by the factor of fat, of three slices of the real scan (muscles by its labels, no network) and of
drawn cross-sections. ``pair``: how well their water and fat agree, and with fat that is moved, mirrored or of another
drawing or slice. ``narrow``: every fourth slice of the sample head, cut to 120 mm, through the pipeline: which of
them get muscles, and what the result says.
"""

import argparse
import copy
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np

from quantseg.inference.model_store import ModelStore
from quantseg.measure.steps import Steps
from quantseg.reading.person import Person
from quantseg.reading.roles import RoleImages
from quantseg.reading.scan import ImageFormat, Scan
from quantseg.tasks.lumbar_muscle.agreement import agreement_of
from quantseg.tasks.lumbar_muscle.options import LumbarMuscleOptions
from quantseg.tasks.lumbar_muscle.pipeline import LumbarMusclePipeline
from quantseg.tasks.lumbar_muscle.scales import fat_levels
from quantseg.tasks.lumbar_muscle.training.recipe import read_recipe
from quantseg.tasks.lumbar_muscle.training.scanning import Contrast
from quantseg.tasks.lumbar_muscle.training.starting_point import RECIPE
from quantseg.tasks.lumbar_muscle.training.synthetic_slices import draw_slice
from quantseg.volume import Volume

_FACTORS = (1.0, 0.25, 0.5, 2.0, 4.0)
_SLICES, _DRAWN = (4, 14, 24), 24
_SIZE, _PIXEL_MM = (256, 176), 1.25
_NARROW_MM, _EVERY_SLICE = 120, 4
_MOVED_MM = 10


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["scales", "pair", "narrow"])
    parser.add_argument("--data", type=Path, help="folder of the real scan")
    options = parser.parse_args()
    if options.what == "narrow":
        narrow()
    elif options.what == "pair":
        _pairs("real", list(_real(options.data)))
        _pairs("drawn", list(_drawn()))
    else:
        _show("real", list(_real(options.data)))
        _show("drawn", list(_drawn()))


def _real(folder):
    images = [
        nibabel.as_closest_canonical(nibabel.load(folder / f"TUM01_{name}.nii.gz"))
        for name in ("water", "fat", "labels")
    ]
    water, fat, labels = (np.asarray(image.dataobj, np.float32) for image in images)
    pixel_mm = tuple(float(mm) for mm in images[0].header.get_zooms()[:2])
    for k in _SLICES:
        yield np.stack([water[..., k], fat[..., k]]), labels[..., k], pixel_mm


def _drawn():
    recipe = replace(read_recipe(copy.deepcopy(RECIPE["slices"])), swap_probability=0)
    for seed in range(_DRAWN):
        drawn = draw_slice(seed, _SIZE, _PIXEL_MM, recipe, Contrast.DIXON)
        yield drawn.images, drawn.shares.argmax(axis=0), (_PIXEL_MM, _PIXEL_MM)


def _show(title, planes):
    for factor in _FACTORS:
        scale = np.array([1, factor], np.float32)[:, None, None]
        levels = [fat_levels(pictures * scale, labels, pixel_mm) for pictures, labels, pixel_mm in planes]
        for name in ("under_skin", "in_muscle"):
            values = [getattr(one, name) for one in levels]
            print(f"{title}, fat x {factor:g}, {name}: {min(values):.0f} to {max(values):.0f} %")


def _pairs(title, planes):
    waters, fats, sizes = (
        [pictures[0] for pictures, _, _ in planes],
        [pictures[1] for pictures, _, _ in planes],
        [one[2] for one in planes],
    )
    others = {
        "of one scan": fats,
        f"moved by {_MOVED_MM} mm": [
            np.roll(fat, round(_MOVED_MM / mm[0]), 0) for fat, mm in zip(fats, sizes, strict=True)
        ],
        "mirrored": [fat[::-1] for fat in fats],
        "of another": fats[1:] + fats[:1],
    }
    for words, changed in others.items():
        found = [agreement_of(np.stack(pair), mm) for *pair, mm in zip(waters, changed, sizes, strict=True)]
        print(f"{title}, fat {words}: {min(found):.2f} to {max(found):.2f}")


def narrow():
    """Print which slices of a head in a narrow picture get muscles."""
    path = Path(__file__).parents[2] / "Resources" / "SampleData" / "head_t1.nii.gz"
    image = nibabel.as_closest_canonical(nibabel.load(path))
    array = np.asarray(image.dataobj, np.float32)
    first = (len(array) - _NARROW_MM) // 2
    part = array[first : first + _NARROW_MM, :, ::_EVERY_SLICE]
    scan = Scan(Volume(part, image.affine @ np.diag([1, 1, _EVERY_SLICE, 1])), ImageFormat.NIFTI)
    pipeline = LumbarMusclePipeline(LumbarMuscleOptions(), ModelStore())
    result = pipeline.run("head", RoleImages({"mri": scan}, Person()), Steps())
    for check in result.checks:
        print(f"{check.key}: {check.reason}")


if __name__ == "__main__":
    main()
