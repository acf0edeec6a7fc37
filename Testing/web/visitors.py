"""Somebody with a browser, as far as a test needs one: cookies, forms with their token, the API, uploads in pieces."""

import base64
import re
import time

import httpx

PASSWORD = "a long enough secret"
OWN, OTHER = "Radiology", "Cardiology"

TUS = {"Tus-Resumable": "1.0.0"}
_CSRF = re.compile(r'name="csrf" (?:content|value)="([0-9a-f]+)"')


class Visitor:
    """A browser of its own."""

    def __init__(self, address):
        self.browser = httpx.Client(base_url=address, timeout=300, trust_env=False)
        self._token = None

    def csrf(self, path="/login"):
        """Return the token that a page's forms carry."""
        return _CSRF.search(self.browser.get(path, follow_redirects=True).text)[1]

    def log_in(self, name, password):
        form = {"csrf": self.csrf("/login"), "name": name, "password": password}
        return self.browser.post("/login", data=form)

    def set_password(self, link, password, again=None):
        form = {"csrf": self.csrf(f"/welcome/{link}"), "password": password, "again": again or password}
        return self.browser.post(f"/welcome/{link}", data=form)

    def forget(self):
        """Close the browser's window: cookies and token are gone."""
        self.browser.cookies.clear()
        self._token = None

    def token(self):
        """Return the token of the session."""
        if self._token is None:
            self._token = self.csrf("/cases")
        return self._token

    def get(self, path, **more):
        return self.browser.get(path, **more)

    def post(self, path, **form):
        """Send a form."""
        return self.browser.post(path, data={"csrf": self.token(), **form})

    def api(self, method, path, **more):
        """Ask the API, with the token where it is needed."""
        headers = {"X-CSRF-Token": self.token(), **more.pop("headers", {})}
        return self.browser.request(method, f"/api/v1{path}", headers=headers, **more)

    def begin_upload(self, name, length, group, **said):
        said = {"filename": name, "group": group, **said}
        metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
        headers = {**TUS, "Upload-Length": str(length), "Upload-Metadata": metadata}
        return self.api("POST", "/uploads", headers=headers)

    def send_piece(self, upload, offset, piece):
        headers = {**TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        return self.api("PATCH", f"/uploads/{upload}", headers=headers, content=piece)

    def upload(self, name, content, group, **said):
        """Send a file whole, wait until it was looked at, and return its state."""
        answer = self.begin_upload(name, len(content), group, **said)
        assert answer.status_code == 201, answer.text
        upload = answer.headers["Location"].rpartition("/")[2]
        assert self.send_piece(upload, 0, content).status_code == 204
        return self.looked_at(upload)

    def looked_at(self, upload):
        return wait_for(
            lambda: self.api("GET", f"/uploads/{upload}").json(), lambda state: state["state"] in ("ready", "refused")
        )

    def make_case(self, upload):
        """Make a case of the first image of an upload that is ready, and return its identifier."""
        one = upload["found"][0]
        answer = self.post(f"/uploads/{upload['id']}", series=f"{one['task']}:{one['name']}")
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"].rpartition("/")[2]

    def state(self, case):
        return self.api("GET", f"/cases/{case}").json()

    def run_to_end(self, case, **wanted):
        answer = self.api("POST", f"/cases/{case}/runs", json=wanted)
        assert answer.status_code == 202, answer.text
        return wait_for(lambda: self.state(case), lambda one: one["run"]["state"] not in ("waiting", "running"))


def wait_for(ask, is_there, seconds=300):
    """Ask until it is there, and return it."""
    deadline = time.monotonic() + seconds
    while not is_there(found := ask()):
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return found
