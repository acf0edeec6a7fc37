"""One server of the platform for all tests of a process, with real workers, people of all roles and two groups."""

import itertools
import os
from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher
from served import answering, settings_of
from small_scans import write_scan
from visitors import OTHER, OWN, PASSWORD, Visitor

from quantseg.jobs.database import begin_to_write
from quantseg.web import accounts
from quantseg.web.roles import Role
from quantseg.web.serving import at_work


@pytest.fixture(scope="session")
def python_path(repository):
    """Let processes that are started find the stand-in."""
    with pytest.MonkeyPatch.context() as patch:
        places = [str(repository), str(repository / "Testing"), str(repository / "Testing" / "web")]
        patch.setenv("PYTHONPATH", os.pathsep.join(places))
        yield


@pytest.fixture(scope="session")
def quick_hashing():
    """Let passwords be hashed by argon2 with the least work: a stand-in for what keeps a thief busy."""
    with pytest.MonkeyPatch.context() as patch:
        hasher = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
        patch.setattr(accounts, "_HASHER", hasher)
        patch.setattr(accounts, "_HASH_OF_NOBODY", hasher.hash("of nobody"))
        yield


@pytest.fixture(scope="session")
def served(tmp_path_factory, python_path, quick_hashing):
    """A server at work: its platform, its address, and the groups."""
    del python_path, quick_hashing
    with at_work(settings_of(tmp_path_factory.mktemp("web") / "data")) as platform, answering(platform) as address:
        with begin_to_write(platform.engine) as connection:
            groups = {name: accounts.add_group(connection, name) for name in (OWN, OTHER)}
        yield SimpleNamespace(platform=platform, address=address, groups=groups)


@pytest.fixture(scope="session")
def people(served):
    """Return a maker of people who are logged in: ``people(Role.EDITOR, OWN)``, one for each of these."""
    numbers, known = itertools.count(), {}

    def person(role, *groups, fresh=False):
        if (role, groups) in known and not fresh:
            return known[role, groups]
        name = f"{role.value}{next(numbers)}"
        with begin_to_write(served.platform.engine) as connection:
            ids = [served.groups[group] for group in groups]
            user = accounts.add_user(connection, name, f"Dr {name.title()}", role, ids)
            link = accounts.new_link(connection, user, 60)
        visitor = Visitor(served.address)
        assert visitor.set_password(link, PASSWORD).status_code == 303
        visitor.user, visitor.name = user, name
        if not fresh:
            known[role, groups] = visitor
        return visitor

    return person


@pytest.fixture(scope="session")
def editor(people):
    return people(Role.EDITOR, OWN)


@pytest.fixture(scope="session")
def approver(people):
    return people(Role.APPROVER, OWN)


@pytest.fixture(scope="session")
def administrator(people):
    return people(Role.ADMINISTRATOR, OWN)


@pytest.fixture(scope="session")
def scan_bytes(tmp_path_factory):
    """A small image as NIfTI."""
    path = tmp_path_factory.mktemp("scan") / "scan.nii.gz"
    write_scan(path)
    return path.read_bytes()


@pytest.fixture(scope="session")
def new_case(editor, served, scan_bytes):
    """Return a maker of cases, which nobody has run yet."""

    def make(name="scan.nii.gz", group=OWN, who=editor, **said):
        return who.make_case(who.upload(name, scan_bytes, served.groups[group], **said))

    return make


@pytest.fixture(scope="session")
def finished_case(editor, new_case):
    """A case with a result, which tests look at and do not change."""
    case = new_case(patient_name="Planted^Name", patient_id="PLANTED-4711")
    run = editor.run_to_end(case)["run"]
    assert run["state"] == "done", run
    return case
