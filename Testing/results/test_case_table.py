"""The table and the bars of a viewer show the report's own digits."""

from quantseg.results.case_table import case_table
from quantseg.tasks.hippocampus.task import TASK


def table_of(result):
    return case_table(result, TASK.presenter.present(result))


def cell(table, title, column):
    (row,) = (row for row in table.rows if row[0].strip() == title)
    return row[table.columns.index(column)]


def test_head_has_a_column_a_side_and_one_for_what_belongs_to_both(head):
    table = table_of(head)
    assert table.columns == ("Measurement", "Left", "Right", "Both")
    assert all(len(row) == 4 for row in table.rows)
    volumes = {m.region: m.value for m in head.measurements if m.key == "volume"}
    assert cell(table, "Total, mm³", "Left").startswith(f"{volumes['left']:,.0f}")
    assert cell(table, "Total, mm³", "Both") == ""
    assert cell(table, "Intracranial volume (ICV), ml", "Both") == "1,400 ± 35"
    assert [row[3] for row in table.rows if row[0].startswith("Check: ")] == ["passed", "look"]


def test_crop_of_unknown_side_has_one_column(crop):
    table = table_of(crop)
    assert table.columns == ("Measurement", "Hippocampus")
    assert cell(table, "Total, mm³", "Hippocampus") == "2,733 (2,400 to 2,900)"
    assert all(len(row) == 2 for row in table.rows)


def test_total_and_asymmetry_come_first(head):
    titles = [row[0].strip() for row in table_of(head).rows]
    assert titles[:2] == ["Total, mm³", "asymmetry (L − R), %"]


def test_what_is_kept_in_sight_is_the_total_of_each_side_and_their_asymmetry(head):
    in_short = TASK.presenter.present(head).in_short
    assert [title for title, _ in in_short] == ["Left", "Right", "asymmetry"]
    assert [(m.key, m.region) for _, m in in_short] == [
        ("volume", "left"),
        ("volume", "right"),
        ("asymmetry_index", "whole"),
    ]


def test_bars_have_the_colours_of_the_segments(head):
    bars = TASK.presenter.present(head).chart
    colours = {segment.key: segment.colour for segment in head.segments}
    assert [one.name for one in bars.series] == [
        "Left anterior",
        "Right anterior",
        "Left posterior",
        "Right posterior",
    ]
    assert all(one.colour == colours[one.name.lower().replace(" ", "_")] for one in bars.series)


def test_side_that_was_not_found_is_a_gap_between_the_bars(head_with):
    bars = TASK.presenter.present(head_with(sides=("left",))).chart
    assert bars.groups == ("Anterior", "Posterior")
    drawn = {one.name: one.values for one in bars.series}
    assert drawn["Right anterior"] == drawn["Right posterior"] == (None, None)
    assert drawn["Left anterior"][0] > 0
