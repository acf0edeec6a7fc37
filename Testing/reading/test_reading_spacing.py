"""Headers that name two spacings, and the user's word on them."""

import nibabel
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from made_volumes import affine_of, noisy_array, rotation

from quantseg.errors import InputRefused, UsageError
from quantseg.reading import find_cases, read_scan
from quantseg.reading.spacing import (
    HEADER_SPACING,
    SpacingChoice,
    SpacingSource,
    nifti_affine,
    override_spacing,
    parse_spacing,
)
from quantseg.volume import voxel_spacing_mm


def contradictory(header: nibabel.Nifti1Header) -> None:
    """Like the files that the ACDC challenge distributes: sform of 1 mm, pixdim of another size, no qform."""
    header.set_sform(affine_of(np.eye(3)), code=2)
    header["qform_code"] = 0
    header["pixdim"][1:4] = (1.5, 1.5, 2.5)


def test_no_option_means_the_header():
    assert parse_spacing() == HEADER_SPACING


def test_a_spacing_is_parsed():
    assert parse_spacing("1, 1.5,2e0") == SpacingChoice(SpacingSource.GIVEN, (1.0, 1.5, 2.0))


@pytest.mark.parametrize("source", [SpacingSource.PIXDIM, SpacingSource.AFFINE])
def test_a_source_is_parsed(source):
    assert parse_spacing(spacing_from=source.value) == SpacingChoice(source)


@pytest.mark.parametrize("text", ["", "1,1", "1,1,1,1", "1;1;1", "a,b,c", "0,1,1", "-1,1,1", "nan,1,1", "inf,1,1"])
def test_what_is_no_spacing_is_wrong_use(text):
    with pytest.raises(UsageError, match="--spacing"):
        parse_spacing(text)


def test_both_options_or_an_unknown_source_are_wrong_use():
    with pytest.raises(UsageError, match="exclude each other"):
        parse_spacing("1,1,1", "pixdim")
    with pytest.raises(UsageError, match=r"'header' is unknown.*pixdim, affine"):
        parse_spacing(spacing_from="header")


def test_contradictory_spacings_are_both_named(nifti):
    with pytest.raises(InputRefused, match=r"scan.nii.gz: .*1.5 × 1.5 × 2.5 mm, the sform 1 × 1 × 1 mm.*--spacing"):
        read_scan(*find_cases([nifti(change=contradictory)]))


@pytest.mark.parametrize(
    ("choice", "expected_mm"),
    [
        (SpacingChoice(SpacingSource.PIXDIM), (1.5, 1.5, 2.5)),
        (SpacingChoice(SpacingSource.AFFINE), (1.0, 1.0, 1.0)),
        (SpacingChoice(SpacingSource.GIVEN, (1.2, 1.3, 1.4)), (1.2, 1.3, 1.4)),
    ],
)
def test_the_user_settles_a_contradiction_and_a_note_says_so(nifti, choice, expected_mm):
    scan = read_scan(*find_cases([nifti(change=contradictory)]), choice)
    assert scan.volume.spacing_mm == pytest.approx(expected_mm)
    np.testing.assert_allclose(scan.volume.affine[:3, 3], affine_of(np.eye(3))[:3, 3])
    (note,) = scan.notes
    assert "by the user" in note
    assert "1.5 × 1.5 × 2.5 mm" in note
    assert "1 × 1 × 1 mm" in note


def test_a_difference_of_less_than_a_per_cent_is_no_contradiction(nifti):
    def rounded(header):
        header["pixdim"][1:4] = (1.004, 1.0, 0.996)

    scan = read_scan(*find_cases([nifti(change=rounded)]))
    assert scan.volume.spacing_mm == (1.0, 1.0, 1.0)
    assert scan.notes == ()


def test_a_header_without_affine_is_refused_whatever_spacing_is_given(nifti):
    def codeless(header):
        header["sform_code"] = header["qform_code"] = 0

    case = find_cases([nifti(change=codeless)])
    for choice in (HEADER_SPACING, SpacingChoice(SpacingSource.GIVEN, (1.0, 1.0, 1.0))):
        with pytest.raises(InputRefused, match=r"no affine .* left and right"):
            read_scan(*case, choice)


def test_a_qform_alone_is_enough(nifti):
    affine = affine_of(rotation(25), (1.0, 1.1, 1.2))

    def qform_only(header):
        header.set_qform(affine, code=1)
        header["sform_code"] = 0

    np.testing.assert_allclose(
        read_scan(*find_cases([nifti(affine=affine, change=qform_only)])).volume.affine, affine, atol=1e-5
    )


def test_opposite_directions_of_sform_and_qform_are_refused(nifti):
    def mirrored(header):
        header.set_sform(affine_of(np.diag([-1.0, 1.0, 1.0])), code=1)
        header.set_qform(affine_of(np.eye(3)), code=1)

    with pytest.raises(InputRefused, match="sform says LAS, the qform RAS"):
        read_scan(*find_cases([nifti(change=mirrored)]))


def test_a_sform_aligned_to_a_template_is_no_contradiction(nifti):
    aligned = affine_of(rotation(15), origin_mm=(1.0, 2.0, 3.0))

    def both(header):
        header.set_qform(affine_of(np.eye(3)), code=1)
        header.set_sform(aligned, code=4)

    np.testing.assert_allclose(read_scan(*find_cases([nifti(change=both)])).volume.affine, aligned, atol=1e-5)


def test_a_singular_sform_is_refused(nifti):
    def singular(header):
        header["srow_x"] = header["srow_y"]

    with pytest.raises(InputRefused, match="sform is no affine"):
        read_scan(*find_cases([nifti(change=singular)]))


def test_another_unit_is_refused_unless_the_spacing_is_given(nifti):
    case = find_cases([nifti(change=lambda header: header.set_xyzt_units("micron"))])
    with pytest.raises(InputRefused, match="microns"):
        read_scan(*case)
    assert read_scan(*case, SpacingChoice(SpacingSource.GIVEN, (1.0, 1.0, 1.0))).volume.spacing_mm == (1.0, 1.0, 1.0)


def test_a_given_spacing_holds_for_other_formats_too():
    affine = affine_of(rotation(10), (1.0, 2.0, 3.0))
    changed, (note,) = override_spacing(affine, SpacingChoice(SpacingSource.GIVEN, (1.5, 1.5, 1.5)))
    assert voxel_spacing_mm(changed) == pytest.approx((1.5, 1.5, 1.5))
    assert "1 × 2 × 3 mm" in note


positive_mm = st.floats(0.3, 3.0)
triples_mm = st.tuples(positive_mm, positive_mm, positive_mm)


@given(st.floats(-180, 180), triples_mm, triples_mm, st.booleans())
def test_an_override_changes_lengths_and_nothing_else(degrees, stored_mm, given_mm, left_handed):
    directions = rotation(degrees) @ np.diag([-1.0 if left_handed else 1.0, 1.0, 1.0])
    header = nibabel.Nifti1Image(noisy_array((2, 2, 2)), affine_of(directions, stored_mm)).header
    changed, notes = nifti_affine(header, SpacingChoice(SpacingSource.GIVEN, given_mm))
    np.testing.assert_allclose(changed, affine_of(directions, given_mm), atol=1e-4)
    assert len(notes) == 1


# A qform keeps three numbers of a unit quaternion as float32 and leaves the fourth to be computed from them: near
# half a turn its square drowns in their rounding (below three of float32's steps nibabel takes it as nought).
QFORM_ROUNDING = 2.0 * np.sqrt(3.0 * np.finfo(np.float32).eps)


@given(st.floats(-180, 180), triples_mm, st.booleans())
@example(0.25, (1.0, 1.0, 1.0), True)
def test_sform_and_qform_give_the_same_affine(degrees, spacing_mm, left_handed):
    directions = rotation(degrees) @ np.diag([1.0, -1.0 if left_handed else 1.0, 1.0])
    affine = affine_of(directions, spacing_mm)
    by_qform, by_sform = nibabel.Nifti1Header(), nibabel.Nifti1Header()
    by_qform.set_qform(affine, code=1)
    by_sform.set_sform(affine, code=1)
    by_sform["pixdim"][1:4] = spacing_mm
    np.testing.assert_allclose(nifti_affine(by_sform, HEADER_SPACING)[0], affine, atol=1e-6)
    from_qform = nifti_affine(by_qform, HEADER_SPACING)[0]
    np.testing.assert_allclose(from_qform, affine, atol=QFORM_ROUNDING * max(spacing_mm))
    assert voxel_spacing_mm(from_qform) == pytest.approx(spacing_mm, rel=1e-6)
