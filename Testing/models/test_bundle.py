import subprocess
import sys

import pytest
import torch

from quantseg.errors import ModelError
from quantseg.models.bundle import find_bundle, load_network, open_bundle, reference, shipped_folder
from quantseg.models.home import read_record
from quantseg.models.trust import SHIPPED_LIST, hash_bundle

pytestmark = pytest.mark.usefixtures("quantseg_home")


def test_list_that_ships_with_the_code_fits_the_shipped_bundles():
    found = {folder.name: hash_bundle(folder) for folder in shipped_folder().iterdir() if folder.is_dir()}

    assert read_record(SHIPPED_LIST) == found, "after a change of a model run `quantseg models record FOLDER`"


def test_shipped_bundles_can_be_found_and_every_member_loads():
    for folder in shipped_folder().iterdir():
        bundle = find_bundle(folder.name)

        assert bundle.licence
        assert bundle.version
        assert (folder / "LICENSE").is_file()
        assert (folder / "docs" / "README.md").is_file()
        for member in bundle.members if bundle.is_network else ():
            load_network(bundle, member, torch.device("cpu"))


@pytest.mark.parametrize("name", ["unknown", "", "..", "../Models/hippocampus", ".hidden", "a/b", "c:\\d"])
def test_unknown_or_unsafe_name_is_refused(name):
    with pytest.raises(ModelError, match="model"):
        find_bundle(name)


def test_network_is_float32_in_evaluation_mode_with_the_stored_weights(a_bundle_folder):
    from safetensors.torch import load_file

    bundle = open_bundle(a_bundle_folder, hash_bundle(a_bundle_folder))
    network = load_network(bundle, "member_1.safetensors", torch.device("cpu"))
    stored = load_file(a_bundle_folder / "models" / "member_1.safetensors")

    assert not network.training
    for name, parameter in network.named_parameters():
        assert parameter.dtype == torch.float32
        assert not parameter.requires_grad
        assert torch.equal(parameter, stored[name].float())


def test_member_that_the_bundle_does_not_have_is_refused(a_bundle_folder):
    bundle = open_bundle(a_bundle_folder, hash_bundle(a_bundle_folder))

    with pytest.raises(ModelError, match="no member"):
        load_network(bundle, "../../secret.safetensors", torch.device("cpu"))


def test_reference_names_every_weight_file_with_its_hash(a_bundle_folder):
    hashes = hash_bundle(a_bundle_folder)
    made_by = reference(open_bundle(a_bundle_folder, hashes))

    assert made_by.name == "mymodel"
    assert made_by.licence == "CC-BY-SA-4.0"
    assert made_by.weight_hashes == {
        f"models/member_{n}.safetensors": hashes[f"models/member_{n}.safetensors"] for n in (0, 1)
    }


def test_finding_a_bundle_does_not_import_torch():
    program = (
        "import sys; from quantseg.models.bundle import find_bundle; find_bundle('hippocampus');"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
