"""The documentation can also be read where it lies, in a clone or on a forge, without being built."""

import os
import re

import pytest

from quantseg.tasks.registry import TASKS

_MADE_BY_THE_BUILD = re.compile(r"docs/(api|models)/")
"""Pages that are made of docstrings and cards, and lie nowhere before."""


def _pages(repository):
    sources = ["*.md", "docs/*.md", "docs/tasks/*.md", "*Seg/README.md", "Resources/**/README.md"]
    return sorted({path for source in sources for path in repository.glob(source)})


def test_every_link_leads_to_a_file_of_the_repository(repository):
    broken, followed = [], 0
    for page in _pages(repository):
        text = page.read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)\s]+)[^)]*\)", text) + re.findall(r'src="([^"]+)"', text):
            target = link.partition("#")[0]
            if re.match(r"[a-z]+:", link) or not target:
                continue
            name = os.path.relpath(page.parent / target, repository).replace(os.sep, "/")
            followed += 1
            if not _MADE_BY_THE_BUILD.match(name) and not (repository / name).exists():
                broken.append(f"{page.relative_to(repository)}: {link}")
    assert broken == []
    assert followed > 100


@pytest.mark.parametrize("task", sorted(TASKS))
def test_a_page_says_in_words_where_its_options_and_limits_stand(repository, task):
    """What the build puts in is a comment, which nobody sees who reads the page as it lies."""
    text = (repository / f"docs/tasks/{task}.md").read_text(encoding="utf-8")
    for heading in ("Options", "How good it is", "Limits"):
        section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        assert section is not None, heading
        assert re.sub(r"<!--.*?-->", "", section[1], flags=re.DOTALL).strip(), heading


def test_readme_names_every_task_and_every_model(repository):
    readme = (repository / "README.md").read_text(encoding="utf-8")
    for task in TASKS:
        assert f"`quantseg/tasks/{task.replace('-', '_')}`" in readme, task
        assert f"docs/tasks/{task}.md" in readme, task
    for model in (repository / "Resources" / "Models").iterdir():
        assert f"(Resources/Models/{model.name}/docs/README.md)" in readme, model.name
        assert f"\n| `{model.name}` |" in readme, model.name


def test_nobody_is_told_to_install_quantseg_from_an_index_that_has_none(repository):
    """Whoever takes that name there would be installed in its place."""
    folders = [repository / "quantseg", repository / "QuantSegLib"]
    sources = [path for folder in folders for path in folder.rglob("*.py")] + _pages(repository)
    told = re.compile(r"""pip install(?: -\S+)* ["']?quantseg\b""")
    assert [str(path) for path in sources if told.search(path.read_text(encoding="utf-8"))] == []
