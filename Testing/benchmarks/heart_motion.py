"""How little a beating heart moves, and how much a repeated frame seems to: what the check of motion is set between.

    python Testing/benchmarks/heart_motion.py --data ACDC

For every patient the ejection fraction of the experts' labels and :func:`quantseg.tasks.heart.motion.heart_change`
between end-diastole and end-systole; and the latter between end-diastole and itself with noise of 2 % of its range.
Also how much brighter the heart is in one of the two frames, for a contrast agent that passes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.contrast_passage import LARGEST_BRIGHTENING, heart_brightening
from quantseg.tasks.heart.function import ejection_fraction_percent
from quantseg.tasks.heart.motion import LEAST_CHANGE, LEAST_EJECTED_PERCENT, heart_change
from quantseg.tasks.heart.training.acdc import load_acdc

_NOISE_SHARE = 0.02
_SHOWN = (0, 1, 5, 50, 95, 99, 100)


def main() -> None:
    """Print percentiles and the limits of the check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder in ACDC's layout")
    random = np.random.default_rng(0)
    ejected, changes, still, brighter = [], [], [], []
    for diastole, systole in load_acdc(parser.parse_args().data).values():
        cavities = [np.count_nonzero(frame.labels == HeartLabel.LV_CAVITY) for frame in (diastole, systole)]
        ejected.append(ejection_fraction_percent(*cavities))
        heart, pixel_mm = (diastole.labels > 0) | (systole.labels > 0), diastole.spacing_mm[:2]
        changes.append(heart_change(diastole.image, systole.image, heart, pixel_mm))
        noise_sd = _NOISE_SHARE * float(np.ptp(np.percentile(diastole.image, [1, 99])))
        noisy = diastole.image + random.normal(0, noise_sd, heart.shape)
        frames = np.stack([diastole.image, systole.image])
        brighter.append(heart_brightening(frames, heart, pixel_mm))
        still.append(heart_change(diastole.image, noisy, diastole.labels > 0, pixel_mm))
    print(f"{len(ejected)} patients; percentiles {_SHOWN}")
    print("ejected, %                 ", np.percentile(ejected, _SHOWN).round(1), f"least: {LEAST_EJECTED_PERCENT}")
    print("change at heart per outside", np.percentile(changes, _SHOWN).round(2), f"least: {LEAST_CHANGE}")
    print("the same, frame repeated   ", np.percentile(still, _SHOWN).round(2))
    print("brightening of the heart   ", np.percentile(brighter, _SHOWN).round(2), f"largest: {LARGEST_BRIGHTENING}")


if __name__ == "__main__":
    main()
