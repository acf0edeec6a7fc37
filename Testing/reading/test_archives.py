"""DICOM packed file by file and in archives: read as it lies, within limits; and a DICOMDIR that is named."""

import gzip
import stat
import zipfile

import numpy as np
import pytest
from made_dicom import PATIENT_NAME
from made_volumes import GEOMETRIES, assert_same_in_space, noisy_array

from quantseg.errors import InputRefused, UsageError
from quantseg.reading import archive, find_cases, packed, read_scan
from quantseg.reading.content_hash import case_content_hash
from quantseg.volume import Volume

VOLUME = Volume(noisy_array(), GEOMETRIES["oblique"])


@pytest.fixture
def study(tmp_path, dicom_series):
    """A folder of a series."""
    dicom_series(tmp_path / "folder" / "deep", VOLUME, ending=".dcm")
    return tmp_path / "folder"


def zipped(folder, path, compression=zipfile.ZIP_DEFLATED):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", compression) as file:
        for one in sorted(folder.rglob("*")):
            file.write(one, one.relative_to(folder))
    return path


def as_zip(folder, tmp_path):
    return zipped(folder, tmp_path / "packed" / "Doe^Jane.zip")


def as_bzipped_zip(folder, tmp_path):
    return zipped(folder, tmp_path / "packed" / "study.ZIP", zipfile.ZIP_BZIP2)


def as_folder_of_zips(folder, tmp_path):
    as_zip(folder, tmp_path)
    return tmp_path / "packed"


def as_packed_files(folder, tmp_path):
    (tmp_path / "packed").mkdir()
    for path in folder.rglob("*.dcm"):
        (tmp_path / "packed" / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    return tmp_path / "packed"


def as_zip_of_packed_files(folder, tmp_path):
    return zipped(as_packed_files(folder, tmp_path), tmp_path / "study.zip")


def as_directory_file(folder, _):
    (folder / "DICOMDIR").write_bytes(b"index")
    return folder / "DICOMDIR"


@pytest.mark.parametrize(
    "pack",
    [as_zip, as_bzipped_zip, as_folder_of_zips, as_packed_files, as_zip_of_packed_files, as_directory_file],
    ids=lambda pack: pack.__name__,
)
def test_a_series_is_the_same_however_it_is_packed(study, tmp_path, pack):
    (plain,) = find_cases([study])
    place = pack(study, tmp_path)
    (case,) = find_cases([place])
    assert case.name == plain.name
    assert_same_in_space(read_scan(case).volume, VOLUME)
    assert "Doe" not in case.name
    if "gz" not in str(case.files[0].path):
        assert case_content_hash(case) == case_content_hash(plain)


def test_compressed_pixels_in_an_archive_are_decoded(study, tmp_path):
    import pydicom
    from pydicom.uid import RLELossless

    for path in study.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.compress(RLELossless)
        dataset.save_as(path)
    (case,) = find_cases([as_zip(study, tmp_path)])
    assert_same_in_space(read_scan(case).volume, VOLUME)


def test_series_are_picked_from_an_archive_and_others_passed_over(study, tmp_path, dicom_series):
    dicom_series(study / "t2", VOLUME, SeriesInstanceUID="1.2", SeriesNumber=9)
    place = as_zip(study, tmp_path)
    assert len(find_cases([place])) == 2
    assert [case.series_uid for case in find_cases([place], series=["9"])] == ["1.2"]


def with_member(folder, path, name, content=b"x", **fields):
    zipped(folder, path)
    with zipfile.ZipFile(path, "a") as file:
        info = zipfile.ZipInfo(name)
        for field, value in fields.items():
            setattr(info, field, value)
        file.writestr(info, content)
    return path


@pytest.mark.parametrize(
    ("name", "fields", "reason"),
    [
        ("../../etc/passwd", {}, "lead out of it"),
        ("deep/../../x", {}, "lead out of it"),
        ("/etc/passwd", {}, "lead out of it"),
        ("C:\\x", {}, "lead out of it"),
        ("..\\x", {}, "lead out of it"),
        ("link", {"external_attr": (stat.S_IFLNK | 0o777) << 16}, "holds links"),
    ],
)
def test_an_archive_that_could_harm_is_refused_as_one_case(study, tmp_path, nifti, name, fields, reason):
    bad = with_member(study, tmp_path / "Doe.zip", name, **fields)
    before = sorted(tmp_path.rglob("*"))
    _, case = find_cases([nifti(), bad])
    assert case.name == "input2"
    with pytest.raises(InputRefused, match=f"^input2: the archive .*{reason}"):
        read_scan(case)
    assert sorted(path for path in tmp_path.rglob("*") if path.name != "scan.nii.gz") == before


def test_a_damaged_archive_is_refused(study, tmp_path):
    bad = as_zip(study, tmp_path)
    bad.write_bytes(bad.read_bytes()[:-40])
    (case,) = find_cases([bad])
    with pytest.raises(InputRefused, match="the archive is damaged"):
        read_scan(case)


def test_a_damaged_member_is_a_damaged_file_of_its_series(study, tmp_path):
    bad = zipped(study, tmp_path / "study.zip", zipfile.ZIP_STORED)
    content = bad.read_bytes()
    place = content.index(np.ascontiguousarray(VOLUME.array[:, :, 5].T).tobytes())
    bad.write_bytes(content[:place] + b"\xff" * 8 + content[place + 8 :])
    with pytest.raises((InputRefused, UsageError), match="damaged"):
        read_scan(find_cases([bad])[0])


@pytest.mark.parametrize("pack", [as_zip, as_folder_of_zips], ids=lambda pack: pack.__name__)
@pytest.mark.parametrize("slice_index", [0, 4, -1], ids=["first", "middle", "last"])
def test_a_damaged_member_without_ending_is_no_slice_lost_in_silence(tmp_path, dicom_series, pack, slice_index):
    files = dicom_series(tmp_path / "folder", VOLUME)
    name = files[slice_index].name.encode()
    place = pack(tmp_path / "folder", tmp_path)
    path = place if place.is_file() else next(place.iterdir())
    content = bytearray(path.read_bytes())
    content[content.index(name) + len(name) + 500] ^= 0xFF
    path.write_bytes(content)
    (case,) = find_cases([place])
    with pytest.raises(InputRefused, match="1 DICOM file is damaged"):
        read_scan(case)


def test_an_encrypted_archive_is_refused(study, tmp_path):
    bad = as_zip(study, tmp_path)
    content = bytearray(bad.read_bytes())
    place = content.rindex(b"PK\x01\x02")
    content[place + 8] |= 1
    bad.write_bytes(content)
    (case,) = find_cases([bad])
    with pytest.raises(InputRefused, match="encrypted"):
        read_scan(case)


def test_an_archive_that_unpacks_to_what_no_study_is_is_refused(study, tmp_path, monkeypatch):
    monkeypatch.setattr(packed, "_ALWAYS_UNPACKED_BYTES", 1024**2)
    bad = with_member(study, tmp_path / "study.zip", "zeros", bytes(200 * 1024**2), compress_type=zipfile.ZIP_DEFLATED)
    (case,) = find_cases([bad])
    with pytest.raises(InputRefused, match=r"unpacks from .* MiB to .*, as no study does"):
        read_scan(case)


def test_an_archive_of_too_many_files_is_refused(study, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "_MOST_MEMBERS", 3)
    (case,) = find_cases([as_zip(study, tmp_path)])
    with pytest.raises(InputRefused, match="holds 16 files, expected at most 3"):
        read_scan(case)


def test_a_bad_archive_in_a_folder_costs_no_other_series(study):
    with_member(study, study / "bad.zip", "../x")
    (case,) = find_cases([study])
    assert_same_in_space(read_scan(case).volume, VOLUME)


def test_an_archive_without_dicom_is_wrong_use(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "readme.txt").write_text(PATIENT_NAME)
    with pytest.raises(UsageError, match="No image was found"):
        find_cases([zipped(tmp_path / "in", tmp_path / "study.zip")])
