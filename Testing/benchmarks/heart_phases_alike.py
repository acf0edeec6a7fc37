"""How alike are both phases outside the heart, of one patient and of two, on a scanner that set no limit?

    python Testing/benchmarks/heart_phases_alike.py --data Sunnybrook_LV

End-diastole of every patient beside end-systole of the same patient and of four others. Printed: the lowest of one
patient's correlations, the highest of two patients', and what limits would make of them; the shipped one is from ACDC.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from quantseg.tasks.heart.phase_correlation import phase_correlation
from quantseg.tasks.heart.training.sunnybrook import (
    ASSUMED_SPACING_MM,
    CAVITY,
    MYOCARDIUM,
    SharedSlices,
    load_shared_slices,
)

_STEPS = (1, 2, 3, 5)
_LIMITS = (0.60, 0.65, 0.70, 0.75)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    patients = list(load_shared_slices(parser.parse_args().data).values())
    pairs = [[patients[(n + step) % len(patients)] for step in _STEPS] for n in range(len(patients))]
    own = _known(_correlation(one, one) for one in patients)
    mixed = _known(_correlation(one, other) for one, others in zip(patients, pairs, strict=True) for other in others)
    print(f"one patient: {len(own)}, lowest {own.min():.3f}; two patients: {len(mixed)}, highest {mixed.max():.3f}")
    for limit in _LIMITS:
        print(
            f"limit {limit:.2f}: {np.count_nonzero(own < limit)} of {len(own)} flagged that are one patient, "
            f"{np.count_nonzero(mixed < limit)} of {len(mixed)} that are two"
        )


def _correlation(first: SharedSlices, second: SharedSlices) -> float | None:
    """Compare end-diastole of one with end-systole of the other; None for pictures of two sizes."""
    if first.frames.shape[1:3] != second.frames.shape[1:3]:
        return None
    count = min(first.frames.shape[-1], second.frames.shape[-1])
    frames = first.frames[0][..., :count], second.frames[1][..., :count]
    labels = np.stack([first.labels[0][..., :count], second.labels[1][..., :count]])
    return phase_correlation(*frames, np.isin(labels, (MYOCARDIUM, CAVITY)).any(axis=0), ASSUMED_SPACING_MM[:2])


def _known(values: Iterable[float | None]) -> np.ndarray:
    return np.array([value for value in values if value is not None])


if __name__ == "__main__":
    main()
