import pytest

from headgate.commands.sql import shown
from projections import errors, query, reader
from projections.errors import QueryRefused


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("DROP TABLE raw", "begins with DROP"),
        ("", "begins with nothing"),
        ("-- SELECT\nINSERT INTO raw SELECT 1", "begins with INSERT"),
        ("/* */ SET readonly = 0", "begins with SET"),
        ("SELECT 1 INTO OUTFILE '/tmp/x'", "write no files"),
        ("SELECT 1 INTO /* where to */ outfile '/tmp/x'", "write no files"),
        ("SELECT 1 INTO -- '\nOUTFILE '/tmp/x'", "write no files"),
        ("SELECT 1 FORMAT CSV", "not chosen in the query"),
        ("SELECT '" + "x" * reader.SQL_CHARS_MAX + "'", "characters"),
    ],
)
def test_what_is_no_question_is_refused_in_words(sql: str, told: str) -> None:
    """ClickHouse is not even asked."""
    with pytest.raises(QueryRefused, match=told):
        reader.kind_of(sql)


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("select 'INTO OUTFILE'", "SELECT"),
        ("(SELECT 1) UNION ALL (SELECT 2)", "SELECT"),
        ("# why\n with x as (select 1) select * from x", "WITH"),
        ("Describe spend", "DESCRIBE"),
        ("SELECT `into outfile` FROM t", "SELECT"),
    ],
)
def test_a_question_is_known_by_its_first_word(sql: str, kind: str) -> None:
    """Words in texts, names and comments say nothing."""
    assert reader.kind_of(sql) == kind


@pytest.mark.parametrize(
    ("name", "cell", "text"),
    [
        ("spend_micros", 1_234_567_890, "1,234.56789"),
        ("spend_micros", -500_000, "-0.50"),
        ("spend_micros", 0, "0.00"),
        ("as_of_ms", 1_795_262_400_007, "2026-11-21 12:00:00.007Z"),
        ("took_ms", 4_200, "4200"),
        ("as_of_ms", 10**17, str(10**17)),
        ("hours_micros", [1, 2], "[1,2]"),
        ("day", None, "-"),
        ("is", True, "true"),
        ("name", "[bold]", "[bold]"),
    ],
)
def test_a_cell_is_shown_as_people_read_it(name: str, cell: object, text: str) -> None:
    """Money to the last micro, moments as times; nothing is rounded."""
    assert shown(name, cell) == text


def test_what_clickhouse_says_is_told_without_its_codes() -> None:
    """People read the sentence; the length is bounded."""
    whole = (
        "Code: 47. DB::Exception: Code: 47. DB::Exception: Unknown `x`. (UNKNOWN_IDENTIFIER) (version 26.9)."
    )
    assert errors.said(ValueError(whole)) == "Unknown `x`"
    assert len(errors.said(ValueError("x" * 10_000))) == errors.SAID_CHARS_MAX


def test_every_named_query_says_what_it_tells() -> None:
    """The list of `headgate sql` is made of these lines."""
    expected = {"alerts", "breakers", "commands", "fundings", "ledger", "plan-quality", "pots", "reactions"}
    expected |= {"open-movements", "spend-today", "stale"}
    assert set(query.names()) == expected
    assert all(text.endswith(".") for text in query.names().values())
    with pytest.raises(QueryRefused, match="There is no query @nope"):
        query.named("nope")
