"""QuantSeg called from Python, with the made-up task: whatever an image is, the result is the command's."""

import subprocess
import sys

import nibabel
import numpy as np
import pytest
from made_up_task.task import TASK

import quantseg
from quantseg.cli.main import main
from quantseg.errors import InputRefused, UsageError
from quantseg.measure.values import Verdict
from quantseg.reading.person import Sex
from quantseg.results.edited import read_document
from quantseg.tasks import registry
from quantseg.volume import Volume
from quantseg.volume.resampling import as_sitk


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    monkeypatch.setitem(registry.TASKS, TASK.name, "made_up_task.task:TASK")


@pytest.fixture
def mri():
    array = np.random.default_rng(1).uniform(50, 90, (20, 24, 16)).astype(np.float32)
    array[:10] += 100
    affine = np.array([[0.0, -2.0, 0.0, 20.0], [2.0, 0.0, 0.0, -19.0], [0.0, 0.0, 2.5, 4.0], [0.0, 0.0, 0.0, 1.0]])
    return Volume(array, affine)


@pytest.fixture
def pet(mri):
    array = np.random.default_rng(2).uniform(0.9, 1.1, mri.array.shape).astype(np.float32)
    array[:10] *= 2
    return Volume(array, mri.affine)


@pytest.fixture
def files(tmp_path, mri, pet):
    """MRI and PET as files."""
    paths = []
    for name, volume in (("a", mri), ("a_pet", pet)):
        paths.append(tmp_path / f"{name}.nii.gz")
        nibabel.save(nibabel.Nifti1Image(volume.array, volume.affine), paths[-1])
    return paths


def _score(result):
    return result.measurements.value("uptake_score", "brain")


def test_whatever_an_image_is_the_result_is_the_same(files, mri, pet):
    path, pet_path = files
    results = [
        quantseg.run("made-up", path, pet=pet_path),
        quantseg.run("made-up", str(path), pet=nibabel.load(pet_path)),
        quantseg.run("made-up", nibabel.load(path), pet=as_sitk(pet)),
        quantseg.run("made-up", as_sitk(mri), pet=(pet.array, pet.affine)),
        quantseg.run("made-up", (mri.array, mri.affine), pet=pet_path),
        quantseg.run("made-up", nibabel.Nifti2Image(mri.array, mri.affine), pet=pet_path),
    ]

    assert [result.name for result in results] == ["a", "a", "image", "image", "image", "image"]
    for result in results:
        assert _score(result) == pytest.approx(_score(results[0]), abs=1e-6)
        image = result.images["uptake"]
        assert image.shape == mri.array.shape
        np.testing.assert_allclose(image.affine, mri.affine, atol=1e-5)
        np.testing.assert_allclose(image.get_fdata(), results[0].images["uptake"].get_fdata(), atol=1e-5)


def test_an_image_of_nibabel_stays_as_it_was(files):
    image = nibabel.load(files[0])
    quantseg.run("made-up", image, pet=files[1])
    assert image.get_filename() == str(files[0])


def test_values_that_a_header_scales_are_not_rounded_again(files, tmp_path):
    image = nibabel.load(files[0])
    scaled = nibabel.Nifti1Image(image.get_fdata(), image.affine, dtype=np.int16)
    nibabel.save(scaled, tmp_path / "scaled.nii")
    from_file, from_memory = (
        quantseg.run("made-up", one, pet=files[1])
        for one in (tmp_path / "scaled.nii", nibabel.load(tmp_path / "scaled.nii"))
    )
    np.testing.assert_array_equal(from_memory.case.volume.array, from_file.case.volume.array)


def test_a_result_says_all_that_it_found(files):
    result = quantseg.run("made-up", *files[:1], pet=files[1], age=71.5, sex="F", reference_years=60)

    assert result.labels is None
    assert result.segments == {}
    assert list(result.scores) == ["Uptake score"]
    assert result.scores["Uptake score"].value == _score(result)
    assert result.verdict is Verdict.GOOD
    assert [check.key for check in result.checks] == ["age"]
    assert result.headline.startswith("uptake score 2.")
    assert repr(result) == f"<Result a: verdict good, {result.headline}>"
    assert result.case.facts["age_known"] is True
    unknown = quantseg.run("made-up", files[0], pet=files[1])
    assert unknown.verdict is Verdict.LOOK
    assert _score(result) == pytest.approx(_score(unknown) * (1 + 0.002 * 11.5))


def test_measurements_make_a_data_frame(files):
    measurements = quantseg.run("made-up", files[0], pet=files[1]).measurements
    frame = measurements.to_dataframe()

    assert list(frame.columns) == ["key", "region", "value", "unit", "low_95", "high_95", "protocol"]
    (row,) = frame.to_dict("records")
    assert (row["key"], row["region"], row["unit"]) == ("uptake_score", "brain", "1")
    assert row["low_95"] < row["value"] < row["high_95"]
    with pytest.raises(KeyError, match="no volume of left; there are uptake_score of brain"):
        measurements.value("volume", "left")


def test_a_missing_pandas_is_said_with_what_installs_it(files, monkeypatch):
    measurements = quantseg.run("made-up", files[0], pet=files[1]).measurements
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"pip install pandas"):
        measurements.to_dataframe()


def test_a_notebook_shows_picture_and_table(files):
    page = quantseg.run("made-up", files[0], pet=files[1])._repr_html_()

    assert 'src="data:image/png;base64,' in page
    assert "<td>Uptake score</td>" in page
    assert "Needs a look." in page
    assert "For research use only." in page


def test_a_saved_result_is_that_of_the_command(files, tmp_path, capsys):
    case = ["run", "made-up", str(files[0]), "--pet", str(files[1]), "--age", "60"]
    assert main([*case, "-o", str(tmp_path / "one")]) == 0
    one, other = tmp_path / "one" / "a", tmp_path / "other" / "a"

    assert quantseg.run("made-up", files[0], pet=files[1], age=60).save(tmp_path / "other") == other
    assert {path.name for path in one.iterdir()} == {path.name for path in other.iterdir()}
    assert (one / "uptake.nii.gz").read_bytes() == (other / "uptake.nii.gz").read_bytes()
    assert _without_times(one) == _without_times(other)

    # What Python wrote is whole for the command, too.
    capsys.readouterr()
    assert main([*case, "-o", str(tmp_path / "other"), "--resume"]) == 0
    assert "1 skipped" in capsys.readouterr().out


def test_a_result_is_not_saved_in_place_of_that_of_another_image(files, mri, tmp_path):
    first = quantseg.run("made-up", files[0], pet=files[1], name="one")
    first.save(tmp_path)
    again = first.save(tmp_path)
    before = (again / "measurements.json").read_bytes()
    with pytest.raises(UsageError, match="made from another image") as error:
        quantseg.run("made-up", (mri.array + 1, mri.affine), pet=files[1], name="one").save(tmp_path)
    assert "--" not in str(error.value)
    assert (again / "measurements.json").read_bytes() == before


def _without_times(folder):
    return read_document(folder).model_dump(exclude={"step_seconds", "created"})


def test_a_loaded_model_takes_one_image_after_another(files, mri, pet):
    model = quantseg.load("made-up", reference_years=60)
    first = model(files[0], pet=files[1], age=60)
    second = model((mri.array, mri.affine), pet=(pet.array, pet.affine), age=70, sex=Sex.MALE, name="second")

    assert (first.name, second.name) == ("a", "second")
    assert _score(second) == pytest.approx(_score(first) * 1.02)


def test_a_spacing_goes_before_that_of_the_header(files):
    result = quantseg.run("made-up", files[0], pet=files[1], spacing=(2, 2, 3))
    np.testing.assert_allclose(result.images["uptake"].header.get_zooms(), (2, 2, 3))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"colour": "red"}, "no option and no image 'colour'; known: reference_years, device, pet"),
        ({"reference_years": "old"}, "reference_years cannot be 'old', expected a positive number"),
        ({"reference_years": -1}, "reference_years cannot be -1, expected a positive number"),
        ({"device": "abacus"}, "abacus"),
        ({"age": 300}, "not a number of years from 0 to 120"),
        ({"sex": "x"}, "not one of F, M, O"),
        ({"spacing": "wide"}, "--spacing"),
        ({"series": "7"}, "No series 7"),
        ({"pet": 7}, "cannot be of type int"),
        ({"pet": (np.zeros((3, 3)), np.eye(4))}, "has 2 axes"),
        ({"pet": (np.zeros((8, 8, 8), complex), np.eye(4))}, "complex"),
        ({"pet": "nowhere.nii.gz"}, "nowhere.nii.gz"),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_python(files, given, sentence):
    with pytest.raises(UsageError) as error:
        quantseg.run("made-up", files[0], **{"pet": files[1], **given})
    assert sentence in str(error.value)


def test_wrong_use_of_a_task_is_said(files):
    with pytest.raises(UsageError, match="There is no task 'knee'"):
        quantseg.run("knee", files[0])
    with pytest.raises(UsageError, match="needs a pet image"):
        quantseg.run("made-up", files[0])
    with pytest.raises(UsageError, match="asks for neither age nor sex"):
        quantseg.run("hippocampus", files[0], age=70)
    with pytest.raises(UsageError, match="The option side cannot be 'up', expected one of left, right"):
        quantseg.load("hippocampus", side="up")


def test_an_image_that_no_result_could_be_right_of_is_refused(files):
    with pytest.raises(InputRefused, match=r"pet: pet\.nii: every voxel has the same value"):
        quantseg.run("made-up", files[0], pet=(np.ones((10, 10, 10)), np.eye(4)))


def test_a_folder_of_several_images_is_wrong_use(tmp_path, files):
    with pytest.raises(UsageError, match="expected the one that is the pet"):
        quantseg.run("made-up", files[0], pet=tmp_path)


def test_import_alone_loads_nothing_heavy():
    program = (
        "import sys, quantseg\n"
        "assert 'run' in dir(quantseg)\n"
        "heavy = [name for name in ('numpy', 'nibabel', 'torch', 'SimpleITK', 'quantseg.api') if name in sys.modules]\n"
        "assert not heavy, heavy\n"
        "try:\n"
        "    quantseg.walk\n"
        "except AttributeError as error:\n"
        "    print(error)\n"
        "print(quantseg.run)\n"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True).stdout
    assert "module 'quantseg' has no attribute 'walk'" in said
    assert "<function run" in said
