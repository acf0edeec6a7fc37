"""Names of files that hold line ends, escape sequences or bytes that are no text: shown escaped, and kept apart."""

import csv
import os
import pickle

import pytest
import standin_batch
from made_cines import write_patient
from small_scans import write_scan

from quantseg.errors import InputRefused, QuantSegError, UsageError
from quantseg.printable import printable
from quantseg.reading import find_cases, passed_over
from quantseg.results.layout import OVERVIEW, RUN, SUMMARY
from quantseg.tasks.heart.reading.cine_cases import find_cine_cases

NAMES = ["line\nend", "red\x1b[31m", "bell\x07", "turned\u202e", os.fsdecode(b"bytes\xff"), "carriage\rreturn"]


def is_shown(text: str) -> bool:
    return all(letter.isprintable() for line in text.split("\n") for letter in line)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Köpfe, übrige", "Köpfe, übrige"),
        ("narrow\u202fspace", "narrow\u202fspace"),
        ("a\nb", r"a\nb"),
        ("a\x1b[2J", r"a\x1b[2J"),
        ("\u202egnp", r"\u202egnp"),
        (os.fsdecode(b"\xff"), r"\udcff"),
        (r"a\nb", r"a\nb"),
    ],
)
def test_what_cannot_be_shown_is_escaped_once(text, shown):
    assert printable(text) == shown
    assert printable(shown) == shown


@pytest.mark.parametrize("kind", [QuantSegError, InputRefused, UsageError])
def test_an_error_shows_a_line_a_sentence_and_travels_between_processes(kind):
    error = pickle.loads(pickle.dumps(kind("a\x1b[2J.nii: is empty.", "b\n.nii: is empty.")))
    assert str(error) == "a\\x1b[2J.nii: is empty.\nb\\n.nii: is empty."


def test_cases_of_such_names_have_names_that_can_be_shown_and_differ(tmp_path):
    for name in NAMES:
        write_scan(tmp_path / "heads" / f"{name}.nii.gz")
        (tmp_path / "hearts" / name).mkdir(parents=True)
        write_patient(tmp_path / "hearts" / name)
    for found in (find_cases([tmp_path / "heads"]), find_cine_cases([tmp_path / "hearts"])):
        names = {case.name for case in found}
        assert len(names) == len(NAMES)
        assert all(is_shown(name) and "\n" not in name for name in names)
        names_alone = {case.name for case in found if case.name.startswith("bytes")}
        assert len(names_alone) == 1


def test_files_passed_over_are_named_as_they_can_be_shown(tmp_path):
    for name in NAMES:
        (tmp_path / f"{name}.txt").touch()
        (tmp_path / f"{name}.a\x1bb").touch()
    said = passed_over.in_words(sorted(tmp_path.iterdir()))
    assert is_shown(said)
    assert "\n" not in said


def test_a_batch_of_such_names_says_nothing_that_moves_the_cursor(tmp_path, capfd):
    scans, results = tmp_path / "scans", tmp_path / "results"
    for name in NAMES[::2]:
        write_scan(scans / f"{name}.nii.gz")
    for name in NAMES[1::2]:
        (scans / f"{name}.nii.gz").write_bytes(b"no image")
    status = standin_batch.main([str(scans), str(results), "--report"])
    said = capfd.readouterr()
    assert status == 1, said.err
    assert is_shown(said.out + said.err)
    for written in (SUMMARY, RUN, OVERVIEW):
        assert is_shown((results / written).read_text(encoding="utf-8").replace("\r\n", "\n")), written
    with (results / SUMMARY).open(encoding="utf-8") as table:
        assert len(list(csv.DictReader(table))) == len(NAMES)
