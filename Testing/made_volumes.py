"""Volumes made on the spot, with a known value at every point of space."""

from __future__ import annotations

import numpy as np

from quantseg.volume import Volume


def noisy_array(shape=(14, 15, 16), dtype=np.int16, seed=0) -> np.ndarray:
    """Values that are all distinct from their neighbours, like a noisy scan."""
    return np.random.default_rng(seed).integers(1, 800, shape).astype(dtype)


def rotation(degrees: float, axis: tuple[float, float, float] = (1.0, 2.0, 3.0)) -> np.ndarray:
    """Rodrigues' rotation matrix, shape (3, 3)."""
    x, y, z = np.array(axis) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def affine_of(directions: np.ndarray, spacing_mm=(1.0, 1.0, 1.0), origin_mm=(-7.0, 11.0, 5.0)) -> np.ndarray:
    affine = np.eye(4)
    affine[:3, :3] = directions * np.array(spacing_mm)
    affine[:3, 3] = origin_mm
    return affine


GEOMETRIES = {
    "straight": affine_of(np.eye(3)),
    "anisotropic": affine_of(np.eye(3), (0.7, 1.1, 2.5)),
    "oblique": affine_of(rotation(20), (0.9, 0.9, 1.3)),
    "left-handed": affine_of(np.diag([-1.0, 1.0, 1.0]), (1.0, 1.2, 1.4)),
    "left-handed oblique": affine_of(rotation(-27) @ np.diag([1.0, -1.0, 1.0]), (1.2, 0.8, 1.0)),
    "permuted": affine_of(np.eye(3)[:, [2, 0, 1]], (1.0, 1.5, 2.0)),
}


def assert_same_in_space(one: Volume, other: Volume, value_tolerance: float = 0.0) -> None:
    """Every voxel centre of one is a voxel centre of the other and has the same value."""
    ijk = np.stack(np.meshgrid(*(np.arange(n) for n in one.array.shape), indexing="ij"), axis=-1)
    found = other.grid.to_voxel(one.grid.to_world(ijk))
    nearest = np.rint(found).astype(int)
    assert np.abs(found - nearest).max() < 2e-3
    assert one.array.size == other.array.size
    assert nearest.min() >= 0
    assert np.all(nearest.max(axis=(0, 1, 2)) < other.array.shape)
    np.testing.assert_allclose(other.array[tuple(np.moveaxis(nearest, -1, 0))], one.array, atol=value_tolerance)
