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
    assert cell(table, "Total, mm³", "Left") == f"{volumes['left']:.0f}"
    assert cell(table, "Total, mm³", "Both") == ""
    assert cell(table, "Intracranial volume (ICV), ml", "Both") == "1400"
    assert [row[3] for row in table.rows if row[0].startswith("Check: ")] == ["passed", "look"]


def test_crop_of_unknown_side_has_one_column(crop):
    table = table_of(crop)
    assert table.columns == ("Measurement", "Hippocampus")
    assert cell(table, "95 % interval", "Hippocampus") == "2400–2900"
    assert all(len(row) == 2 for row in table.rows)


def test_side_that_was_not_found_is_a_gap_between_the_bars(head_with):
    bars = TASK.presenter.present(head_with(sides=("left",))).chart
    assert bars.groups == ("Anterior", "Posterior", "Total")
    left, right = bars.values
    assert left[2] == left[0] + left[1]
    assert right == (None, None, None)
