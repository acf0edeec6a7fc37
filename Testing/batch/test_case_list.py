"""Cases by a table, and what goes with a single case: whole and right before any work."""

import dataclasses

import pytest
from small_scans import write_scan
from standin_pipeline import TASK

from quantseg.batch.case_list import CaseList
from quantseg.batch.inputs import Inputs
from quantseg.errors import InputRefused, UsageError
from quantseg.reading import read_roles, read_scan
from quantseg.reading.person import Person, Sex
from quantseg.tasks.contract import InputRole

_ROLES = (InputRole("mri", "MRI"), InputRole("pet", "PET"), InputRole("fat", "fat image", required=False))
_TASK = dataclasses.replace(TASK, inputs=_ROLES, asks_person=True)


@pytest.fixture
def table(tmp_path):
    """Write a table beside two heads and their PET."""
    for name in ("mri/a", "mri/b", "pet/a", "pet/b", "two/one", "two/other"):
        write_scan(tmp_path / f"{name}.nii.gz")

    def write(*lines, encoding="utf-8"):
        path = tmp_path / "cases.csv"
        path.write_text("\n".join(lines) + "\n", encoding=encoding)
        return CaseList(path)

    return write


def test_a_row_is_a_case_with_its_images_and_its_person(table, tmp_path):
    cases = table(
        "case,mri,pet,fat,age,sex",
        "patient A,mri/a.nii.gz,pet/a.nii.gz,,71.5,f",
        ",,,,,",
        f"b,{tmp_path / 'mri' / 'b.nii.gz'},pet/b.nii.gz,pet/a.nii.gz,,",
    ).cases(_TASK)

    assert [case.name for case in cases] == ["patient A", "b"]
    first, second = cases
    assert first.path == tmp_path / "mri" / "a.nii.gz"
    assert [(role, one.path.parent.name) for role, one in first.further_roles] == [("pet", "pet")]
    assert first.person == Person(71.5, Sex.FEMALE)
    assert [role for role, _ in second.further_roles] == ["pet", "fat"]
    assert second.person == Person()


def test_a_table_of_a_spreadsheet_is_read_too(table):
    (case,) = table("case;pet;mri;age", "a;pet/a.nii.gz;mri/a.nii.gz;71", encoding="utf-8-sig").cases(_TASK)
    assert case.person.age_years == 71


@pytest.mark.parametrize(
    ("header", "sentences"),
    [
        ("case,mri", ["has no column 'pet'; expected case, mri, pet, fat, age, sex"]),
        ("mri,pet", ["has no column 'case'"]),
        ("case,mri,pet,colour", ["has a column 'colour' that hippocampus does not know; expected case, mri"]),
        ("case,mri,pet,pet", ["has 2 columns 'pet'"]),
        ("case,colour", ["no column 'mri'", "no column 'pet'", "column 'colour'"]),
        ("case,mri,pet", ["has no row below its header"]),
    ],
)
def test_wrong_columns_are_named_each_in_a_sentence(table, header, sentences):
    with pytest.raises(UsageError) as error:
        table(header).cases(_TASK)

    said = str(error.value).splitlines()
    assert len(said) == len(sentences)
    assert all(sentence in line for sentence, line in zip(sentences, said, strict=True))


@pytest.mark.parametrize("row", ["b,mri/c.nii.gz,pet/a.nii.gz", "b,mri/a.nii.gz,pet/c.nii.gz"])
def test_an_image_that_is_missing_fails_its_own_case_when_it_is_read(table, row):
    cases = table("case,mri,pet", "a,mri/a.nii.gz,pet/a.nii.gz", row).cases(_TASK)

    assert [case.name for case in cases] == ["a", "b"]
    images = [cases[1], *(image for _, image in cases[1].further_roles)]
    (missing,) = (image for image in images if not image.path.exists())
    with pytest.raises(InputRefused, match=r"c\.nii\.gz: the file does not exist"):
        read_scan(missing)


def test_age_and_sex_are_unknown_to_a_task_that_does_not_ask(table):
    with pytest.raises(UsageError, match="column 'age'"):
        table("case,mri,pet,age").cases(dataclasses.replace(_TASK, asks_person=False))


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("a,mri/a.nii.gz,pet/a.nii.gz,,", "The case a is already that of line 2."),
        ("A,mri/a.nii.gz,pet/a.nii.gz,,", "The case A is already that of line 2."),
        ("b,mri/a.nii.gz,,,", "needs a pet image"),
        ("b,,pet/a.nii.gz,,", "The case b has no mri."),
        ("b,two,pet/a.nii.gz,,", "holds 2 images (one, other), expected one"),
        ("b,mri/a.nii.gz,two,,", "holds 2 images (one, other), expected the one that is the pet"),
        ("b,mri/a.nii.gz,pet/a.nii.gz,1948-06-15,", "The age of b is not a number of years from 0 to 120."),
        ("b,mri/a.nii.gz,pet/a.nii.gz,-1,", "The age of b is not a number of years from 0 to 120."),
        ("b,mri/a.nii.gz,pet/a.nii.gz,nan,", "The age of b is not a number of years from 0 to 120."),
        ("b,mri/a.nii.gz,pet/a.nii.gz,,x", "The sex of b is not one of F, M, O."),
        ("../b,mri/a.nii.gz,pet/a.nii.gz,,", "cannot be the name of a folder"),
        ("Run.JSON,mri/a.nii.gz,pet/a.nii.gz,,", "cannot be the name of a folder"),
        ("con.1,mri/a.nii.gz,pet/a.nii.gz,,", "cannot be the name of a folder"),
        ("=1+1,mri/a.nii.gz,pet/a.nii.gz,,", "and of a row in a spreadsheet"),
        (",mri/a.nii.gz,pet/a.nii.gz,,", "The case has no name."),
        ("b,mri/a.nii.gz,pet/a.nii.gz", "It has 3 cells, expected 5 as in the header."),
    ],
)
def test_a_wrong_row_is_named_by_its_line_and_keeps_what_is_private(table, row, sentence):
    with pytest.raises(UsageError) as error:
        table("case,mri,pet,age,sex", "a,mri/a.nii.gz,pet/a.nii.gz,71,F", row).cases(_TASK)

    (said,) = str(error.value).splitlines()
    assert said.startswith("Line 3 of cases.csv: ")
    assert sentence in said
    assert "1948" not in said


def test_all_wrong_rows_are_named_at_once_up_to_a_number(table):
    wrong = [f"case{number},,pet/a.nii.gz" for number in range(30)]
    with pytest.raises(UsageError) as error:
        table("case,mri,pet", *wrong).cases(_TASK)

    said = str(error.value).splitlines()
    assert len(said) == 21
    assert said[-1] == "And 10 more."


def test_a_table_that_is_none_is_wrong_use(tmp_path):
    with pytest.raises(UsageError, match="cannot be read as a CSV file"):
        CaseList(tmp_path / "nowhere.csv").cases(_TASK)
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(UsageError, match="cannot be read as a CSV file"):
        CaseList(tmp_path / "binary.csv").cases(_TASK)


def test_images_of_further_roles_go_with_one_case_only(table, tmp_path):
    table("case")
    pet = tmp_path / "pet" / "a.nii.gz"
    (case,) = Inputs([tmp_path / "mri" / "a.nii.gz"], None, {"pet": pet}, Person(71.0)).cases(_TASK)
    assert [(role, one.path) for role, one in case.further_roles] == [("pet", pet)]
    assert case.person == Person(71.0)

    with pytest.raises(UsageError, match="pet and age of one case are given, but 2 cases were found"):
        Inputs([tmp_path / "mri"], None, {"pet": pet}, Person(71.0)).cases(_TASK)
    with pytest.raises(UsageError, match="needs a pet image; give it with --pet"):
        Inputs([tmp_path / "mri" / "a.nii.gz"]).cases(_TASK)


@pytest.mark.parametrize(
    ("letters", "sentence"),
    [(300, "takes 300 bytes, expected at most 200"), (200_000, "Line 2 of cases.csv cannot be read as CSV")],
)
def test_a_name_that_no_file_system_takes_is_wrong_use(table, letters, sentence):
    with pytest.raises(UsageError, match=sentence):
        table("case,mri,pet", f"{'n' * letters},mri/a.nii.gz,pet/a.nii.gz").cases(_TASK)


def test_a_role_that_stands_alone_makes_a_case_without_the_first(table, tmp_path):
    roles = (InputRole("mri", "MRI"), InputRole("pet", "PET", required=False, stands_alone=True))
    task = dataclasses.replace(TASK, inputs=roles, asks_person=True)

    both, alone = table("case,mri,pet,age", "a,mri/a.nii.gz,pet/a.nii.gz,", "b,,pet/b.nii.gz,71").cases(task)

    assert (both.first_role, [role for role, _ in both.further_roles]) == ("", ["pet"])
    assert (alone.first_role, alone.further_roles, alone.person) == ("pet", (), Person(71.0))
    assert alone.path == tmp_path / "pet" / "b.nii.gz"
    (named,) = Inputs([], None, {"pet": tmp_path / "pet" / "b.nii.gz"}).cases(task)
    read = read_roles(named, {role.name: role.limits for role in roles})
    assert list(read.scans) == ["pet"]


def test_without_any_image_that_may_stand_alone_a_case_is_refused(table, tmp_path):
    roles = (InputRole("mri", "MRI"), InputRole("pet", "PET", required=False, stands_alone=True))
    task = dataclasses.replace(TASK, inputs=roles)
    with pytest.raises(UsageError, match="has no mri"):
        table("case,mri,pet", "a,,").cases(task)
    with pytest.raises(UsageError, match="no mri image"):
        Inputs([]).cases(task)
    with pytest.raises(UsageError, match="for the pet"):
        Inputs([], None, {"pet": tmp_path / "none.nii.gz"}).cases(task)
