"""``report.pdf``: the page of a case, printed by whatever browser there is, or one sentence on why it is not."""

import os
import stat
import sys
import tempfile

import pytest
import standin_batch
from small_scans import write_scan

from quantseg.batch.skipping import printed_pdf_note
from quantseg.cli.main import main
from quantseg.errors import UsageError
from quantseg.results import report_pdf
from quantseg.results.report_pdf import find_browser, print_report, require_browser

_PRINTS = "pathlib.Path(target).write_bytes(b'%PDF-1.4 of ' + page.encode())"


@pytest.fixture
def browser(tmp_path, monkeypatch):
    """A stand-in for Chromium that notes how it was called and does what it is told to."""
    calls = tmp_path / "calls.txt"

    def install(does=_PRINTS):
        program = tmp_path / "bin" / "chromium"
        program.parent.mkdir(exist_ok=True)
        program.write_text(
            f"#!{sys.executable}\nimport pathlib, sys\n"
            f"open({str(calls)!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')\n"
            "target = next(a for a in sys.argv if a.startswith('--print-to-pdf=')).partition('=')[2]\n"
            f"page = sys.argv[-1]\n{does}\n",
            encoding="utf-8",
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setattr(report_pdf, "find_browser", lambda: str(program))
        return calls

    return install


@pytest.fixture
def case(tmp_path):
    folder = tmp_path / "Köpfe & Co" / "a b"
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("<!DOCTYPE html><title>Report</title><h1>Left 3115 mm³</h1>", encoding="utf-8")
    return folder


@pytest.fixture
def nobody_prints(monkeypatch):
    monkeypatch.setattr(report_pdf, "find_browser", lambda: None)


def test_the_browser_of_this_machine_prints_the_page_or_its_absence_is_said(case):
    if find_browser() is None:
        with pytest.raises(UsageError, match="none of them was found"):
            require_browser()
        return
    print_report(case)
    assert (case / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert {path.name for path in case.iterdir()} == {"report.html", "report.pdf"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no sockets with addresses of files")
def test_a_long_path_of_temporary_files_keeps_no_browser_from_printing(case, tmp_path, monkeypatch):
    """Chromium aborts where its socket's address has more than 107 bytes, as in the folders of a node."""
    if find_browser() is None:
        pytest.skip("No browser is installed")
    long = tmp_path / ("a-long-name" * 6) / "below"
    long.mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(long))
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    print_report(case)
    assert (case / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_a_page_is_printed_from_its_own_folder_whatever_that_is_called(case, browser):
    browser()
    print_report(case)
    assert (case / "report.pdf").read_bytes() == b"%PDF-1.4 of " + (case / "report.html").as_uri().encode()


def test_a_sandbox_that_does_not_work_is_done_without(case, browser, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    calls = browser(f"if '--no-sandbox' in sys.argv: {_PRINTS}")
    print_report(case)
    assert ["--no-sandbox" in line for line in calls.read_text(encoding="utf-8").splitlines()] == [False, True]


@pytest.mark.parametrize("does", ["sys.exit(3)", "pass", "pathlib.Path(target).write_bytes(b'')"])
def test_a_browser_that_prints_nothing_costs_the_pdf_alone(case, browser, does):
    browser(does)
    note = printed_pdf_note(case)
    assert note.startswith("report.pdf was not written: chromium printed nothing (exit status ")
    assert not (case / "report.pdf").exists()


def test_a_browser_that_never_ends_is_not_waited_for(case, browser, monkeypatch):
    browser("import time; time.sleep(60)")
    monkeypatch.setattr(report_pdf, "_LONGEST_SECONDS", 0.5)
    assert "had not ended" in printed_pdf_note(case)


@pytest.mark.usefixtures("nobody_prints")
def test_a_pdf_that_nobody_can_print_is_refused_before_any_work(tmp_path, capsys):
    write_scan(tmp_path / "a.nii.gz")
    status = main(["segment", "hippocampus", str(tmp_path / "a.nii.gz"), "-o", str(tmp_path / "out"), "--pdf"])
    said = capsys.readouterr().err.strip()
    assert status == 2
    assert len(said.splitlines()) == 1
    assert "install one, or leave out --pdf" in said
    assert not (tmp_path / "out").exists()


def test_no_report_and_its_pdf_are_not_asked_for_together(tmp_path):
    with pytest.raises(SystemExit) as ended:
        main(["segment", "hippocampus", str(tmp_path), "-o", str(tmp_path), "--pdf", "--no-report"])
    assert ended.value.code == 2


def test_each_case_of_a_batch_gets_its_pdf_and_a_resumed_one_those_that_are_missing(tmp_path, browser, capsys):
    calls = browser()
    for seed, name in enumerate("ab"):
        write_scan(tmp_path / "scans" / f"{name}.nii.gz", seed)
    command = [str(tmp_path / "scans"), str(tmp_path / "out"), "--report"]
    assert standin_batch.main(command) == 0
    assert standin_batch.main([*command, "--pdf", "--resume"]) == 0
    assert "skipped" in capsys.readouterr().err
    assert len(calls.read_text(encoding="utf-8").splitlines()) == 2
    assert all((tmp_path / "out" / name / "report.pdf").is_file() for name in "ab")
    # A new report never stands beside the PDF of an older one.
    assert standin_batch.main(command) == 0
    assert not (tmp_path / "out" / "a" / "report.pdf").exists()
    assert standin_batch.main([*command, "--pdf"]) == 0
    assert (tmp_path / "out" / "a" / "report.pdf").is_file()
