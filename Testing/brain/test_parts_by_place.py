"""Tissues shared out among their parts by where they lie in standard space."""

import numpy as np
import pytest

from quantseg.brain.parts_atlas import shared_out
from quantseg.brain.regions import REGIONS_OF_TISSUE, Region, Tissue
from quantseg.brain.standard_space import StandardBrain
from quantseg.brain.tissue_prediction import TissuePrediction
from quantseg.volume import Volume


@pytest.fixture
def share_out():
    """Shares out a voxel of one tissue at a place of the atlas, in mm; returns the share of each region."""

    def at(tissue, *place_mm):
        affine = np.eye(4)
        affine[:3, 3] = np.array(place_mm) - 1
        image = Volume(np.zeros((3, 3, 3), np.float32), affine)
        channels = ((Region.BACKGROUND,), *REGIONS_OF_TISSUE.values())
        shares = np.zeros((len(channels), 3, 3, 3), np.float32)
        shares[int(tissue)] = 1
        brain = StandardBrain(image.array, np.eye(4), 1.0)
        found = shared_out(TissuePrediction(image, shares, np.ones((3, 3, 3), bool), channels), brain)
        return {region: float(found.probabilities[region, 1, 1, 1]) for region in Region}

    return at


@pytest.mark.parametrize(
    ("tissue", "place_mm", "region"),
    [
        (Tissue.FLUID, (-20, -10, 20), Region.LEFT_VENTRICLE),
        (Tissue.GREY, (12, -18, 8), Region.RIGHT_DEEP_GREY),
        (Tissue.GREY, (-30, -65, -35), Region.LEFT_CEREBELLAR_GREY),
        (Tissue.WHITE, (30, 20, 25), Region.RIGHT_WHITE),
        (Tissue.WHITE, (0, -30, -35), Region.BRAIN_STEM),
    ],
)
def test_a_tissue_is_the_part_that_lies_at_its_place(share_out, tissue, place_mm, region):
    shares = share_out(tissue, *place_mm)
    assert max(shares, key=shares.get) is region
    assert sum(shares.values()) == pytest.approx(1, abs=1e-5)


def test_below_the_end_of_the_atlas_the_brain_stem_goes_on(share_out):
    # The atlas ends 74 mm below the middle; heads whose neck is in view show more of the stem.
    assert share_out(Tissue.WHITE, 0, -44, -84)[Region.BRAIN_STEM] > 0.9
