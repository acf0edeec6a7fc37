"""Stand-ins for the trained networks, so that geometry can be tested apart from accuracy."""

import numpy as np


class BrightnessEnsemble:
    """Stands in for the segmenter: two members that call mid-bright voxels anterior and bright ones posterior."""

    def predict(self, image: np.ndarray) -> np.ndarray:
        anterior = (image > 50) & (image <= 150)
        posterior = image > 150
        classes = np.stack([~(anterior | posterior), anterior, posterior]).astype(np.float32)
        probabilities = 0.04 + 0.88 * classes
        return np.stack([probabilities, probabilities])


def a_scan_array(shape: tuple[int, int, int], grid, centre_mm: np.ndarray) -> np.ndarray:
    """Intensities of a lying ellipsoid in dark tissue: front part 100 (anterior, lower), back part 200.

    The tissue is not of one value: that would look like a blanked picture.
    """
    axes = [np.arange(n) for n in shape]
    offset_mm = grid.to_world(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)) - centre_mm
    inside = ((offset_mm / np.array([6.0, 14.0, 7.0])) ** 2).sum(axis=-1) < 1
    values = (np.indices(shape).sum(axis=0) % 7).astype(np.float32)
    values[inside & (offset_mm[..., 1] > 0)] = 100
    values[inside & (offset_mm[..., 1] <= 0)] = 200
    return values
