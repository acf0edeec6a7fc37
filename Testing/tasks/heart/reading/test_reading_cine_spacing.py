"""Which spacing holds for a short-axis stack, and what the user may say about it."""

import nibabel
import numpy as np
import pytest
from made_cines import PLACEHOLDER, SHORT_AXIS, SPACING_MM, frames_of, like_the_challenge, nifti_array, write_nifti

from quantseg.errors import InputRefused, UsageError
from quantseg.reading.spacing import (
    HEADER_SPACING,
    UNKNOWN_SPACING,
    SpacingChoice,
    SpacingSource,
    parse_spacing,
)
from quantseg.tasks.heart.reading.cardiac_spacing import nifti_geometry
from quantseg.tasks.heart.reading.cine import SpacingOrigin
from quantseg.tasks.heart.reading.short_axis import is_cardiac
from quantseg.volume import voxel_spacing_mm

IN_PLANE = (80, 90)


def header_of(affine=PLACEHOLDER, change=None, shape=(*IN_PLANE, 8)) -> nibabel.Nifti1Header:
    header = nibabel.Nifti1Image(np.zeros(shape, np.int16), affine).header
    if change is not None:
        change(header)
    return header


def given(*spacing_mm: float) -> SpacingChoice:
    return SpacingChoice(SpacingSource.GIVEN, spacing_mm)


def millimetres(affine, **pixdim) -> nibabel.Nifti1Header:
    """A header whose affine and pixdim are set apart from each other."""

    def change(header):
        header.set_sform(affine, code=1)
        header["qform_code"] = 0
        header["pixdim"][1:4] = pixdim["pixdim"]

    return header_of(change=change)


def test_a_header_that_agrees_with_itself_holds():
    placed, notes = nifti_geometry(header_of(SHORT_AXIS), HEADER_SPACING)
    assert placed.spacing_origin is SpacingOrigin.HEADER
    assert voxel_spacing_mm(placed.affine) == pytest.approx(SPACING_MM)
    assert notes == ()


def test_pixdim_is_believed_against_an_affine_of_one_millimetre_and_it_is_said():
    header = header_of(change=like_the_challenge)
    placed, (note,) = nifti_geometry(header, HEADER_SPACING)
    assert placed.spacing_origin is SpacingOrigin.PIXDIM_AGAINST_AFFINE
    assert voxel_spacing_mm(placed.affine) == pytest.approx((1.6, 1.6, 10))
    assert np.array_equal(placed.header_affine, np.eye(4))
    assert placed.slice_axis == 2
    assert not placed.orientation_trusted
    assert "1.6 × 1.6 × 10 mm" in note
    assert "sform says 1 × 1 × 1 mm" in note


def test_a_cine_whose_pixdim_was_believed_needs_a_look_and_keeps_its_header(tmp_path):
    from quantseg.tasks.heart.reading.cine_nifti import read_cine_nifti

    frames = frames_of(shape=(60, 64, 5))
    path = tmp_path / "scan.nii"
    image = nibabel.Nifti1Image(nifti_array(frames), PLACEHOLDER)
    like_the_challenge(image.header)
    path.write_bytes(raw_nifti(image))
    cine = read_cine_nifti(path, HEADER_SPACING)
    assert cine.spacing_needs_look
    assert cine.spacing_mm == pytest.approx((1.6, 1.6, 10))
    assert np.array_equal(cine.header.get_sform(), np.eye(4))
    assert cine.header["sform_code"] == 2
    assert np.array_equal(cine.frames, frames)


def raw_nifti(image: nibabel.Nifti1Image) -> bytes:
    """nibabel's own writer repairs headers; here they stay as the test wants them."""
    header = image.header.copy()
    header["vox_offset"] = 352
    return header.binaryblock + b"\0" * 4 + np.asarray(image.dataobj).tobytes(order="F")


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_pixdim_is_believed_in_any_axis_order(order):
    pixdim = np.array([1.6, 1.6, 10.0])[list(order)]
    shape = np.array([*IN_PLANE, 8])[list(order)]
    header = millimetres(np.eye(4), pixdim=pixdim)
    header.set_data_shape([int(n) for n in shape])
    placed, _ = nifti_geometry(header, HEADER_SPACING)
    assert placed.slice_axis == order.index(2)
    assert voxel_spacing_mm(placed.affine) == pytest.approx(pixdim)


@pytest.mark.parametrize(
    ("affine_mm", "pixdim"),
    [((1.5, 1.5, 8.0), (1.5, 1.5, 10.0)), ((1.5, 1.5, 8.0), (1.0, 1.0, 1.0)), ((1.0, 1.0, 1.0), (1.6, 1.6, 3.0))],
)
def test_any_other_contradiction_is_left_to_the_user(affine_mm, pixdim):
    header = millimetres(np.diag([*affine_mm, 1.0]), pixdim=pixdim)
    with pytest.raises(InputRefused, match="contradicts itself"):
        nifti_geometry(header, HEADER_SPACING)
    if is_cardiac(affine_mm):
        placed, (note,) = nifti_geometry(header, SpacingChoice(SpacingSource.AFFINE))
        assert voxel_spacing_mm(placed.affine) == pytest.approx(affine_mm)
        assert placed.spacing_origin is SpacingOrigin.USER
        assert "by the user" in note


@pytest.mark.parametrize(
    "spacing_mm", [(1, 1, 1), (3, 3, 8), (0.5, 0.5, 8), (1.5, 1.5, 3.5), (1.5, 1.5, 21), (1, 8, 8)]
)
def test_a_spacing_that_is_no_hearts_is_refused_unless_the_user_gives_one(spacing_mm):
    header = header_of(np.diag([*spacing_mm, 1.0]))
    with pytest.raises(InputRefused, match="expected that of a short-axis stack") as caught:
        nifti_geometry(header, HEADER_SPACING)
    assert "--spacing X,Y,Z" in str(caught.value)
    assert "--spacing unknown" in str(caught.value)
    placed, (note,) = nifti_geometry(header, given(1.4, 1.4, 9.0))
    assert voxel_spacing_mm(placed.affine) == pytest.approx((1.4, 1.4, 9.0))
    assert placed.spacing_origin is SpacingOrigin.USER
    assert "by the user" in note
    np.testing.assert_allclose(placed.header_affine, np.diag([*spacing_mm, 1.0]))


def test_slices_as_far_apart_as_in_a_real_study_are_read_with_a_doubt():
    placed, _ = nifti_geometry(header_of(np.diag([1.5, 1.5, 17.7, 1.0])), HEADER_SPACING)
    (doubt,) = placed.doubts
    assert "17.7 mm apart" in doubt
    assert nifti_geometry(header_of(np.diag([1.5, 1.5, 15.0, 1.0])), HEADER_SPACING)[0].doubts == ()


@pytest.mark.parametrize("distance_mm", [17.7, 25.0])
def test_a_distance_that_the_user_gives_overrides_what_its_refusal_names(distance_mm):
    placed, _ = nifti_geometry(header_of(np.diag([1.5, 1.5, 30.0, 1.0])), given(1.5, 1.5, distance_mm))
    assert voxel_spacing_mm(placed.affine)[2] == pytest.approx(distance_mm)
    assert placed.doubts == ()


def test_directions_of_dicom_stored_unchanged_are_read_with_a_doubt_and_name_no_walls():
    mirrored = np.diag([-1.0, -1.0, 1.0, 1.0]) @ SHORT_AXIS
    placed, _ = nifti_geometry(header_of(mirrored), HEADER_SPACING)
    (doubt,) = placed.doubts
    assert "left and right" in doubt
    assert not placed.orientation_trusted
    np.testing.assert_allclose(placed.header_affine, mirrored, atol=1e-5)
    with pytest.raises(InputRefused, match="long axis of a normally placed heart"):
        nifti_geometry(header_of(mirrored, shape=(*IN_PLANE, 5)), HEADER_SPACING)


@pytest.mark.parametrize("spacing_mm", [(0.6, 0.6, 4), (2.5, 2.5, 15), (1.3671875, 1.3671875, 10)])
def test_the_limits_of_a_hearts_spacing_belong_to_it(spacing_mm):
    assert is_cardiac(spacing_mm)
    assert nifti_geometry(header_of(np.diag([*spacing_mm, 1.0]), shape=(160, 160, 8)), HEADER_SPACING)


def test_a_spacing_outside_the_usual_may_be_given():
    placed, _ = nifti_geometry(header_of(np.eye(4)), given(1.4, 1.4, 3.0))
    assert placed.slice_axis == 2


def test_an_unknown_spacing_leaves_ratios_only(tmp_path):
    from quantseg.tasks.heart.reading.cine_nifti import read_cine_nifti

    path = write_nifti(tmp_path / "scan.nii", nifti_array(frames_of()), np.eye(4))
    cine = read_cine_nifti(path, UNKNOWN_SPACING)
    assert cine.spacing_mm is None
    assert cine.geometry.spacing_origin is SpacingOrigin.UNKNOWN
    assert cine.geometry.slice_axis == 2
    assert "unknown by the user's word" in cine.notes[0]


def test_an_unknown_spacing_is_unknown_even_where_the_header_states_one():
    placed, _ = nifti_geometry(header_of(SHORT_AXIS), UNKNOWN_SPACING)
    assert placed.spacing_origin is SpacingOrigin.UNKNOWN
    assert placed.orientation_trusted


def test_a_header_without_affine_has_its_spacing_in_pixdim_and_no_orientation():
    def codeless(header):
        header["sform_code"] = header["qform_code"] = 0

    placed, notes = nifti_geometry(header_of(SHORT_AXIS, codeless), HEADER_SPACING)
    assert voxel_spacing_mm(placed.affine) == pytest.approx(SPACING_MM)
    assert placed.spacing_origin is SpacingOrigin.HEADER
    assert not placed.orientation_trusted
    assert notes == ()
    with pytest.raises(InputRefused, match="expected that of a short-axis stack"):
        nifti_geometry(header_of(np.eye(4), codeless), HEADER_SPACING)


@pytest.mark.parametrize("pixdim", [(0, 0, 0), (np.nan, 1, 1)])
def test_a_header_without_affine_and_spacing_is_refused(pixdim):
    def empty(header):
        header["sform_code"] = header["qform_code"] = 0
        header["pixdim"][1:4] = pixdim

    with pytest.raises(InputRefused, match="expected that of a short-axis stack"):
        nifti_geometry(header_of(change=empty), HEADER_SPACING)


def test_another_unit_is_refused():
    with pytest.raises(InputRefused, match="microns"):
        nifti_geometry(header_of(change=lambda header: header.set_xyzt_units("micron")), HEADER_SPACING)


def test_unknown_can_be_asked_for_where_an_organ_allows_it_only():
    assert parse_spacing("unknown", may_be_unknown=True) is UNKNOWN_SPACING
    assert parse_spacing("1,1,8", may_be_unknown=True) == given(1.0, 1.0, 8.0)
    with pytest.raises(UsageError, match="cannot be understood"):
        parse_spacing("unknown")
