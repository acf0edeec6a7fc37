"""Windows of a head that show no hippocampus, to see whether a model finds one there."""

from __future__ import annotations

import numpy as np

from quantseg.volume import Volume


def elsewhere_in_head(
    head: Volume, hippocampi_mm: np.ndarray, random: np.random.Generator, attempts: int = 100
) -> Volume | None:
    """Cut a window of a crop's size from a head, at least 45 mm from every hippocampus and not in the air.

    Args:
        head: canonical, about 1 mm.
        hippocampi_mm: RAS centres, shape (N, 3).
        random: source of the place.
        attempts: draws before giving up.
    """
    shape = np.round(np.array([36, 50, 36]) / np.array(head.spacing_mm)).astype(int)
    bright = np.percentile(head.array, 60)
    for _ in range(attempts):
        start = np.array([int(random.integers(0, max(1, n - s))) for n, s in zip(head.array.shape, shape, strict=True)])
        i, j, k = (int(n) for n in start)
        window = head.grid.window((i, j, k), (int(shape[0]), int(shape[1]), int(shape[2])))
        values = head.array[tuple(slice(a, a + s) for a, s in zip(start, shape, strict=True))]
        far = np.linalg.norm(hippocampi_mm - window.centre_mm, axis=1).min() > 45
        if far and (values > bright).mean() > 0.5:
            return Volume(values.copy(), window.affine)
    return None
