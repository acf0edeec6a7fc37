"""Stand-ins for the trained networks, so that geometry can be tested apart from accuracy."""

from functools import lru_cache
from types import SimpleNamespace

import numpy as np

from quantseg.tasks.hippocampus.head_labels import HeadLabel
from quantseg.volume import Volume, to_canonical

LEFT_MM, RIGHT_MM = np.array([-27.0, -20.0, -15.0]), np.array([29.0, -20.0, -15.0])
HIPPOCAMPUS, WHITE, GREY, FLUID = 500.0, 400.0, 300.0, 200.0


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


def a_bundle(spacing_mm: float) -> SimpleNamespace:
    return SimpleNamespace(inference={"spacing_mm": [spacing_mm] * 3, "minimum_patch": [56, 48, 40]})


class PaintedHeadEnsemble:
    """Stands in for the network: knows the greys that the painted head is made of, and left from right in a picture."""

    def __init__(self, spacing_mm: float = 2.0) -> None:
        self.bundle = a_bundle(spacing_mm)

    def predict(self, image: np.ndarray) -> np.ndarray:
        left_half = np.arange(image.shape[0])[:, None, None] < image.shape[0] / 2
        classes = np.zeros((len(HeadLabel), *image.shape), np.float32)
        classes[HeadLabel.FLUID] = (image > 150) & (image <= 250)
        classes[HeadLabel.GREY_MATTER] = (image > 250) & (image <= 350)
        classes[HeadLabel.WHITE_MATTER] = (image > 350) & (image <= 450)
        classes[HeadLabel.LEFT_HIPPOCAMPUS] = (image > 450) & left_half
        classes[HeadLabel.RIGHT_HIPPOCAMPUS] = (image > 450) & ~left_half
        classes[HeadLabel.BACKGROUND] = 1 - classes[1:].sum(axis=0)
        return (0.01 + 0.94 * classes)[None]


@lru_cache
def a_painted_head(spacing_mm=(1.6, 1.6, 1.6), turn_deg=0.0, extent_mm=(180, 200, 170), lift_mm=0.0) -> Volume:
    """A ball of fluid with a shell of grey around white matter, and a bright ellipsoid in each temporal lobe."""
    shape = tuple(round(e / s) for e, s in zip(extent_mm, spacing_mm, strict=True))
    angle = np.deg2rad(turn_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = turn * np.array(spacing_mm)
    affine[:3, 3] = np.array([1.3, -4.6, lift_mm]) - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    canonical, _ = to_canonical(Volume(np.zeros(shape, np.float32), affine))
    voxels = np.stack(np.meshgrid(*[np.arange(n) for n in canonical.array.shape], indexing="ij"), axis=-1)
    positions_mm = canonical.grid.to_world(voxels)
    radius_mm = np.linalg.norm(positions_mm / [0.9, 1.1, 1.0], axis=-1)
    values = np.zeros(canonical.array.shape, np.float32)
    for limit_mm, grey in ((68, FLUID), (62, GREY), (50, WHITE)):
        values[radius_mm < limit_mm] = grey
    for centre_mm in (LEFT_MM, RIGHT_MM):
        inside = (((positions_mm - centre_mm) / [7.0, 17.0, 8.0]) ** 2).sum(axis=-1) < 1
        values[inside] = HIPPOCAMPUS
    return canonical.with_array(values)
