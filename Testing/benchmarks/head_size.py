"""Heads made larger or smaller by their header: Dice and volume of the hippocampi against manual labels.

``--at-1-mm`` tells the segmenter that every head is a usual one, which is what it took all heads for once.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import nibabel
import numpy as np

from quantseg.evaluation.metrics import dice
from quantseg.inference.device import choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.models.bundle import open_bundle
from quantseg.models.trust import hash_bundle
from quantseg.resources import resources_folder
from quantseg.tasks.hippocampus.head_window import segment_left_in_head
from quantseg.tasks.hippocampus.judgement import read_judgement
from quantseg.tasks.hippocampus.localise import localise
from quantseg.tasks.hippocampus.options import Side
from quantseg.tasks.hippocampus.pipeline import LOCALISER, REFINER, SEGMENTER
from quantseg.tasks.hippocampus.sides import mirror, mirrored_position
from quantseg.volume import Volume, to_canonical

_MANUAL_LABEL = {Side.LEFT: 48, Side.RIGHT: 47}
_USUAL_MM3 = 1_500_000.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of NNNN_SS.nii.gz and NNNN_glm.nii.gz")
    parser.add_argument("--heads", nargs="+", help="NNNN of the heads to take (default: all)")
    parser.add_argument("--times", type=float, nargs="+", default=[0.8, 1.0, 1.1, 1.2, 1.3])
    parser.add_argument("--at-1-mm", action="store_true")
    options = parser.parse_args()
    models = resources_folder() / "Models"
    ensembles = {
        name: Ensemble(open_bundle(models / name, hash_bundle(models / name)), choose_device("cpu"))
        for name in (LOCALISER, REFINER, SEGMENTER)
    }
    names = options.heads or sorted(path.name[:4] for path in options.data.glob("*_SS.nii.gz"))
    for times in options.times:
        found = [one for name in names for one in _segmented(options, name, times, ensembles)]
        scores, shares = np.transpose(found)
        print(
            f"{times:g}: {len(found)} hippocampi, Dice {scores.mean():.3f}, volume {100 * shares.mean():.0f} % of true"
        )


def _segmented(
    options: argparse.Namespace, name: str, times: float, ensembles: dict[str, Ensemble]
) -> list[tuple[float, float]]:
    """Return Dice and measured per true volume of each hippocampus; nothing of one that is not found."""
    image, truth = (_volume(options.data / f"{name}_{kind}.nii.gz", times) for kind in ("SS", "glm"))
    places = localise(image, ensembles[LOCALISER], ensembles[REFINER])
    known = places.intracranial_volume_mm3 if places.whole_head_in_view else None
    results = []
    for side, place in ((Side.LEFT, places.left), (Side.RIGHT, places.right)):
        if place is None:
            continue
        volume, undo = mirror(image) if side is Side.RIGHT else (image, np.asarray)
        centre_mm = mirrored_position(place.centre_mm) if side is Side.RIGHT else place.centre_mm
        head_mm3 = _USUAL_MM3 if options.at_1_mm else known
        segmenter = ensembles[SEGMENTER]
        correction = read_judgement(segmenter.bundle.folder / "configs" / "verdict.json").correction
        labelled = undo(segment_left_in_head(volume, centre_mm, segmenter, head_mm3, correction).labels) > 0
        manual = truth.array == _MANUAL_LABEL[side]
        results.append((dice(labelled, manual), float(labelled.sum() / manual.sum())))
    return results


def _volume(path: Path, times: float) -> Volume:
    image = nibabel.nifti1.load(path)
    affine = image.affine.copy()
    affine[:3] *= times
    return to_canonical(Volume(np.asarray(image.dataobj, np.float32), affine))[0]


if __name__ == "__main__":
    main()
