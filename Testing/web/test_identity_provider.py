"""Logging in by a hospital's identity provider, played by a stand-in: whom it vouches for, what is not believed."""

from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import OctKey, RSAKey
from served import answering, settings_of
from sqlalchemy import select, update
from standin_provider import CLIENT, SECRET, StandinProvider
from visitors import OTHER, OWN, PASSWORD, Visitor

from quantseg.errors import UsageError
from quantseg.jobs.database import begin_to_write
from quantseg.web import accounts
from quantseg.web.identity import IdentityProvider
from quantseg.web.platform import Platform
from quantseg.web.roles import Role
from quantseg.web.serving import administrators_link
from quantseg.web.sessions import VISITOR_COOKIE, csrf_of
from quantseg.web.settings import Settings
from quantseg.web.tables import AUDIT, MEMBERSHIPS, USERS

_DOCTOR = {
    "sub": "4711",
    "preferred_username": "A.Doctor",
    "name": "Dr Ada Doctor",
    "realm_access": {"roles": ["offline_access", "quantseg-reader", "quantseg-editor"]},
    "groups": [f"/{OWN}", "/Nobody here knows"],
}


@pytest.fixture(scope="module")
def provider():
    stand_in = StandinProvider()
    stand_in.start()
    yield stand_in
    stand_in.end()


@pytest.fixture(scope="module")
def installation(tmp_path_factory, provider, quick_hashing):
    """A server without workers that asks the stand-in."""
    del quick_hashing
    folder = tmp_path_factory.mktemp("provided")
    (folder / "secret").write_text(f"{SECRET}\n", encoding="utf-8")
    described = folder / "provider.toml"
    described.write_text(
        f'issuer = "{provider.issuer}"\nclient_id = "{CLIENT}"\nclient_secret_file = "{folder / "secret"}"\n',
        encoding="utf-8",
    )
    platform = Platform.open(settings_of(folder / "data", provider=IdentityProvider.read(described)))
    with begin_to_write(platform.engine) as connection:
        groups = {name: accounts.add_group(connection, name) for name in (OWN, OTHER)}
    with answering(platform) as address:
        yield SimpleNamespace(platform=platform, address=address, groups=groups)
    platform.close()


@pytest.fixture(autouse=True)
def as_it_was(installation, provider):
    provider.claims = dict(_DOCTOR)
    provider.tamper = lambda header, claims, key: (header, claims, key)
    yield
    with begin_to_write(installation.platform.engine) as connection:
        connection.execute(accounts.ATTEMPTS.delete())
        connection.execute(update(USERS).values(disabled=False))


def _led_there_and_back(visitor, after="/cases"):
    """Follow a browser from the button to the address by which it comes back."""
    there = visitor.get(f"/login/provider?next={after}")
    assert there.status_code == 303
    return visitor.get(there.headers["location"]).headers["location"]


def _log_in(installation, after="/cases"):
    visitor = Visitor(installation.address)
    answer = visitor.get(_led_there_and_back(visitor, after))
    return visitor, answer


def _person(installation, name="a.doctor"):
    with installation.platform.engine.begin() as connection:
        row = dict(connection.execute(select(USERS).where(USERS.c.name == name)).mappings().one())
        members = select(MEMBERSHIPS.c.group_id).where(MEMBERSHIPS.c.user_id == row["id"])
        return row | {"groups": set(connection.execute(members).scalars())}


def test_a_person_comes_with_name_role_and_groups_of_the_provider(installation):
    visitor, answer = _log_in(installation, "/cases")
    assert (answer.status_code, answer.headers["location"]) == (303, "/cases")
    assert visitor.get("/cases").status_code == 200
    person = _person(installation)
    assert (person["full_name"], person["role"]) == ("Dr Ada Doctor", "editor")
    assert person["groups"] == {installation.groups[OWN]}
    assert person["password_hash"] is None
    with installation.platform.engine.begin() as connection:
        said = connection.execute(select(AUDIT.c.action, AUDIT.c.detail).where(AUDIT.c.user_id == person["id"])).all()
    rights = f"role editor, groups: {OWN}"
    assert ("logged in", f"by the identity provider, {rights}") in [tuple(line) for line in said]


def test_what_the_provider_says_next_time_holds_and_ends_what_was_begun(installation, provider):
    visitor, _ = _log_in(installation)
    provider.claims["realm_access"] = {"roles": ["quantseg-approver"]}
    provider.claims["groups"] = [OTHER]
    provider.claims["preferred_username"] = "a.newname"
    _log_in(installation)
    person = _person(installation)
    assert (person["role"], person["groups"]) == ("approver", {installation.groups[OTHER]})
    assert visitor.get("/cases").status_code == 303


def _other_key(header, claims, _key):
    return header, claims, RSAKey.generate_key(2048, parameters={"kid": "first"})


def _shared_secret(header, claims, key):
    """Sign with what everybody knows: the public key taken for a shared secret."""
    return {**header, "alg": "HS256"}, claims, OctKey.import_key(key.as_pem(private=False))


def _without_signature(_header, claims, key):
    return {"alg": "none"}, claims, key


def _saying(**changed):
    return lambda header, claims, key: (header, claims | changed, key)


@pytest.mark.parametrize(
    "tamper",
    [
        _other_key,
        _shared_secret,
        _without_signature,
        _saying(iss="https://elsewhere.example"),
        _saying(aud="another-program"),
        _saying(aud=[CLIENT, "another-program"], azp="another-program"),
        _saying(aud=[CLIENT, "another-program"]),
        _saying(nonce="of another attempt"),
        _saying(exp=1_000_000_000),
        lambda header, claims, key: (header, {k: v for k, v in claims.items() if k != "exp"}, key),
        lambda header, claims, key: (header, {k: v for k, v in claims.items() if k != "nonce"}, key),
    ],
    ids=["key", "secret", "unsigned", "issuer", "audience", "azp", "no-azp", "nonce", "expired", "no-end", "no-nonce"],
)
def test_an_answer_that_is_not_to_be_believed_lets_nobody_in(installation, provider, tamper):
    provider.tamper = tamper
    visitor, answer = _log_in(installation)
    assert answer.status_code in (401, 502)
    assert visitor.get("/cases").status_code == 303


def test_a_new_key_of_the_provider_is_fetched(installation, provider):
    _log_in(installation)
    provider.key = RSAKey.generate_key(2048, parameters={"kid": "first"})
    _, answer = _log_in(installation)
    assert answer.status_code == 303


@pytest.mark.parametrize("how", ["another browser", "no cookie", "twice", "other state"])
def test_a_way_back_holds_once_and_in_the_browser_that_set_out(installation, how):
    visitor = Visitor(installation.address)
    back = _led_there_and_back(visitor)
    if how == "another browser":
        visitor = Visitor(installation.address)
        _led_there_and_back(visitor)
    elif how == "no cookie":
        visitor.forget()
    elif how == "twice":
        kept = dict(visitor.browser.cookies)
        assert visitor.get(back).status_code == 303
        visitor.forget()
        visitor.browser.cookies.update(kept)
    else:
        back = back.replace(parse_qs(urlsplit(back).query)["state"][0], "0" * 64)
    assert visitor.get(back).status_code in (400, 401)
    assert visitor.get("/cases").status_code == 303


def test_who_has_no_role_here_finds_nothing(installation, provider):
    provider.claims |= {"sub": "9", "preferred_username": "curious", "realm_access": {"roles": ["offline_access"]}}
    visitor, answer = _log_in(installation)
    assert answer.status_code == 403
    assert "no role here" in answer.text
    assert visitor.get("/cases").status_code == 303


def test_whose_last_role_was_taken_away_is_shut_out_of_what_was_open_at_the_next_log_in(installation, provider):
    visitor, _ = _log_in(installation)
    other, _ = _log_in(installation)
    provider.claims["realm_access"] = {"roles": ["offline_access"]}

    back = visitor.get(_led_there_and_back(visitor))

    assert back.status_code == 403
    assert [one.get("/cases").status_code for one in (visitor, other)] == [303, 303]
    assert _person(installation)["groups"] == set()
    provider.claims = dict(_DOCTOR)
    assert _log_in(installation)[0].get("/cases").status_code == 200
    assert _person(installation)["groups"] == {installation.groups[OWN]}


def test_the_only_administrator_is_demoted_where_the_provider_says_so(installation, provider):
    with begin_to_write(installation.platform.engine) as connection:
        connection.execute(update(USERS).where(USERS.c.role == Role.ADMINISTRATOR.value).values(disabled=True))
    provider.claims |= {"sub": "1", "preferred_username": "only.one"}
    provider.claims["realm_access"] = {"roles": ["quantseg-administrator"]}
    visitor, _ = _log_in(installation)
    assert visitor.get("/people").status_code == 200
    provider.claims["realm_access"] = {"roles": ["quantseg-reader"]}

    again, answer = _log_in(installation)

    assert answer.status_code == 303
    assert visitor.get("/people").status_code == 303
    assert again.get("/people").status_code == 403


def test_a_disabled_account_stays_so_whatever_the_provider_says(installation):
    _log_in(installation)
    with begin_to_write(installation.platform.engine) as connection:
        connection.execute(update(USERS).where(USERS.c.name == "a.doctor").values(disabled=True))
    _, answer = _log_in(installation)
    assert answer.status_code == 403


def test_a_name_at_the_provider_never_opens_an_account_that_was_made_here(installation, provider):
    with begin_to_write(installation.platform.engine) as connection:
        accounts.add_user(connection, "chief", "Dr Chief", Role.ADMINISTRATOR, [])
    provider.claims |= {"sub": "666", "preferred_username": "chief"}
    visitor, answer = _log_in(installation)
    assert answer.status_code == 409
    assert visitor.get("/cases").status_code == 303


@pytest.mark.parametrize("after", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"])
def test_the_way_back_leads_to_no_other_site(installation, after):
    _, answer = _log_in(installation, after)
    assert answer.headers["location"] == "/cases"


def test_without_passwords_nobody_logs_in_by_one(installation):
    visitor = Visitor(installation.address)
    page = visitor.get("/login")
    assert 'name="password"' not in page.text
    assert "/login/provider?next=" in page.text
    visitor_token = csrf_of(visitor.browser.cookies[VISITOR_COOKIE], installation.platform.sealer.form_key)
    form = {"csrf": visitor_token, "name": "chief", "password": PASSWORD}
    assert visitor.browser.post("/login", data=form).status_code == 403
    assert visitor.get("/welcome/anything").status_code == 403
    assert administrators_link(installation.platform) is None


def test_a_provider_that_is_away_is_said_so(installation, monkeypatch):
    monkeypatch.setattr(installation.platform.provider, "_described", None)
    monkeypatch.setattr("quantseg.web.identity._fetched", lambda _: {"issuer": "https://elsewhere.example"})
    answer = Visitor(installation.address).get("/login/provider")
    assert answer.status_code == 502
    assert "calls itself otherwise" in answer.text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('issuer = "https://a.example"', "client_id is missing"),
        ('issuer = "http://a.example"\nclient_id = "q"', "no https address"),
        ('issuer = "https://a.example"\nclient_id = "q"\npassword = true', "password is unknown"),
        ('issuer = "https://a.example"\nclient_id = "q"\n[roles]\nchief = "x"', "roles names"),
        ('issuer = "https://a.example"\nclient_id = "q"\npasswords = "no"', "is no bool"),
        ('issuer = "https://a.example"\nclient_id = "q"\nclient_secret_file = "/nowhere"', "cannot be read"),
        ("issuer = ", "cannot be read"),
    ],
)
def test_a_description_that_cannot_be_is_refused_with_the_reason(tmp_path, text, reason):
    path = tmp_path / "provider.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=reason):
        IdentityProvider.read(path)


def test_settings_with_a_provider_reach_a_worker_whole(installation):
    settings = installation.platform.settings
    assert Settings.from_json(settings.to_json()) == settings
