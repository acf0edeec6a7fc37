"""The file for translators has every text of the panels as they are now."""

from translations import TRANSLATIONS, as_ts, texts, untranslatable


def test_translators_have_every_text_of_the_panels(repository):
    kept = (repository / TRANSLATIONS).read_text(encoding="utf-8")
    assert kept == as_ts(texts(repository)), "run python Testing/translations.py"


def test_no_text_is_put_together_before_it_is_translated(repository):
    # What a task's own options are called is looked up there, and stands in the file all the same.
    assert untranslatable(repository) == ["taskChoices.py"]


def test_texts_stand_under_the_contexts_that_slicer_looks_in(repository):
    found = {(context, text) for context, text, _file in texts(repository)}
    assert ("QuantSegLib.runSection", "Cancelled; nothing was changed.") in found
    assert ("PanelFrame", "Segment") in found
    assert ("QuantSegLib.taskChoices", "Whole head") in found
    assert not any("vtkMRML" in text for _context, text in found)
