"""Doubtful slices as a page lists them: each by the plane and number under which the viewer shows it."""

import dataclasses

import pytest
from finished_cases import build_head
from shown_cases import doubts_of
from storage_orders import ALL_48_ORDERS

from quantseg.tasks.registry import TASKS, load_task
from quantseg.web.doubts import listed_doubts


@pytest.mark.parametrize("order", [None, ALL_48_ORDERS[7], ALL_48_ORDERS[29]])
def test_slices_that_read_alike_are_told_apart_by_their_place_however_the_head_is_stored(order):
    head = build_head(order=order)
    head = dataclasses.replace(head, doubtful_slices=doubts_of(head))
    listed = listed_doubts(load_task(TASKS["hippocampus"]), head)
    grid = build_head().scan.grid
    front_mm = grid.to_world([0, grid.shape[1] - 1, 0])[1]
    spacing_mm = grid.spacing_mm[1]
    numbers = [round((front_mm - mm) / spacing_mm) + 1 for mm in (0.0, 5.0)]
    assert [one["where"] for one in listed] == [f"coronal {number}" for number in numbers]


def test_a_slice_that_does_not_tell_its_direction_is_given_none():
    head = build_head()
    doubts = tuple(dataclasses.replace(one, voxels=None) for one in doubts_of(head))
    listed = listed_doubts(load_task(TASKS["hippocampus"]), dataclasses.replace(head, doubtful_slices=doubts))
    assert [one["where"] for one in listed] == ["", ""]
