"""Containers and clusters: a home that is absent, or that nobody may write."""

import shutil
from dataclasses import replace

import pytest

from quantseg.errors import ModelError, UsageError
from quantseg.models.adding import install_bundle, remove_bundle
from quantseg.models.bundle import bundle_names, find_bundle, open_bundle
from quantseg.models.home import user_folder
from quantseg.models.licence import require_licence
from quantseg.models.trust import hash_bundle

_VARIABLES = ("QUANTSEG_HOME", "XDG_DATA_HOME", "HOME")


@pytest.fixture(params=[*_VARIABLES, "no home at all"])
def closed_home(request, tmp_path, monkeypatch):
    """A folder below a file, where not even root can make one; or a user whom the system knows no home of."""
    for variable in _VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    if request.param in _VARIABLES:
        (tmp_path / "file").write_bytes(b"")
        monkeypatch.setenv(request.param, str(tmp_path / "file" / "home"))
    else:
        monkeypatch.setattr("os.path.expanduser", lambda path: path)


@pytest.fixture
def a_restricted_bundle(a_bundle_folder):
    return replace(open_bundle(a_bundle_folder, hash_bundle(a_bundle_folder)), licence="CC-BY-NC-SA-4.0")


@pytest.mark.usefixtures("closed_home")
def test_shipped_models_need_no_home():
    assert find_bundle("hippocampus").members
    assert "hippocampus" in bundle_names()
    assert user_folder().is_absolute()


@pytest.mark.usefixtures("closed_home")
def test_an_agreement_that_cannot_be_remembered_holds_for_the_run(a_restricted_bundle):
    with pytest.raises(UsageError, match="--accept-licence"):
        require_licence(a_restricted_bundle)
    require_licence(a_restricted_bundle, "CC-BY-NC-SA-4.0")


@pytest.mark.usefixtures("closed_home")
def test_a_model_that_cannot_be_kept_is_refused_in_one_sentence(a_restricted_bundle):
    with pytest.raises(ModelError, match=r"cannot be written .*QUANTSEG_HOME"):
        install_bundle(a_restricted_bundle)
    with pytest.raises(UsageError, match="no such model was added"):
        remove_bundle("made-up")


def test_a_record_that_may_not_be_read_is_named(quantseg_home, a_restricted_bundle):
    (quantseg_home / "licences.json").mkdir(parents=True)
    with pytest.raises(ModelError, match=r"licences\.json cannot be read"):
        require_licence(a_restricted_bundle)
    shutil.rmtree(quantseg_home)
    require_licence(a_restricted_bundle, "CC-BY-NC-SA-4.0")
    require_licence(a_restricted_bundle)
