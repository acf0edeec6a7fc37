"""The texts of the panels as Qt's tools for translators take them; run as a program, it writes the file anew.

    python Testing/translations.py

Contexts are those by which Slicer looks texts up: a Python file's package and name, as in ``slicer.i18n``, and the
class of a .ui file, as ``lupdate`` has it.
"""

import ast
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

_REPOSITORY = Path(__file__).parents[1]
TRANSLATIONS = Path("Resources") / "Translations" / "QuantSeg_en-US.ts"
_FOLDERS = ("BrainSeg", "CardiacSeg", "HippoSeg", "MuscleSeg", "QuantSegLib")
_TRANSLATING = "_"
_CHOICES = "QuantSegLib.taskChoices"

Text = tuple[str, str, str]
"""Context, text, and the file that says it."""


def texts(repository: Path) -> list[Text]:
    """Return every text of the panels, by context, each once a context."""
    found = []
    for folder in _FOLDERS:
        for path in sorted((repository / folder).rglob("*.py")):
            found += [(_context(path), text, str(path.relative_to(repository))) for text in _of_python(path)]
        for path in sorted((repository / folder).rglob("*.ui")):
            found += [(context, text, str(path.relative_to(repository))) for context, text in _of_ui(path)]
    found += [(_CHOICES, text, f"QuantSegLib/{_CHOICES.partition('.')[2]}.py") for text in _of_choices()]
    return sorted({(context, text): (context, text, file) for context, text, file in found}.values())


def as_ts(found: list[Text]) -> str:
    """Return texts as a .ts file without translations."""
    root = ElementTree.Element("TS", version="2.1", language="en_US", sourcelanguage="en_US")
    contexts: dict[str, ElementTree.Element] = {}
    for context, text, file in found:
        if context not in contexts:
            contexts[context] = ElementTree.SubElement(root, "context")
            ElementTree.SubElement(contexts[context], "name").text = context
        message = ElementTree.SubElement(contexts[context], "message")
        ElementTree.SubElement(message, "location", filename="../../" + file.replace("\\", "/"))
        ElementTree.SubElement(message, "source").text = text
        ElementTree.SubElement(message, "translation", type="unfinished")
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)
    return f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n'


def untranslatable(repository: Path) -> list[str]:
    """Return where a text is put together before it is translated, so that no translator can find it."""
    wrong = []
    for folder in _FOLDERS:
        for path in sorted((repository / folder).rglob("*.py")):
            calls = _calls(path)
            wrong += [path.name for call in calls if not isinstance(_argument(call), ast.Constant)]
    return wrong


def _of_choices() -> Iterator[str]:
    """Return what the tasks' own options are called in combo boxes."""
    from quantseg.tasks.options import options_of
    from quantseg.tasks.registry import TASKS, find_task

    for name in TASKS:
        for option in options_of(find_task(name).options):
            yield from option.words.labels.values()


def _context(path: Path) -> str:
    within_package = (path.parent / "__init__.py").is_file()
    return f"{path.parent.name}.{path.stem}" if within_package else path.stem


def _of_python(path: Path) -> Iterator[str]:
    for call in _calls(path):
        argument = _argument(call)
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value


def _calls(path: Path) -> list[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    return [call for call in calls if call.func.id == _TRANSLATING and call.args]


def _argument(call: ast.Call) -> ast.expr:
    return call.args[0]


def _of_ui(path: Path) -> Iterator[tuple[str, str]]:
    root = ElementTree.parse(path).getroot()
    context = root.findtext("class") or path.stem
    for text in root.iter("string"):
        if text.text and text.get("notr") != "true" and not _is_listed_untranslated(root, text):
            yield context, text.text


def _is_listed_untranslated(root: ElementTree.Element, text: ElementTree.Element) -> bool:
    """Tell whether a text stands in a list that is not to be translated, such as one of node types."""
    return any(text in list(listed) for listed in root.iter("stringlist") if listed.get("notr") == "true")


if __name__ == "__main__":
    (_REPOSITORY / TRANSLATIONS).write_text(as_ts(texts(_REPOSITORY)), encoding="utf-8")
