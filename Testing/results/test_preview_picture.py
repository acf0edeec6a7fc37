import dataclasses

import numpy as np
import pytest
from finished_cases import LEFT_MARKER_RAS_MM, axis_orders
from PIL import Image, ImageDraw

from quantseg.results import preview
from quantseg.results.drawing import draw_legend, legend_lines
from quantseg.results.plane_sampling import outline, sample_image, sample_labels
from quantseg.results.planes import Panel, Plane
from quantseg.results.preview import PANEL_PIXELS
from quantseg.tasks.brain_tissue.anatomy import TISSUES_AND_PARTS
from quantseg.tasks.hippocampus.presenting.sections import structures_by_side
from quantseg.volume import Grid, Volume, resample

_LEFT, _TOP, _GAP = 20, 72, 10
_SOME_ORDERS = axis_orders()[::7]


def plan_rows(result):
    return preview.plan_rows(result, structures_by_side(result.segments), "hippocampus")


def render_preview(result):
    return preview.render_preview(result, structures_by_side(result.segments), "hippocampus")


def panel_pixels(picture, column, row=0):
    """One panel cut out of the whole picture, RGB."""
    left = _LEFT + column * (PANEL_PIXELS + _GAP)
    top = _TOP + row * (PANEL_PIXELS + 68)
    return np.asarray(picture)[top : top + PANEL_PIXELS, left : left + PANEL_PIXELS]


def pixels_of(pixels, colour):
    return np.argwhere(np.all(pixels == colour, axis=-1))


@pytest.mark.parametrize("order", _SOME_ORDERS, ids=str)
def test_left_hippocampus_is_drawn_on_the_right_of_the_picture_in_every_axis_order(head_with, order):
    result = head_with(sides=("left",), order=order)
    picture = render_preview(result)
    for column in (0, 1):
        pixels = panel_pixels(picture, column)
        coloured = np.concatenate([pixels_of(pixels, segment.colour) for segment in result.segments[:2]])
        assert len(coloured) > 50
        assert coloured[:, 1].min() > PANEL_PIXELS / 2
    axial, sagittal = panel_pixels(picture, 0), panel_pixels(picture, 2)
    anterior, posterior = (segment.colour for segment in result.segments[:2])
    assert pixels_of(axial, anterior)[:, 0].mean() < pixels_of(axial, posterior)[:, 0].mean()
    assert pixels_of(sagittal, anterior)[:, 1].mean() < pixels_of(sagittal, posterior)[:, 1].mean()


@pytest.mark.parametrize("order", _SOME_ORDERS, ids=str)
def test_image_is_shown_the_same_way_round_as_the_labels(head_with, order):
    """The bright marker lies on the patient's left, in front and above."""
    volume = head_with(order=order).scan.volume
    for plane, (x_side, y_side) in {Plane.AXIAL: (1, -1), Plane.CORONAL: (1, -1), Plane.SAGITTAL: (-1, -1)}.items():
        centre_mm = np.zeros(3)
        centre_mm[plane.normal_axis] = LEFT_MARKER_RAS_MM[plane.normal_axis]
        sampled = np.nan_to_num(sample_image(volume, Panel(plane, centre_mm, 96.0, 96).grid))
        row, column = np.unravel_index(sampled.argmax(), sampled.shape)
        assert np.sign(column - 47.5) == x_side
        assert np.sign(row - 47.5) == y_side


def test_the_axis_order_does_not_change_the_picture(head_with):
    expected = np.asarray(render_preview(head_with())).astype(int)
    for order in axis_orders()[1::16]:
        found = np.asarray(render_preview(head_with(order=order))).astype(int)
        assert np.mean(np.abs(found - expected) > 3) < 0.002


def test_oblique_scan_is_shown_along_the_axes_of_the_patient(head_with):
    upright = head_with(sides=("left",))
    angle = np.radians(25)
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    grid = Grid((130, 130, 90), turn @ np.diag([1, 1, 1, 1.0]))
    grid.affine[:3, 3] = -grid.affine[:3, :3] @ ((np.array(grid.shape) - 1) / 2)
    image = resample(upright.scan.volume, grid)
    labels = resample(upright.scan.volume.with_array(upright.labels), grid, "nearest")
    scan = dataclasses.replace(upright.scan, volume=image, header=None)
    oblique = dataclasses.replace(upright.with_label_map(array=labels.array.astype(np.uint8)), scan=scan)
    (row,) = plan_rows(oblique)
    panel = row.panels[0]
    indices = np.argwhere(upright.labels)
    assert np.allclose(panel.centre_mm, upright.scan.volume.grid.to_world(indices.mean(axis=0)), atol=0.6)
    found = sample_labels(labels, panel.grid, [1, 2])
    wanted = sample_labels(upright.scan.volume.with_array(upright.labels), panel.grid, [1, 2])
    overlap = 2 * np.sum(found[1] & wanted[1]) / (np.sum(found[1]) + np.sum(wanted[1]))
    assert overlap > 0.9


def test_each_side_has_a_row_through_its_own_centre(head):
    left, right = plan_rows(head)
    assert (left.title, right.title) == ("Left hippocampus", "Right hippocampus")
    assert left.panels[2].centre_mm[0] == pytest.approx(-25, abs=1)
    assert right.panels[2].centre_mm[0] == pytest.approx(25, abs=1)
    assert [panel.plane for panel in left.panels] == [Plane.AXIAL, Plane.CORONAL, Plane.SAGITTAL]


def test_large_head_is_zoomed_and_a_crop_is_shown_whole(head, crop):
    shape = (180, 200, 180)
    labels = np.zeros(shape, np.uint8)
    labels[60:70, 80:110, 70:80] = 1
    scan = dataclasses.replace(head.scan, volume=Volume(np.ones(shape, np.uint8), np.eye(4)))
    zoomed = plan_rows(dataclasses.replace(head.with_label_map(array=labels), scan=scan))[0].panels[0]
    assert zoomed.field_mm == 80
    whole = plan_rows(crop)[0].panels[0]
    corners = np.array(list(np.ndindex(2, 2, 2))) * (np.array(crop.labels.shape) - 1)
    for corner_mm in crop.scan.volume.grid.to_world(corners):
        assert all(0 <= pixel <= PANEL_PIXELS for pixel in whole.pixel_of(corner_mm))


def test_nothing_segmented_is_said_and_the_middle_is_shown(crop_with):
    empty = crop_with(labels=np.zeros((36, 50, 32), np.uint8))
    (row,) = plan_rows(empty)
    assert "No hippocampus was segmented" in row.title
    assert np.allclose(row.panels[0].centre_mm, empty.scan.volume.grid.centre_mm)
    assert render_preview(empty).size[0] > 1000


def test_every_panel_has_a_scale_bar_of_ten_millimetres(head):
    picture = render_preview(head)
    bar = round(10 / plan_rows(head)[0].panels[0].pixel_mm)
    for row in (0, 1):
        for column in range(3):
            pixels = panel_pixels(picture, column, row)
            line = np.all(pixels[PANEL_PIXELS - 14] == 245, axis=-1)
            start, end = PANEL_PIXELS - 14 - bar, PANEL_PIXELS - 14
            assert line[start : end + 1].all()
            assert not line[start - 1]
            assert not line[end + 1]


def test_intensities_in_the_millions_and_not_numbers_do_not_blacken_the_picture(crop):
    image = crop.scan.volume.array.copy()
    image[0, 0, 0] = np.nan
    image[1, 1, 1] = 1e12
    scan = dataclasses.replace(crop.scan, volume=crop.scan.volume.with_array(image))
    pixels = panel_pixels(render_preview(dataclasses.replace(crop, scan=scan)), 0)
    assert 40 < np.median(pixels[120:240, 120:240]) < 220


def test_outline_is_the_inner_edge_of_a_mask():
    mask = np.zeros((10, 10), bool)
    mask[2:8, 2:8] = True
    thin = outline(mask)
    assert thin.sum() == 20
    assert not thin[3:7, 3:7].any()
    assert not (thin & ~mask).any()
    assert outline(mask, 2).sum() == 32


def test_a_legend_of_many_names_stays_in_the_picture():
    segments = [one.segment for one in TISSUES_AND_PARTS]
    width = 1100

    lines = legend_lines(segments, width)

    assert [segment for line in lines for segment in line] == segments
    assert len(lines) > 1
    for line in lines:
        canvas = Image.new("RGB", (2 * width, 40), "white")
        draw_legend(ImageDraw.Draw(canvas), line, 0, 10)
        drawn = np.argwhere(np.any(np.asarray(canvas) < 250, axis=(0, 2)))
        assert drawn.max() < width
