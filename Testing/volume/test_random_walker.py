"""The random walker against its own equations."""

import numpy as np

from quantseg.volume.masks import distance_mm
from quantseg.volume.random_walker import walk


def _free_couplings(shape, strength):
    return tuple(np.full([n - (a == axis) for a, n in enumerate(shape)], strength) for axis in range(3))


def test_the_equations_are_those_of_the_energy():
    random = np.random.default_rng(3)
    prior = random.random((3, 4, 5))
    fixed = random.random((3, 4, 5)) < 0.2
    coupling = tuple(random.random(part.shape) for part in _free_couplings(prior.shape, 1.0))

    found = walk(prior, fixed, coupling)

    index = np.arange(prior.size).reshape(prior.shape)
    matrix = np.eye(prior.size)
    for axis, strength in enumerate(coupling):
        near, far = (np.take(index, np.arange(s, s + strength.shape[axis]), axis).ravel() for s in (0, 1))
        for a, b, w in zip(near, far, strength.ravel(), strict=True):
            matrix[[a, b], [a, b]] += w
            matrix[[a, b], [b, a]] -= w
    matrix[fixed.ravel()] = np.eye(prior.size)[fixed.ravel()]
    exact = np.linalg.solve(matrix, prior.ravel()).reshape(prior.shape)
    np.testing.assert_allclose(found, exact, atol=2e-3)
    np.testing.assert_array_equal(found[fixed], prior[fixed])


def test_without_coupling_or_without_free_voxels_nothing_moves():
    prior = np.random.default_rng(4).random((3, 3, 3))
    np.testing.assert_allclose(walk(prior, np.zeros((3, 3, 3), bool), _free_couplings((3, 3, 3), 0.0)), prior)
    np.testing.assert_array_equal(walk(prior, np.ones((3, 3, 3), bool), _free_couplings((3, 3, 3), 5.0)), prior)


def test_distances_are_in_mm_along_each_axis():
    mask = np.zeros((4, 5, 6), bool)
    mask[0, 0, 0] = True
    found = distance_mm(mask, (0.5, 2.0, 3.0))
    assert found[3, 0, 0] == 1.5
    assert found[0, 4, 0] == 8.0
    assert found[0, 0, 5] == 15.0
    assert found[0, 0, 0] == 0.0
    assert np.isinf(distance_mm(np.zeros((2, 2, 2), bool), (1.0, 1.0, 1.0))).all()
