"""What README says of Python is run as it stands there, and gives what the command gives."""

import re

import nibabel
import numpy as np
import pytest

import quantseg
from quantseg.cli.main import main
from quantseg.results.edited import read_document


@pytest.fixture(scope="module")
def snippet(repository, tmp_path_factory):
    """Run the snippet beside the samples, and return its names and its folder."""
    readme = (repository / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^## From Python\n\n```python\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    folder = tmp_path_factory.mktemp("snippet")
    (folder / "Resources").symlink_to(repository / "Resources")
    names = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        exec(compile(code, "README.md", "exec"), names)
    return names, folder


def test_the_snippet_of_the_readme_runs(snippet):
    names, folder = snippet

    assert isinstance(names["result"], quantseg.Result)
    assert 500 < names["volume_mm3"] < 4000
    assert len(names["table"]) == len(names["result"].measurements)
    assert (folder / "results" / "hippocampus_199" / "report.html").is_file()
    assert names["again"].name == "from_an_array"
    assert names["again"].labels.shape == names["scan"].shape


def test_a_result_from_python_is_that_of_the_command(snippet, repository, tmp_path):
    names, folder = snippet
    scan = repository / "Resources" / "SampleData" / "hippocampus_199.nii.gz"
    assert main(["run", "hippocampus", str(scan), "-o", str(tmp_path)]) == 0

    of_python, of_command = folder / "results" / "hippocampus_199", tmp_path / "hippocampus_199"
    assert {path.name for path in of_python.iterdir()} == {path.name for path in of_command.iterdir()}
    assert (of_python / "labels.nii.gz").read_bytes() == (of_command / "labels.nii.gz").read_bytes()
    documents = [read_document(place) for place in (of_python, of_command)]
    assert documents[0].measurements == documents[1].measurements
    assert documents[0].checks == documents[1].checks
    assert documents[0].facts == documents[1].facts
    labels, written = names["labels"], nibabel.load(of_command / "labels.nii.gz")
    np.testing.assert_array_equal(np.asarray(labels.dataobj), np.asarray(written.dataobj))
    np.testing.assert_array_equal(labels.affine, written.affine)
    assert labels.get_data_dtype() == np.uint8
