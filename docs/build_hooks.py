"""What the documentation takes from the code and the models when it is built, so that nothing is told twice.

A page an engine's room, with what its docstrings say; a page a model, which is its card; the command's own help;
CHANGELOG and CONTRIBUTING; and the pictures that the pages show. Pages link to cards and pictures where they lie in the
repository, so that it can be read there, too.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import re
from pathlib import Path, PurePosixPath
from unittest import mock

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

_REPOSITORY = Path(__file__).resolve().parents[1]
_REPOSITORY_URL = "https://github.com/QuantSeg/SlicerQuantSeg/blob/main"
_PACKAGE = _REPOSITORY / "quantseg"
_DOCS = _REPOSITORY / "docs"
_MODELS = _REPOSITORY / "Resources" / "Models"
_HELP_COLUMNS = "100"

_REPOSITORY_PAGES = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}
_PICTURES = {
    "pictures/quantseg.png": "Resources/Icons/QuantSeg.png",
    "pictures/report_head.webp": "Resources/Screenshots/report_head.webp",
    "pictures/ohif_head.webp": "Resources/Screenshots/ohif_head.webp",
    "pictures/platform_head.webp": "Resources/Screenshots/platform_head.webp",
    "pictures/platform_heart.webp": "Resources/Screenshots/platform_heart.webp",
    "pictures/platform_pet.webp": "Resources/Screenshots/platform_pet.webp",
    "pictures/hipposeg_result.webp": "Resources/Screenshots/hipposeg_result.webp",
    "pictures/cardiacseg_corrected.webp": "Resources/Screenshots/cardiacseg_corrected.webp",
}

_BUILT_HERE = ("docs/api/", "docs/models/")
"""Pages that lie nowhere before the build; MkDocs itself checks links to them."""

_HELP = re.compile(r"^<!-- help: quantseg (?P<words>[\w -]+) -->$", re.MULTILINE)
_HELP_OF_ALL = re.compile(r"^<!-- help: each verb -->$", re.MULTILINE)
_SECTION = re.compile(r'^<!-- section: "(?P<heading>[^"]+)" of (?P<path>\S+) -->\n?', re.MULTILINE)
_LINK = re.compile(r"(?P<text>\[[^\]\n]*\])\((?P<target>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Name the generated pages in the navigation."""
    for entry in config.nav or []:
        if isinstance(entry, dict) and "Models" in entry:
            entry["Models"] = ["models/index.md", *(f"models/{folder.name}.md" for folder in _model_folders())]
        if isinstance(entry, dict) and "Python" in entry:
            entry["Python"] = [
                "api/index.md",
                *({room.removeprefix("quantseg."): _api_page(room)} for room in _rooms()),
            ]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages and the pictures."""
    pages = {page: _repository_text(path, page) for path, page in _page_names().items()}
    pages["models/index.md"] = _model_index()
    pages["api/index.md"] = _api_index()
    for room, modules in _rooms().items():
        pages[_api_page(room)] = _api_text(room, modules)
    for name, text in pages.items():
        files.append(File.generated(config, name, content=text))
    for name, path in _PICTURES.items():
        files.append(File.generated(config, name, abs_src_path=str(_REPOSITORY / path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put in what a page asks for, the command's own help or a section of a model's card, and make its links hold."""
    del config, files
    if (_DOCS / page.file.src_uri).is_file():
        markdown = _with_links(markdown, f"docs/{page.file.src_uri}", page.file.src_uri)
    markdown = _SECTION.sub(lambda found: _section(found["heading"], found["path"], page.file.src_uri), markdown)
    markdown = _HELP_OF_ALL.sub(lambda _: _help_of_each_verb(), markdown)
    return _HELP.sub(lambda found: _help_text(found["words"].split()), markdown)


def _rooms() -> dict[str, list[str]]:
    """Return the modules of each package of the engine, both by their full names, in the order of the folders."""
    rooms: dict[str, list[str]] = {}
    for path in sorted(_PACKAGE.rglob("*.py")):
        parts = path.relative_to(_REPOSITORY).with_suffix("").parts
        room = ".".join(parts[:-1])
        if path.stem == "__init__":
            rooms.setdefault(room, [])
        elif not path.stem.startswith("_"):
            rooms.setdefault(room, []).append(".".join(parts))
    return rooms


def _api_page(room: str) -> str:
    return f"api/{room}.md"


def _api_text(room: str, modules: list[str]) -> str:
    """Return a page with the docstrings of a package and its modules."""
    package = f"::: {room}\n    options:\n      heading_level: 1\n      show_submodules: false\n"
    return "\n".join([package, *(f"::: {module}\n" for module in modules)])


def _api_index() -> str:
    lines = ["# The engine in Python", "", "One page a package, from the docstrings of the code.", ""]
    for room in _rooms():
        path = _REPOSITORY / room.replace(".", "/") / "__init__.py"
        lines.append(f"- [`{room}`]({room}.md): {_first_sentence(path)}")
    return "\n".join(lines) + "\n"


def _first_sentence(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n\n")[0].replace("\n", " ")


def _model_folders() -> list[Path]:
    return sorted(path.parents[1] for path in _MODELS.glob("*/docs/README.md"))


def _page_names() -> dict[str, str]:
    """Return the page that each file of the repository becomes, for those that become one."""
    cards = ((folder / "docs" / "README.md").relative_to(_REPOSITORY).as_posix() for folder in _model_folders())
    return _REPOSITORY_PAGES | {card: f"models/{card.split('/')[2]}.md" for card in cards}


def _places() -> dict[str, str]:
    """Return where each file of the repository lies in the built pages, pictures and the pages of ``docs`` included."""
    pages = (path.relative_to(_DOCS).as_posix() for path in _DOCS.rglob("*.md"))
    pictures = {path: name for name, path in _PICTURES.items()}
    return _page_names() | {f"docs/{page}": page for page in pages} | pictures


def _repository_text(path: str, page: str) -> str:
    """Return the text of a file of the repository, its links such that they hold on a page."""
    return _with_links((_REPOSITORY / path).read_text(encoding="utf-8"), path, page)


def _with_links(text: str, path: str, page: str) -> str:
    """Return a text of a file of the repository, its links such that they hold on a page.

    Raises:
        PluginError: a link leads to what is neither in the repository nor made by the build.
    """
    names = _places()

    def moved(found: re.Match[str]) -> str:
        target, anchor = found["target"], found["anchor"] or ""
        if re.match(r"[a-z]+:", target):
            return found[0]
        linked = PurePosixPath(os.path.normpath(PurePosixPath(path).parent / target)).as_posix()
        if linked.startswith(_BUILT_HERE):
            return found[0]
        if not (_REPOSITORY / linked).exists():
            raise PluginError(f"{path} links to {target}, which is no file of the repository.")
        if linked in names:
            place = os.path.relpath(names[linked], PurePosixPath(page).parent)
            return f"{found['text']}({PurePosixPath(place).as_posix()}{anchor})"
        return f"{found['text']}({_REPOSITORY_URL}/{linked}{anchor})"

    return _LINK.sub(moved, text)


def _section(heading: str, path: str, page: str) -> str:
    """Return what stands under a heading of the second level."""
    found = re.search(
        rf"^## {re.escape(heading)}\n+(.*?)\n*(?=^## |\Z)", _repository_text(path, page), re.MULTILINE | re.DOTALL
    )
    if found is None:
        raise PluginError(f'{page} asks for the section "{heading}" of {path}, which has none of that name.')
    return f"{found[1]}\n"


def _model_index() -> str:
    lines = [
        "# Models",
        "",
        "Each has a card: what it was trained on, how good it is, where it fails, and the command behind each figure.",
        "",
        "| model | version | what it does | licence | trained on |",
        "|---|---|---|---|---|",
    ]
    for folder in _model_folders():
        metadata = json.loads((folder / "configs" / "metadata.json").read_text(encoding="utf-8"))
        said = [metadata[key] for key in ("version", "task", "licence", "data_source")]
        lines.append(f"| [`{folder.name}`]({folder.name}.md) | {' | '.join(said)} |")
    return "\n".join(lines) + "\n"


def _help_of_each_verb() -> str:
    said = _printed_help([])
    verbs = re.findall(r"^    (\w+) ", said, re.MULTILINE)
    if not verbs:
        raise PluginError("The help of quantseg names no verb where the documentation looks for them.")
    return "\n\n".join([f"```text\n{said}```", *(f"## {verb}\n\n{_help_text([verb])}" for verb in verbs)])


def _help_text(words: list[str]) -> str:
    return f"```text\n$ quantseg {' '.join(words)} --help\n{_printed_help(words)}```"


def _printed_help(words: list[str]) -> str:
    """Return what the command prints with ``--help``."""
    from quantseg.cli.main import main

    printed = io.StringIO()
    with (
        mock.patch.dict(os.environ, {"COLUMNS": _HELP_COLUMNS, "NO_COLOR": "1"}),
        contextlib.redirect_stdout(printed),
        contextlib.suppress(SystemExit),
    ):
        main([*words, "--help"])
    return printed.getvalue()
