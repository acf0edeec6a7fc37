"""``index.html``: every case on one page, the worst first, with its picture and the way to its report."""

import base64
import html
import io
import re
from urllib.parse import unquote

import pytest
from PIL import Image

from quantseg.measure.values import Verdict
from quantseg.results import overview
from quantseg.results.overview import OverviewCase, write_overview
from quantseg.results.status import CaseStatus


def done(name, verdict=Verdict.GOOD, headline="left 3115 + right 3858 mm³", reason=""):
    return OverviewCase(name, CaseStatus.DONE, verdict, headline, reason)


@pytest.fixture
def finished(tmp_path):
    """Make the folder of a case, with picture and report."""

    def make(name, size=(1140, 900)):
        folder = tmp_path / name
        folder.mkdir()
        Image.new("RGB", size, (10, 200, 30)).save(folder / "preview.png")
        (folder / "report.html").write_text("report", encoding="utf-8")
        (folder / "measurements.json").write_text("{}", encoding="utf-8")
        return folder

    return make


def page_of(folder, *cases):
    write_overview(folder, "Kidney: all cases", cases)
    return (folder / "index.html").read_text(encoding="utf-8")


def names_on(page):
    return [html.unescape(re.sub("<[^>]+>", "", one)) for one in re.findall(r"<h2>(.*?)</h2>", page)]


def test_the_worst_come_first_and_equal_ones_by_name(tmp_path):
    cases = [
        done("g2"),
        done("g1"),
        done("look", Verdict.LOOK),
        OverviewCase("edited", CaseStatus.EDITED, reason="labels.nii.gz changed"),
        done("fail", Verdict.FAIL),
        OverviewCase("refused", CaseStatus.REFUSED, reason="no brain"),
        OverviewCase("failed", CaseStatus.FAILED, reason="no memory"),
    ]
    assert names_on(page_of(tmp_path, *cases)) == ["failed", "refused", "fail", "edited", "look", "g1", "g2"]


def test_every_line_says_name_verdict_numbers_and_reasons(tmp_path):
    page = page_of(
        tmp_path,
        done("a", Verdict.LOOK, reason="The sides differ by 21 %."),
        OverviewCase("b", CaseStatus.REFUSED, reason="The image is a CT."),
    )
    for text in ("Needs a look", "left 3115 + right 3858 mm³", "The sides differ by 21 %.", "Refused", "a CT."):
        assert text in page
    assert page.count("For research use only. Not for clinical diagnosis.") == 2


def test_a_filter_for_each_verdict_says_how_many_there_are(tmp_path):
    page = page_of(tmp_path, done("a"), done("b"), done("c", Verdict.FAIL), OverviewCase("d", CaseStatus.REFUSED))
    buttons = re.findall(r'<button type="button" data-kind="(\w*)"[^>]*>([^<]+)</button>', page)
    assert buttons == [("", "All 4"), ("refused", "Refused 1"), ("fail", "Failed 1"), ("good", "Good 2")]
    assert re.findall(r'<li data-kind="(\w+)">', page) == ["refused", "fail", "good", "good"]


@pytest.mark.parametrize("name", ["sub-1", "Müller ä 1", "50% & more", "a#b?c", "<b>bold"])
def test_links_lead_to_the_report_of_each_case_whatever_its_name(tmp_path, finished, name):
    folder = finished(name)
    page = page_of(tmp_path, done(name))
    links = {html.unescape(link) for link in re.findall(r'href="([^"]+/report.html)"', page)}
    assert {tmp_path / unquote(link) for link in links} == {folder / "report.html"}
    assert names_on(page) == [name]


def test_the_page_needs_no_network_and_holds_its_pictures(tmp_path, finished):
    finished("a")
    page = page_of(tmp_path, done("a"), done("without a folder"))
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//|@import|url\(""", page)
    (encoded,) = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', page)
    with Image.open(io.BytesIO(base64.b64decode(encoded))) as thumbnail:
        assert thumbnail.size == (720, 568)
        red, green, blue = thumbnail.getpixel((200, 200))
    assert (abs(red - 10) < 8, abs(green - 200) < 8, abs(blue - 30) < 8) == (True, True, True)
    assert page.count("no picture") == 1


def test_a_picture_that_cannot_be_read_costs_no_page(tmp_path, finished):
    (finished("a") / "preview.png").write_bytes(b"no picture")
    assert names_on(page_of(tmp_path, done("a"))) == ["a"]


def test_a_case_without_report_leads_to_its_numbers(tmp_path, finished):
    (finished("a") / "report.html").unlink()
    assert 'href="a/measurements.json"' in page_of(tmp_path, done("a"))


def test_a_picture_is_made_small_once_until_it_changes(tmp_path, finished, monkeypatch):
    folder = finished("a")
    first = page_of(tmp_path, done("a"))
    really, made = overview._thumbnail, []
    monkeypatch.setattr(overview, "_thumbnail", lambda path: made.append(path) or really(path))
    assert page_of(tmp_path, done("a")) == first
    assert made == []
    Image.new("RGB", (900, 900), (200, 0, 0)).save(folder / "preview.png")
    assert page_of(tmp_path, done("a")) != first
    assert made == [folder / "preview.png"]
