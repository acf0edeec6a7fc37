"""Compressed DICOM series: to the last bit where nothing was lost, and a word on what is damaged or not decoded."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from dicom_reading import read, refusal
from made_volumes import GEOMETRIES, assert_same_in_space, noisy_array
from pydicom.encaps import encapsulate
from pydicom.pixels import get_decoder
from pydicom.uid import MPEG4HP41, HTJ2KLossless, JPEGLSLossless, RLELossless

from quantseg.volume import Volume

STRAIGHT = Volume(noisy_array(), GEOMETRIES["straight"])
OBLIQUE = Volume(noisy_array(), GEOMETRIES["oblique"])


def compress_rle(dataset, _k=0) -> None:
    dataset.compress(RLELossless)


def compress_with_gdcm(compressor: str, folder: Path):
    """Return a change of a slice that packs its pixels as GDCM does."""

    def change(dataset, _k):
        plain, packed = folder / "plain.dcm", folder / "packed.dcm"
        dataset.save_as(plain, enforce_file_format=True)
        writer = sitk.ImageFileWriter()
        writer.SetImageIO("GDCMImageIO")
        writer.SetFileName(str(packed))
        writer.SetUseCompression(True)
        writer.SetCompressor(compressor)
        writer.Execute(sitk.ReadImage(str(plain)))
        read_back = pydicom.dcmread(packed)
        assert read_back.file_meta.TransferSyntaxUID.is_encapsulated
        dataset.file_meta.TransferSyntaxUID = read_back.file_meta.TransferSyntaxUID
        dataset.PixelData = read_back.PixelData
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True

    return change


@pytest.fixture(params=["pydicom first", "GDCM alone"])
def decoders(request, monkeypatch):
    """What there is to decode with: pydicom has decoders of its own for a part of the kinds of compression."""
    if request.param == "GDCM alone":
        monkeypatch.setattr("quantseg.reading.dicom_pixels._pydicom_decodes", lambda syntax: not syntax.is_encapsulated)


@pytest.mark.usefixtures("decoders")
@pytest.mark.parametrize("lowest", [1, -700], ids=["unsigned range", "negative values"])
@pytest.mark.parametrize("kind", ["RLE", "JPEG", "JPEG2000", "JPEGLS"])
def test_losslessly_compressed_series_are_read_to_the_last_bit(tmp_path, dicom_series, kind, lowest):
    own = {"RLE": RLELossless, "JPEGLS": JPEGLSLossless}
    change = compress_with_gdcm(kind, tmp_path) if kind not in own else lambda image, _k: image.compress(own[kind])
    volume = Volume(OBLIQUE.array + np.int16(lowest), OBLIQUE.affine)
    dicom_series(tmp_path / "series", volume, change=change)
    scan = read(tmp_path / "series")
    assert np.array_equal(scan.volume.array, volume.array)
    np.testing.assert_allclose(scan.volume.affine, volume.affine, atol=1e-4)


@pytest.mark.parametrize("syntax", [HTJ2KLossless, MPEG4HP41], ids=lambda syntax: syntax.keyword)
def test_a_compression_that_nothing_decodes_is_named(tmp_path, dicom_series, monkeypatch, syntax):
    def change(dataset, _k):
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.PixelData = encapsulate([dataset.PixelData])
        dataset["PixelData"].is_undefined_length = True

    monkeypatch.setattr(type(get_decoder(HTJ2KLossless)), "is_available", False)
    dicom_series(tmp_path, change=change)
    assert f"compressed as {syntax.name}, which nothing installed here decodes" in refusal(tmp_path)


@pytest.mark.usefixtures("decoders")
def test_compressed_series_are_rescaled_once(tmp_path, dicom_series):
    def change(dataset, k):
        dataset.RescaleSlope, dataset.RescaleIntercept = f"{1.5 + k}", "10"
        compress_rle(dataset)

    dicom_series(tmp_path, STRAIGHT, change=change)
    expected = STRAIGHT.array * (1.5 + np.arange(16)) + 10
    np.testing.assert_allclose(read(tmp_path).volume.array, expected, rtol=1e-6)


@pytest.mark.usefixtures("decoders")
@pytest.mark.parametrize("packed", [False, True])
def test_an_enhanced_multi_frame_file_is_read_with_each_frames_scaling(tmp_path, enhanced_file, packed):
    slopes = [1 + k / 4 for k in range(16)]
    path = enhanced_file(tmp_path / "in" / "file", OBLIQUE, slopes, compress_rle if packed else None)
    scan = read(tmp_path / "in")
    assert_same_in_space(Volume(OBLIQUE.array * np.array(slopes), OBLIQUE.affine), scan.volume, value_tolerance=1e-3)
    assert scan.acquisition.echo_time_ms == 4.5
    assert scan.acquisition.repetition_time_ms == 2100.0
    assert np.array_equal(read(path).volume.array, scan.volume.array)


@pytest.mark.parametrize("share", [0.3, 0.7, 0.97])
@pytest.mark.parametrize("packed", [False, True])
def test_a_truncated_file_is_refused(tmp_path, dicom_series, packed, share):
    path = dicom_series(tmp_path, change=compress_rle if packed else None)[5]
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    message = refusal(tmp_path)
    assert "damaged" in message or "does not say where" in message
