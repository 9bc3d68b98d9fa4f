"""docs/firehose-conformance.md shows the table; `make docs` rebuilds it."""

from tests.conformance import page


def test_the_page_is_up_to_date() -> None:
    assert page.PAGE.read_text() == page.page(), "make docs"


def test_every_row_has_a_place_on_the_page() -> None:
    assert page.page().count("\n") > len(page.ROWS)
    assert {row.section for row in page.ROWS} | {note.section for note in page.NOTES} <= set(page._SECTIONS)
