from dataclasses import replace

import pytest

from quantseg.errors import UsageError
from quantseg.models.bundle import open_bundle
from quantseg.models.licence import forbids_commercial_use, require_licence
from quantseg.models.trust import hash_bundle

_NON_COMMERCIAL = "CC-BY-NC-SA-4.0"


pytestmark = pytest.mark.usefixtures("quantseg_home")


@pytest.fixture
def a_restricted_bundle(a_bundle_folder):
    bundle = open_bundle(a_bundle_folder, hash_bundle(a_bundle_folder))
    metadata = bundle.metadata | {"commercial_alternative": "model 'heart-lv'"}
    return replace(bundle, licence=_NON_COMMERCIAL, metadata=metadata)


@pytest.mark.parametrize(
    ("licence", "forbids"),
    [
        ("CC-BY-NC-SA-4.0", True),
        ("cc-by-nc-4.0", True),
        ("CC-BY-SA-4.0", False),
        ("Apache-2.0", False),
        ("NCSA", False),
    ],
)
def test_only_non_commercial_licences_need_agreement(licence, forbids):
    assert forbids_commercial_use(licence) is forbids


def test_free_licence_asks_nothing(a_bundle_folder, quantseg_home):
    require_licence(open_bundle(a_bundle_folder, hash_bundle(a_bundle_folder)))

    assert not quantseg_home.exists()


def test_refusal_names_the_option_the_variable_and_the_alternative(a_restricted_bundle):
    with pytest.raises(UsageError) as refusal:
        require_licence(a_restricted_bundle)

    for words in (f"--accept-licence {_NON_COMMERCIAL}", "QUANTSEG_ACCEPT_LICENCE", "heart-lv"):
        assert words in str(refusal.value)


def test_agreement_by_option_is_remembered(a_restricted_bundle):
    require_licence(a_restricted_bundle, _NON_COMMERCIAL)
    require_licence(a_restricted_bundle)


def test_agreement_by_environment_is_remembered(a_restricted_bundle, monkeypatch):
    monkeypatch.setenv("QUANTSEG_ACCEPT_LICENCE", _NON_COMMERCIAL.lower())
    require_licence(a_restricted_bundle)
    monkeypatch.delenv("QUANTSEG_ACCEPT_LICENCE")
    require_licence(a_restricted_bundle)


def test_agreement_to_another_licence_does_not_count(a_restricted_bundle):
    with pytest.raises(UsageError):
        require_licence(a_restricted_bundle, "CC-BY-NC-4.0")


def test_agreement_ends_when_the_licence_changes(a_restricted_bundle):
    require_licence(a_restricted_bundle, _NON_COMMERCIAL)
    with pytest.raises(UsageError):
        require_licence(replace(a_restricted_bundle, licence="CC-BY-NC-ND-4.0"))
