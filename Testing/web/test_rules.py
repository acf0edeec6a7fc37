"""Every route × every role × every object of somebody else; the list of routes is the application's own."""

import re
import time

import pytest
from fastapi import APIRouter
from served import TASK
from sqlalchemy import insert
from visitors import OTHER, OWN, Visitor

from quantseg.jobs.database import begin_to_write
from quantseg.tasks.registry import TASKS, find_task
from quantseg.web import accounts, application
from quantseg.web.exporting import TO_REVIEW
from quantseg.web.roles import Role
from quantseg.web.rules import Owned, Rule, rule_of
from quantseg.web.settings import Settings
from quantseg.web.tables import CASES, EXPORTED_CASES, EXPORTS

_UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
_ROUTES = [(method, route) for route in application.all_routes() for method in sorted(route.methods)]
_NAMES = [f"{method} {route.path}" for method, route in _ROUTES]
_WITH_RULE = [one for one in _ROUTES if rule_of(one[1].endpoint).role is not None]
_OF_SOMEBODY = [one for one in _ROUTES if rule_of(one[1].endpoint).of is not None]


def _names(routes):
    return [f"{method} {route.path}" for method, route in routes]


@pytest.fixture(scope="session")
def objects(people, served, scan_bytes):
    """Objects of another group and of other people, by the name of the path's parameter."""
    stranger = people(Role.EDITOR, OTHER)
    group = served.groups[OTHER]
    case = stranger.make_case(stranger.upload("scan.nii.gz", scan_bytes, group))
    upload = stranger.begin_upload("scan.nii.gz", 1000, group).headers["Location"].rpartition("/")[2]
    export = {"id": "export-of-others", "task": TASK, "state": TO_REVIEW, "created_at": time.time()}
    with begin_to_write(served.platform.engine) as connection:
        connection.execute(insert(EXPORTS).values(**export, said="", created_by="", reviewed_by=""))
        connection.execute(insert(EXPORTED_CASES).values(export_id=export["id"], case_id=case, number="p1_c1"))
    return {"case": case, "upload": upload, "export": export["id"], "user": stranger.user}


def _place(route, objects):
    """Return a route's path with these objects in it; a parameter that nobody has a rule for is a mistake."""
    known = {**objects, "token": "no-such-token", "name": "labels.nii.gz"}
    return re.sub(r"\{(\w+)\}", lambda found: known[found[1]], route.path)


def _ask(visitor, method, place, token=""):
    return visitor.browser.request(method, place, headers={"X-CSRF-Token": token})


def test_every_route_has_a_rule_and_names_what_it_is_about():
    assert len(_ROUTES) > 40
    for method, route in _ROUTES:
        rule = rule_of(route.endpoint)
        assert isinstance(rule, Rule), f"{method} {route.path}"
        objects = set(re.findall(r"\{(\w+)\}", route.path)) & {one.value for one in Owned}
        assert objects == ({rule.of.value} if rule.of else set()), f"{method} {route.path}"


def test_no_route_is_left_out_of_this_matrix(served):
    app = application.make_application(served.platform)
    described = {(method.upper(), path) for path, of in app.openapi()["paths"].items() for method in of}
    assert described <= {(method, route.path) for method, route in _ROUTES}
    # What is no router's: the description itself, and files that are nobody's.
    places = {route.path for route in app.routes if hasattr(route, "path")} - {route.path for _, route in _ROUTES}
    assert places <= {"/api/v1/openapi.json", "/static", ""}
    assert Visitor(served.address).get("/api/v1/openapi.json").status_code == 401


def test_a_route_without_a_rule_keeps_the_server_from_starting(served, monkeypatch):
    careless = APIRouter()

    @careless.get("/everything")
    def everything():
        return "all"

    monkeypatch.setattr(application, "ROUTERS", (*application.ROUTERS, careless))
    with pytest.raises(RuntimeError, match="have no rule: /everything"):
        application.make_application(served.platform)


def test_who_is_not_logged_in_gets_nothing(served, objects):
    nobody = Visitor(served.address)
    for method, route in _WITH_RULE:
        answer = _ask(nobody, method, _place(route, objects))
        to_log_in = answer.status_code == 303 and answer.headers["location"].startswith("/login?next=/")
        assert answer.status_code == 401 or (method == "GET" and to_log_in), f"{method} {route.path}"


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_what_belongs_to_others_is_not_there(people, objects, role):
    """Whatever somebody's role is; an administrator looks after the people of any group."""
    visitor = people(role, OWN)
    for method, route in _OF_SOMEBODY:
        rule = rule_of(route.endpoint)
        if rule.of is Owned.USER and role is Role.ADMINISTRATOR:
            continue
        status = _ask(visitor, method, _place(route, objects), visitor.token()).status_code
        # Of people it is no secret that there are some.
        assert status == 404 or (rule.of is Owned.USER and status == 403), f"{method} {route.path}: {status}"


def test_an_export_with_cases_of_others_is_in_no_administrators_list_but_theirs(people, objects, administrator):
    assert objects["export"] not in administrator.get("/exports").text
    assert objects["export"] in people(Role.ADMINISTRATOR, OWN, OTHER).get("/exports").text


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_a_role_that_does_not_suffice_is_refused(people, objects, new_case, role):
    visitor = people(role, OWN)
    own = {**objects, "case": new_case()}
    for method, route in _WITH_RULE:
        rule = rule_of(route.endpoint)
        if role.may_act_as(rule.role) or rule.of in (Owned.UPLOAD, Owned.EXPORT):
            continue
        answer = _ask(visitor, method, _place(route, own), visitor.token())
        assert answer.status_code == 403, f"{method} {route.path}: {answer.status_code}"
        assert method == "HEAD" or rule.role.value in answer.text


def test_no_form_of_another_site_is_taken(administrator, objects, new_case):
    own = {**objects, "case": new_case()}
    for method, route in _ROUTES:
        if method not in _UNSAFE:
            continue
        place = _place(route, own)
        for headers in (
            {},
            {"X-CSRF-Token": "0" * 64},
            {"X-CSRF-Token": administrator.token(), "Origin": "https://elsewhere.example"},
        ):
            answer = administrator.browser.request(method, place, headers=headers)
            assert answer.status_code == 403, f"{method} {place}: {answer.status_code}"
            assert "another site" in answer.text or "no longer valid" in answer.text


def test_what_is_no_form_is_refused_in_a_sentence_where_one_is_expected(administrator, objects, new_case):
    own = {**objects, "case": new_case(), "user": administrator.user}
    for method, route in _ROUTES:
        if method not in _UNSAFE or route.path in ("/logout", "/people/{user}/sessions"):
            continue
        headers = {"X-CSRF-Token": administrator.token()}
        answer = administrator.browser.request(method, _place(route, own), headers=headers, json=["\0", 1e308])
        assert answer.status_code < 500, f"{method} {route.path}: {answer.status_code} {answer.text}"


def test_an_upload_is_its_senders_alone_within_the_group_too(people, editor, served):
    begun = editor.begin_upload("scan.nii.gz", 10, served.groups[OWN])
    upload = begun.headers["Location"].rpartition("/")[2]
    colleague = people(Role.ADMINISTRATOR, OWN)
    for method, path in (("HEAD", ""), ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/pictures/a.png")):
        assert colleague.api(method, f"/uploads/{upload}{path}").status_code == 404
    assert editor.api("DELETE", f"/uploads/{upload}").status_code == 204


def test_a_case_that_many_others_came_after_is_found_still(people, served):
    """Two hundred are on a page."""
    with begin_to_write(served.platform.engine) as connection:
        group = accounts.add_group(connection, "With many")
        shared = {"group_id": group, "content_id": "none", "task": "stand-in", "series": "image", "image": "image.nii"}
        shared |= {"has_dicom": False, "summary": {}, "created_by": "", "created_at": 0.0}
        rows = [shared | {"id": f"many{number}", "number": 200_000 + number} for number in range(201)]
        connection.execute(CASES.insert(), rows)
    served.groups["With many"] = group
    reader = people(Role.READER, "With many")
    first = reader.get("/cases").text
    assert "/cases/many200" in first
    assert '"/cases/many0"' not in first
    older = re.search(r'href="(/cases\?before=\d+)"', first)[1]
    assert '"/cases/many0"' in reader.get(older).text
    assert [case["id"] for case in reader.api("GET", "/cases?before=200001").json()] == ["many0"]
    assert reader.api("GET", "/cases?before=none").status_code == 422
    with begin_to_write(served.platform.engine) as connection:
        connection.execute(CASES.delete().where(CASES.c.group_id == group))


def test_the_api_describes_itself_to_who_is_logged_in(editor):
    described = editor.get("/api/v1/openapi.json").json()
    assert "/api/v1/cases/{case}/labels" in described["paths"]
    assert "CaseDetail" in described["components"]["schemas"]


def test_every_task_is_offered_that_needs_one_image_alone_since_one_is_what_people_send(tmp_path):
    offered = Settings(tmp_path).tasks
    assert {"hippocampus", "heart", "low-dose-pet"} <= set(offered)
    tasks = {name: find_task(name) for name in TASKS}
    assert set(offered) == {name for name, task in tasks.items() if not any(one.required for one in task.inputs[1:])}
