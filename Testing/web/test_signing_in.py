"""Passwords, sessions and their cookies: nothing fixed beforehand or left after log-out, no way to another site."""

import time

import pytest
from sqlalchemy import select, update
from visitors import OWN, PASSWORD, Visitor

from quantseg.jobs.database import begin_to_write
from quantseg.web import accounts, sessions
from quantseg.web.refusal import Refusal
from quantseg.web.roles import Role
from quantseg.web.tables import LINKS, SESSIONS, USERS


def _link(served, user, seconds=60):
    with begin_to_write(served.platform.engine) as connection:
        return accounts.new_link(connection, user, seconds)


def test_a_session_is_new_whatever_the_browser_brought(served, people):
    person = people(Role.READER, OWN, fresh=True)
    attacker = Visitor(served.address)
    fixed = "chosen-by-somebody-else"
    attacker.browser.cookies.set(sessions.COOKIE, fixed)
    assert attacker.log_in(person.name, PASSWORD).status_code == 303
    assert attacker.browser.cookies.get(sessions.COOKIE, domain="127.0.0.1") not in (None, fixed)
    thief = Visitor(served.address)
    thief.browser.cookies.set(sessions.COOKIE, fixed)
    assert thief.get("/cases").status_code == 303


def test_a_cookie_after_log_out_opens_nothing(people):
    person = people(Role.READER, OWN, fresh=True)
    kept = person.browser.cookies[sessions.COOKIE]
    assert person.post("/logout").status_code == 303
    person.browser.cookies.clear()
    person.browser.cookies.set(sessions.COOKIE, kept)
    assert person.get("/cases").status_code == 303


@pytest.mark.parametrize(
    "how", ["sessions revoked", "disabled", "role changed", "password set anew", "idle", "too old"]
)
def test_what_ends_a_session(served, people, administrator, how):
    person = people(Role.READER, OWN, fresh=True)
    assert person.get("/cases").status_code == 200
    if how == "sessions revoked":
        administrator.post(f"/people/{person.user}/sessions")
    elif how == "disabled":
        administrator.post(f"/people/{person.user}", role="reader", disabled="1")
    elif how == "role changed":
        administrator.post(f"/people/{person.user}", role="editor")
    elif how == "password set anew":
        assert Visitor(served.address).set_password(_link(served, person.user), PASSWORD + "!").status_code == 303
    else:
        column = SESSIONS.c.seen_at if how == "idle" else SESSIONS.c.ends_at
        with begin_to_write(served.platform.engine) as connection:
            mine = update(SESSIONS).where(SESSIONS.c.user_id == person.user)
            connection.execute(mine.values({column: time.time() - 3601}))
    sent_away = person.get("/cases")
    assert sent_away.status_code == 303
    assert "Your session is over" in person.get(sent_away.headers["Location"]).text


def test_who_was_not_logged_in_or_has_logged_out_is_told_of_no_session(served, people):
    person = people(Role.READER, OWN, fresh=True)
    assert person.post("/logout").status_code == 303
    for visitor in (Visitor(served.address), person):
        assert "session is over" not in visitor.get("/login?next=/cases").text


def test_who_is_in_no_group_is_told_why_there_is_nothing(people, administrator):
    person = people(Role.EDITOR, fresh=True)
    for path in ("/cases", "/send"):
        assert "You are in no group yet" in person.get(path).text
    assert "Choose files" not in person.get("/send").text
    assert f"{person.name} · in no group, so sees no case" in administrator.get("/people").text


def test_a_link_is_shown_with_whose_it_is(people, administrator):
    person = people(Role.READER, OWN, fresh=True)
    assert f"Hand this to Dr {person.name.title()}" in administrator.post(f"/people/{person.user}/link").text
    added = administrator.post("/people", name=f"{person.name}x", full_name="Dr Next", role="reader").text
    assert "Hand this to Dr Next" in added


def test_cookies_are_kept_from_scripts_other_sites_and_open_lines(served, people):
    person = people(Role.READER, OWN, fresh=True)
    browser = Visitor(served.address).browser
    page = browser.get("/login")
    assert "HttpOnly" in page.headers["set-cookie"]
    visitor = Visitor(served.address)
    behind_tls = {"X-Forwarded-Proto": "https"}
    form = {"csrf": visitor.csrf("/login"), "name": person.name, "password": PASSWORD}
    for headers, secure in (({}, False), (behind_tls, True)):
        answer = visitor.browser.post("/login", data=form, headers=headers)
        (cookie,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith(f"{sessions.COOKIE}=")]
        assert "HttpOnly" in cookie
        assert "samesite=lax" in cookie.lower()
        assert ("Secure" in cookie) is secure
        assert ("strict-transport-security" in answer.headers) is secure
        visitor = Visitor(served.address)
        form["csrf"] = visitor.csrf("/login")


@pytest.mark.parametrize(
    "after",
    ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "\\\\e", "javascript:alert(1)", ""],
)
def test_log_in_leads_to_no_other_site(served, people, after):
    person = people(Role.READER, OWN)
    visitor = Visitor(served.address)
    form = {"csrf": visitor.csrf("/login"), "name": person.name, "password": PASSWORD, "next": after}
    assert visitor.browser.post("/login", data=form).headers["location"] == "/cases"


def test_log_in_goes_on_where_somebody_wanted_to(served, people):
    person = people(Role.READER, OWN)
    visitor = Visitor(served.address)
    assert visitor.get("/send").headers["location"] == "/login?next=/send"
    form = {"csrf": visitor.csrf("/login"), "name": person.name, "password": PASSWORD, "next": "/send"}
    assert visitor.browser.post("/login", data=form).headers["location"] == "/send"


def test_a_name_is_tried_a_few_times_alone(served, people):
    person = people(Role.READER, OWN, fresh=True)
    visitor = Visitor(served.address)
    answers = [visitor.log_in(person.name, "wrong").status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]
    refused = visitor.log_in(person.name, PASSWORD)
    assert refused.status_code == 429
    assert "wait 15 minutes" in refused.text
    with begin_to_write(served.platform.engine) as connection:
        accounts.forget_attempts(connection, person.name, "127.0.0.1")
        connection.execute(accounts.ATTEMPTS.delete())
    assert visitor.log_in(person.name, PASSWORD).status_code == 303


def test_a_whole_hospital_may_log_in_from_one_address_where_failures_stay_counted(served):
    with begin_to_write(served.platform.engine) as connection:
        accounts.count_attempt(connection, "mallory", "10.0.0.1")
        for number in range(40):
            accounts.count_attempt(connection, f"person{number}", "10.0.0.1")
            accounts.forget_attempts(connection, f"person{number}", "10.0.0.1")
        for number in range(29):
            accounts.count_attempt(connection, f"guess{number}", "10.0.0.1")
        with pytest.raises(Refusal, match="Too many"):
            accounts.count_attempt(connection, "guess", "10.0.0.1")


def test_an_unknown_name_is_refused_like_a_wrong_password(served, people):
    visitor = Visitor(served.address)
    unknown, wrong = visitor.log_in("nobody-of-this-name", "x"), visitor.log_in(people(Role.READER, OWN).name, "x")
    assert "Name and password do not fit." in unknown.text
    assert "Name and password do not fit." in wrong.text


def test_a_link_holds_once(served, people):
    person = people(Role.READER, OWN, fresh=True)
    link = _link(served, person.user)
    assert Visitor(served.address).set_password(link, PASSWORD + "2").status_code == 303
    assert Visitor(served.address).get(f"/welcome/{link}").status_code == 404


def test_a_link_that_is_too_old_or_was_followed_by_another_holds_no_more(served, people):
    person = people(Role.READER, OWN, fresh=True)
    old, earlier = _link(served, person.user, seconds=-1), _link(served, person.user)
    _link(served, person.user)
    for link in (old, earlier):
        assert Visitor(served.address).get(f"/welcome/{link}").status_code == 404


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "my-name-person1-is", "x" * 300])
def test_a_password_that_is_too_easy_is_refused(password):
    with pytest.raises(Refusal, match="password"):
        accounts.check_password(password, "person1")


def test_neither_passwords_nor_secrets_of_sessions_and_links_are_kept(served, people):
    person = people(Role.READER, OWN, fresh=True)
    link = _link(served, person.user)
    with served.platform.engine.begin() as connection:
        kept = [str(row) for table in (USERS, SESSIONS, LINKS) for row in connection.execute(select(table))]
    secrets = (PASSWORD, link, person.browser.cookies[sessions.COOKIE])
    assert not [row for row in kept if any(secret in row for secret in secrets)]
    assert any("$argon2id$" in row for row in kept)


def test_the_first_start_makes_one_link_for_the_administrator(tmp_path):
    from quantseg.web.database import open_platform_database

    engine = open_platform_database(tmp_path / "first.sqlite")
    with begin_to_write(engine) as connection:
        first, again = accounts.first_link(connection, 60), accounts.first_link(connection, 60)
        with pytest.raises(Refusal, match="used already or is too old"):
            accounts.user_of_link(connection, first)
        accounts.set_password(connection, again, PASSWORD)
        assert accounts.first_link(connection, 60) is None
        (user,) = connection.execute(select(USERS)).mappings()
        assert user["role"] == Role.ADMINISTRATOR.value
        with pytest.raises(Refusal, match="last administrator"):
            accounts.change_user(connection, user["id"], Role.READER, False, [])
    engine.dispose()
