"""Do two scans of one person give the same hippocampal volumes?

    python Testing/benchmarks/hippocampus_rescan.py --data OASIS1_brains [--model BUNDLE] [--json FILE]

Sixteen people of OASIS-1 were scanned twice, some days or weeks apart (``_MR1`` and ``_MR2``; brains without their
skull in MNI space at 2 mm). Each scan goes through the whole pipeline as a head. Printed by side and part: the median
over people of the difference of both volumes, in % of their mean; the within-person coefficient of variation (root mean
square over people); the correlation of both scans; and how many scans are called good.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from quantseg.inference.model_store import ModelStore
from quantseg.measure.steps import Steps
from quantseg.measure.values import Verdict
from quantseg.models.bundle import bundle_in, find_bundle
from quantseg.reading import find_cases, read_scan
from quantseg.tasks.hippocampus.options import HippocampusOptions
from quantseg.tasks.hippocampus.pipeline import SEGMENTER, HippocampusPipeline

_SECOND, _FIRST = "_MR2", "_MR1"
_REGIONS = tuple(f"{side}{part}" for side in ("left", "right") for part in ("", "_anterior", "_posterior"))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--data", type=Path, required=True, help="folder that holds images/*_MR1.nii.gz and *_MR2.nii.gz"
    )
    parser.add_argument("--model", type=Path, help="folder of a bundle (default: the one that ships)")
    parser.add_argument("--json", type=Path, help="write the volumes of every scan")
    options = parser.parse_args()
    bundle = bundle_in(options.model) if options.model else find_bundle(SEGMENTER)
    pipeline = HippocampusPipeline(HippocampusOptions(device="cpu"), ModelStore(instead={SEGMENTER: bundle}))
    pairs = {}
    for second in sorted((options.data / "images").glob(f"*{_SECOND}.nii.gz")):
        first = second.with_name(second.name.replace(_SECOND, _FIRST))
        pairs[second.name.removesuffix(f"{_SECOND}.nii.gz")] = [_measured(pipeline, path) for path in (first, second)]
    if options.json:
        options.json.write_text(json.dumps(pairs, indent=1) + "\n", encoding="utf-8")
    for region in _REGIONS:
        print(f"{region}: {_agreement([[scan[region] for scan in pair] for pair in pairs.values()])}")
    good = sum(bool(scan["good"]) for pair in pairs.values() for scan in pair)
    print(f"{good} of {2 * len(pairs)} scans are called good")


def _measured(pipeline: HippocampusPipeline, path: Path) -> Mapping[str, float]:
    """Return the volume of each region in mm3, nan where it was not found, and whether the verdict is good."""
    result = pipeline.run(path.name, read_scan(find_cases([path])[0]), Steps())
    volumes = {one.region: one.value for one in result.measurements if one.key == "volume"}
    return {**{region: volumes.get(region, np.nan) for region in _REGIONS}, "good": result.verdict is Verdict.GOOD}


def _agreement(volumes_mm3: Sequence[Sequence[float]]) -> str:
    first, second = np.array(volumes_mm3).T
    apart = 200 * (second - first) / (first + second)
    variation = np.sqrt(np.nanmean(apart**2) / 2)
    found = np.isfinite(apart)
    return (
        f"{np.count_nonzero(found)} people, median difference {np.nanmedian(np.abs(apart)):.2f} %, variation "
        f"{variation:.2f} %, mean change {np.nanmean(apart):+.2f} %, correlation "
        f"{np.corrcoef(first[found], second[found])[0, 1]:.3f}"
    )


if __name__ == "__main__":
    main()
