"""The documentation is built as CI builds it: nothing of it is broken, and none of its pages asks another host."""

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest

from quantseg.tasks.registry import TASKS

pytestmark = pytest.mark.slow

_LOADING = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "img": ("src", "srcset"),
    "input": ("src",),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "video": ("src", "poster"),
}
"""Attributes whose address a browser fetches without being asked to."""
_NOT_LOADED = {"canonical", "next", "prev", "license", "author"}
"""Relations of a ``link`` that only tell."""


class Page(HTMLParser):
    """One page: the places that can be linked to, what it links to, and what it makes a browser load."""

    def __init__(self, path):
        super().__init__()
        self.places, self.links, self.loaded, self.classes = set(), [], [], set()
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        self.places |= {given[name] for name in ("id", "name") if name in given}
        self.classes |= set(given.get("class", "").split()) | {given.get("data-md-component", "")}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if not (tag == "link" and _NOT_LOADED & set(given.get("rel", "").split())):
            self.loaded += [given[name] for name in _LOADING.get(tag, ()) if name in given]
        self.loaded += re.findall(r"url\(([^)]*)\)", given.get("style", ""))


@pytest.fixture(scope="module")
def site(repository, tmp_path_factory) -> Path:
    """The folder with the pages, built where no other host can be reached through a proxy."""
    folder = tmp_path_factory.mktemp("documentation") / "site"
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    path = os.pathsep.join([str(repository), os.environ.get("PYTHONPATH", "")])
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=repository,
        env={**os.environ, **nowhere, "PYTHONPATH": path, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert built.returncode == 0, built.stderr[-6000:]
    return folder


@pytest.fixture(scope="module")
def pages(site) -> dict[Path, Page]:
    found = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    assert len(found) > 20
    return found


def _is_elsewhere(address):
    return bool(urlsplit(address).scheme or urlsplit(address).netloc)


def test_every_link_within_leads_to_a_page_and_a_place_on_it(site, pages):
    broken, followed = [], 0
    for path, page in pages.items():
        for link in page.links:
            address, place = urldefrag(link)
            if _is_elsewhere(link) or path.name == "404.html":
                continue
            target = (path.parent / unquote(address)).resolve() if address else path
            target = target / "index.html" if target.is_dir() else target
            followed += 1
            if not target.is_file() or (place and target in pages and unquote(place) not in pages[target].places):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert broken == []
    assert followed > 1000


def test_no_page_makes_a_browser_ask_another_host(site, pages):
    asked = [f"{path.relative_to(site)}: {one}" for path, page in pages.items() for one in page.loaded if _loads(one)]
    for sheet in site.rglob("*.css"):
        for address in re.findall(r"(?:url\(|@import)\s*['\"]?([^'\")]+)", sheet.read_text(encoding="utf-8")):
            asked += [f"{sheet.name}: {address}"] if _loads(address) else []
    assert asked == []


def _loads(address):
    return _is_elsewhere(address) and not address.strip("'\"").startswith("data:")


def test_no_page_wakes_what_the_theme_would_load_from_elsewhere(site, pages):
    """Its script asks GitHub for stars, and fetches what draws diagrams, where a page has a place for them."""
    for path, page in pages.items():
        assert not page.classes & {"source", "mermaid"}, path.relative_to(site)


def test_everything_that_a_page_loads_is_there(pages):
    for path, page in pages.items():
        for address in page.loaded:
            if address and not address.startswith(("data:", "#")) and path.name != "404.html":
                assert (path.parent / unquote(urldefrag(address)[0])).resolve().is_file(), f"{path.name}: {address}"


def test_every_module_of_the_engine_is_described(repository, pages):
    described = {place for page in pages.values() for place in page.places}
    modules = {
        ".".join(path.relative_to(repository).with_suffix("").parts).removesuffix(".__init__")
        for path in (repository / "quantseg").rglob("*.py")
        if path.stem != "__main__"
    }
    assert len(modules) > 100
    assert modules - described == set()


def test_every_task_and_every_model_has_its_page(repository, site):
    models = {path.name for path in (repository / "Resources" / "Models").iterdir() if path.is_dir()}
    assert {path.stem for path in (site / "models").glob("*.html")} == models | {"index"}
    assert {path.stem for path in (site / "tasks").glob("*.html")} == set(TASKS)
    listed = (site / "models" / "index.html").read_text(encoding="utf-8")
    for model in models:
        licence = json.loads((repository / f"Resources/Models/{model}/configs/metadata.json").read_text())["licence"]
        assert licence in listed


def test_docstrings_leave_no_markup_of_another_tool(pages):
    for path, page in pages.items():
        assert re.findall(r":(?:class|func|meth|attr|mod|data|exc):.{0,40}", page.text) == [], path.name


def test_the_commands_own_help_and_the_cards_stand_on_the_pages(site):
    assert "--overwrite-edited" in (site / "tasks" / "heart.html").read_text(encoding="utf-8")
    assert "0.913" in (site / "tasks" / "heart.html").read_text(encoding="utf-8")
    commands = (site / "commands.html").read_text(encoding="utf-8")
    assert all(f'<h2 id="{verb}">' in commands for verb in ("run", "segment", "train", "evaluate", "models"))
    for path in site.rglob("*.html"):
        assert "<!-- help" not in path.read_text(encoding="utf-8")
        assert "<!-- section" not in path.read_text(encoding="utf-8")
