"""How near an estimated PET comes to the truth, on simulated scans of heads that no training has seen.

    python Testing/benchmarks/low_dose_accuracy.py heads --data ../shared/data --model Resources/Models/low-dose-pet
    python Testing/benchmarks/low_dose_accuracy.py heads --data ../shared/data --whole --doses 10 20 --filters Gaussian
    python Testing/benchmarks/low_dose_accuracy.py false-lesions --data ../shared/data --scans 200
    python Testing/benchmarks/low_dose_accuracy.py manual --data ../shared/data

``heads``: the maps kept from training, a slab of each or all of it, at 1/2 to 1/50 of the counts, beside filters whose
widths and weights are the best for just these scans (which favours the filters). "Truth" is the same scanner's image
with endless counts; PSNR and SSIM are taken in the brain, PSNR with the highest value of the reference in the brain as
the peak. ``false-lesions``: scans without lesions, one of each dose of every head drawn, and whether the estimate shows
any, beside the scan and the image with all counts. ``manual``: brains of other people (``heads_manual``, for validation
alone), painted otherwise. All of it is simulated. Filters and SSIM need scikit-image (``pip install scikit-image``).
"""

import argparse
import dataclasses
import json
from pathlib import Path

import nibabel
import numpy as np
from scipy import ndimage

from quantseg.inference.device import choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.models.bundle import bundle_in
from quantseg.tasks.low_dose_pet.changed_peaks import changed_peaks
from quantseg.tasks.low_dose_pet.dose import read_dose_from_noise
from quantseg.tasks.low_dose_pet.estimating import estimate_full_counts
from quantseg.tasks.low_dose_pet.level import smoothed
from quantseg.tasks.low_dose_pet.training.activity import VOXEL_MM, Activity, draw_activity
from quantseg.tasks.low_dose_pet.training.recipe import read_activity_recipe, read_scanner_recipe
from quantseg.tasks.low_dose_pet.training.scanning import scan
from quantseg.tasks.low_dose_pet.training.starting_point import RECIPE
from quantseg.tasks.low_dose_pet.training.uptake import NAMES, PLACE_OF_VALUE
from quantseg.training.head_label_maps import head_map_name, list_head_maps, read_structures
from quantseg.volume import Volume

FRACTIONS = (1 / 2, 1 / 4, 1 / 10, 1 / 20, 1 / 50)
SLAB = 16
_GAUSSIAN_SD = (0.4, 0.6, 0.8, 1.0, 1.2, 1.5, 1.9)
_TV_WEIGHT = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
_NLM_H = (0.5, 1.0, 2.0, 3.5)
_SEED = 77
_REGIONS = ("cerebral cortex", "cerebral white matter", "cerebellar cortex", "thalamus", "caudate", "putamen")
_LEAST_REGION_VOXELS = 150
_FALSE, _SMOOTH_VOXELS = 0.2, 1.25
"""Of the brain's mean: what a lesion that is none must rise above the truth by, after smoothing by 2.5 mm SD."""


class Network:
    """The shipped way from a scan to an estimate."""

    def __init__(self, folder: Path) -> None:
        self._ensemble = Ensemble(bundle_in(folder), choose_device("cpu"))
        self._dose = read_dose_from_noise(self._ensemble.bundle.inference)

    def __call__(self, image, fraction):
        """Return what is made of an image at 2 mm."""
        volume = Volume(image, np.diag([VOXEL_MM, VOXEL_MM, VOXEL_MM, 1.0]))
        return estimate_full_counts(volume, self._ensemble, self._dose, fraction, lambda _done, _count: None)


def psnr(image, reference, brain):
    """Return the peak signal-to-noise ratio in the brain, dB."""
    error = float(np.sqrt(((image - reference)[brain].astype(np.float64) ** 2).mean()))
    return 20 * np.log10(float(reference[brain].max()) / error)


def ssim(image, reference, brain):
    """Return the mean structural similarity over the brain, slices one by one."""
    from skimage.metrics import structural_similarity

    reach = float(reference[brain].max())
    maps = [
        structural_similarity(image[:, :, k], reference[:, :, k], data_range=reach, full=True)[1]
        for k in range(image.shape[2])
    ]
    return float(np.stack(maps, axis=2)[brain].mean())


def box_of(brain):
    """Return the box around the brain, some voxels wider within slices."""
    i, j = (np.flatnonzero(brain.any(axis=axes)) for axes in ((1, 2), (0, 2)))
    return slice(max(i[0] - 6, 0), i[-1] + 7), slice(max(j[0] - 6, 0), j[-1] + 7), slice(None)


def gaussian(image, sd):
    return ndimage.gaussian_filter(image, sd)


def total_variation(image, weight):
    from skimage.restoration import denoise_tv_chambolle

    return denoise_tv_chambolle(image, weight=weight * float(image.mean()), max_num_iter=30)


def non_local_means(image, share):
    """Smooth slice by slice; ``share`` of the noise's SD as its strength."""
    from skimage.restoration import denoise_nl_means

    noise = float(np.median(np.abs(image[:, :, 2:] - image[:, :, :-2]))) / 0.6745 / np.sqrt(2)
    planes = [
        denoise_nl_means(image[:, :, k], patch_size=5, patch_distance=5, h=share * noise, sigma=noise, fast_mode=True)
        for k in range(image.shape[2])
    ]
    return np.stack(planes, axis=2)


FILTERS = {"Gaussian": (gaussian, _GAUSSIAN_SD), "TV": (total_variation, _TV_WEIGHT), "NLM": (non_local_means, _NLM_H)}


def best_filtered(name, image, truth, brain):
    """Return what a filter makes of an image with the strength that comes nearest to the truth."""
    work, strengths = FILTERS[name]
    made = [np.asarray(work(image, strength), np.float32) for strength in strengths]
    scores = [psnr(one, truth, brain) for one in made]
    return made[int(np.argmax(scores))], strengths[int(np.argmax(scores))]


def recipes(lesions=None):
    """Return how heads and scanners are drawn, as in training, with a mean number of lesions."""
    told = RECIPE["simulation"]
    activity = read_activity_recipe(told["activity"])
    if lesions is not None:
        activity = dataclasses.replace(activity, lesions=lesions)
    return activity, read_scanner_recipe(told["scanner"])


def test_heads(data):
    """Yield name and structures of each map kept from training."""
    for path in list_head_maps(data / "synthseg_label_maps"):
        if head_map_name(path) in RECIPE["test_maps"]:
            yield head_map_name(path), read_structures(path, PLACE_OF_VALUE)


def region_bias(image, truth, structures, brain):
    """Return the bias in per cent of each region that is large enough."""
    found = {}
    for name in _REGIONS:
        mask = (structures == NAMES.index(name)) & brain
        if np.count_nonzero(mask) >= _LEAST_REGION_VOXELS:
            found[name] = 100 * (float(image[mask].mean()) / float(truth[mask].mean()) - 1)
    return found


def contrasts(image, activity):
    """Return each lesion's mean above that of the shell around it."""
    found = []
    for lesion in activity.lesions:
        inside = lesion.mask(image.shape)
        shell = lesion.mask(image.shape, 2.2) & ~lesion.mask(image.shape, 1.4) & activity.brain
        found.append(float(image[inside].mean() - image[shell].mean()) if shell.sum() > 20 and inside.any() else np.nan)
    return np.array(found)


def judge_head(name, activity, scanner, random, network, filters, fractions):
    """Return the scores of one head at every dose, one row a method."""
    scanned = scan(activity, scanner, random)
    truth, full = scanned.image(1.0, None), scanned.image(1.0, random)
    box = box_of(activity.brain)
    brain, truth, full = activity.brain[box], truth[box], full[box]
    cut = dataclasses.replace(activity, shares=activity.shares[box], lesions=_moved(activity.lesions, box))
    painted, structures = activity.uptake[box], activity.structures[box]
    true_contrast = contrasts(truth, cut)
    clear = np.abs(true_contrast) > 0.25 * float(truth[brain].mean())
    rows = []
    for fraction in fractions:
        low = scanned.image(fraction, random)
        images, strengths, made, covered = {"scan": low[box], "full counts": full}, {}, None, None
        if network is not None:
            made = network(low, fraction)
            images["network"] = made.estimate[box]
            covered = float((np.abs(made.estimate[box] - full) <= 1.96 * made.sd[box])[brain].mean())
        for one in filters:
            images[one], strengths[one] = best_filtered(one, low[box], truth, brain)
        for method, image in images.items():
            bias = region_bias(image, truth, structures, brain)
            recovery = contrasts(image, cut)[clear] / true_contrast[clear]
            rows.append(
                {
                    "head": name,
                    "fraction": fraction,
                    "method": method,
                    "psnr": psnr(image, truth, brain),
                    "psnr_full": psnr(image, full, brain) if method != "full counts" else float("nan"),
                    "psnr_painted": psnr(image, painted, brain),
                    "ssim": ssim(image, truth, brain),
                    "ssim_full": ssim(image, full, brain) if method != "full counts" else float("nan"),
                    "bias": bias,
                    "whole_bias": 100 * (float(image[brain].mean()) / float(truth[brain].mean()) - 1),
                    "recovery": [float(value) for value in recovery],
                    "strength": strengths.get(method),
                    "covered": covered if method == "network" else None,
                    "peaks": len(changed_peaks(made)) if method == "network" else None,
                }
            )
        print(_line(rows, name, fraction), flush=True)
    return rows


def _moved(lesions, box):
    start = np.array([side.start or 0 for side in box])
    return tuple(
        dataclasses.replace(lesion, centre=tuple(float(v) for v in np.array(lesion.centre) - start))
        for lesion in lesions
    )


def _line(rows, name, fraction):
    mine = [row for row in rows if row["head"] == name and row["fraction"] == fraction]
    return f"{name} 1/{1 / fraction:.0f}: " + ", ".join(f"{row['method']} {row['psnr']:.1f}" for row in mine)


def summed_up(rows):
    """Return tables of means over heads, as text."""
    lines = ["dose    method        PSNR   to full  to painted  SSIM   to full  region bias %, median, worst  recovery"]
    methods = list(dict.fromkeys(row["method"] for row in rows))
    for fraction in dict.fromkeys(row["fraction"] for row in rows):
        for method in methods:
            mine = [row for row in rows if row["fraction"] == fraction and row["method"] == method]
            mean = {
                key: np.mean([row[key] for row in mine])
                for key in ("psnr", "psnr_full", "psnr_painted", "ssim", "ssim_full")
            }
            biases = [abs(value) for row in mine for value in row["bias"].values()]
            recovery = [value for row in mine for value in row["recovery"]]
            said = f"{np.mean(recovery):.3f} ({len(recovery)})" if recovery else "-"
            lines.append(
                f"1/{1 / fraction:<5.0f} {method:<12} {mean['psnr']:6.2f} {mean['psnr_full']:8.2f} "
                f"{mean['psnr_painted']:8.2f}    {mean['ssim']:.4f}  {mean['ssim_full']:.4f}  "
                f"{np.median(biases):5.1f} {max(biases):5.1f}       {said}"
            )
        covered = [row["covered"] for row in rows if row["fraction"] == fraction and row["covered"]]
        if covered:
            lines.append(f"1/{1 / fraction:<5.0f} full scan within 1.96 SD: {100 * np.mean(covered):.1f} %")
    return "\n".join(lines)


def judge_heads(options):
    network = None if options.only == "filters" else Network(options.model)
    activity, scanner = recipes(lesions=4.0)
    rows = []
    for number, (name, places) in enumerate(test_heads(options.data)):
        random = np.random.default_rng([_SEED, number])
        drawn = draw_activity(places, activity, random, None if options.whole else SLAB)
        rows += judge_head(name, drawn, scanner, random, network, *_filters_and_fractions(options))
    return rows, summed_up(rows)


def _filters_and_fractions(options):
    return () if options.only == "network" else options.filters, [1 / dose for dose in options.doses]


def judge_manual(options):
    """Judge on brains with manual classes: other people, uptake drawn otherwise."""
    network = None if options.only == "filters" else Network(options.model)
    _, scanner = recipes()
    rows = []
    for number, path in enumerate(sorted((options.data / "heads_manual").glob("*_classified.nii.gz"))[: options.heads]):
        random = np.random.default_rng([_SEED, 100 + number])
        activity = _painted_classes(nibabel.as_closest_canonical(nibabel.load(path)), random)
        name = path.name.partition("_")[0]
        rows += judge_head(name, activity, scanner, random, network, *_filters_and_fractions(options))
    return rows, summed_up(rows)


def _painted_classes(image, random):
    """Return a slab of a brain without skull (1 fluid, 2 grey, 3 white), its uptake in stripes that no training has."""
    classes = np.asarray(image.dataobj).round().astype(int)
    ends = [np.flatnonzero((classes > 0).any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    middles = [int(end[0] + end[-1]) // 2 for end in ends]
    wide, high = 256, 2 * SLAB
    padded = np.pad(classes, wide // 2)
    i, j, k = (middle + wide // 2 for middle in middles)
    part = padded[i - 128 : i + 128, j - 128 : j + 128, k - high // 2 : k + high // 2]
    fine = np.array([0.0, 0.05, 1.0, 0.25], np.float32)[part]
    waves = 1 + 0.15 * np.sin(np.arange(256) / 256 * 2 * np.pi * random.uniform(2, 5) + random.uniform(0, 6))
    fine = fine * waves[None, :, None].astype(np.float32)
    blocks = [
        array.reshape(128, 2, 128, 2, SLAB, 2).mean(axis=(1, 3, 5), dtype=np.float32) for array in (fine, part > 0)
    ]
    of_class = np.array(
        [NAMES.index(name) for name in ("air", "ventricle", "cerebral cortex", "cerebral white matter")]
    )
    structures = of_class[part[::2, ::2, ::2]].astype(np.uint8)
    return Activity(6 * blocks[0], blocks[1], blocks[1], structures, ())


def judge_false_lesions(options):
    """Count what rises above the truth like a lesion in scans that have none, and marks where nothing was changed."""
    network = Network(options.model)
    activity, scanner = recipes(lesions=0.0)
    heads = list(test_heads(options.data))
    rows = []
    for number in range(options.scans // len(FRACTIONS)):
        random = np.random.default_rng([_SEED, 1000 + number])
        drawn = draw_activity(heads[number % len(heads)][1], activity, random, SLAB)
        scanned = scan(drawn, scanner, random)
        truth = smoothed(scanned.image(1.0, None), _SMOOTH_VOXELS)
        mean = float(truth[drawn.brain].mean())

        def lesions(image, truth=truth, mean=mean, brain=drawn.brain):
            return ndimage.label((smoothed(image, _SMOOTH_VOXELS) - truth > _FALSE * mean) & brain)[1]

        full = lesions(scanned.image(1.0, random))
        for fraction in FRACTIONS:
            made = network(scanned.image(fraction, random), fraction)
            counts = {"estimate": lesions(made.estimate), "scan": lesions(made.low.array), "full": full}
            rows.append({"head": number, "fraction": fraction, **counts, "marked": len(changed_peaks(made))})
            print(rows[-1], flush=True)
    lines = []
    for fraction in (*FRACTIONS, None):
        mine = [row for row in rows if fraction in (row["fraction"], None)]
        shown = {key: sum(row[key] > 0 for row in mine) for key in ("estimate", "scan", "full", "marked")}
        dose = "all" if fraction is None else f"1/{1 / fraction:.0f}"
        lines.append(
            f"{dose}: of {len(mine)} show a false lesion: {shown['estimate']} estimates, {shown['scan']} scans, "
            f"{shown['full']} with all counts; {shown['marked']} bear a mark"
        )
    return rows, "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("heads", "false-lesions", "manual"))
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--model", type=Path, default=Path("Resources/Models/low-dose-pet"), help="bundle")
    parser.add_argument("--only", choices=("network", "filters"), help="of heads and manual")
    parser.add_argument("--whole", action="store_true", help="all slices of the brain instead of a slab (heads)")
    parser.add_argument("--doses", type=int, nargs="+", default=[2, 4, 10, 20, 50], help="divisors of the counts")
    parser.add_argument("--filters", nargs="+", choices=FILTERS, default=list(FILTERS), help="of heads and manual")
    parser.add_argument("--scans", type=int, default=20, help="of false-lesions, five of each head drawn")
    parser.add_argument("--heads", type=int, default=2, help="of manual")
    parser.add_argument("-o", "--output", type=Path, help="JSON file for all numbers")
    options = parser.parse_args()
    work = {"heads": judge_heads, "false-lesions": judge_false_lesions, "manual": judge_manual}[options.what]
    rows, text = work(options)
    print(text)
    if options.output:
        options.output.write_text(json.dumps(rows, indent=1, default=float) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
