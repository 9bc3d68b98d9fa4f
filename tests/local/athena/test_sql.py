"""Trino's functions and meanings, one expression a line."""

import pytest

from tests.local.athena.laptop import Laptop

EXPRESSIONS = [
    ("7 / 2", "3"),
    ("-7 / 2", "-3"),
    ("7 / 2e0", "3.5"),
    ("7 % 4", "3"),
    ("'a' || 'b'", "ab"),
    ("concat('a', CAST(NULL AS varchar))", None),
    ("greatest(1, NULL)", None),
    ("coalesce(NULL, 2)", "2"),
    ("if(1 > 2, 'a', 'b')", "b"),
    ("nullif(1, 1)", None),
    ("TRY(1 / 0)", None),
    ("TRY_CAST('x' AS integer)", None),
    ("CAST('1.50' AS decimal(10,2))", "1.50"),
    ("round(2.345e0, 2)", "2.35"),
    ("12345678.9e0", "1.23456789E7"),
    ("0.0001e0", "1.0E-4"),
    ("1e0 / 3", "0.3333333333333333"),
    ("DATE '2020-01-31' + INTERVAL '1' MONTH", "2020-02-29"),
    ("DATE '2020-01-01' - INTERVAL '1' DAY", "2019-12-31"),
    ("TIMESTAMP '2020-01-01 10:00:00' + INTERVAL '90' MINUTE", "2020-01-01 11:30:00.000"),
    ("date_add('day', 3, DATE '2020-01-01')", "2020-01-04"),
    ("date_add('hour', -1, TIMESTAMP '2020-01-01 00:00:00')", "2019-12-31 23:00:00.000"),
    ("date_trunc('month', DATE '2020-05-17')", "2020-05-01"),
    ("date_trunc('hour', TIMESTAMP '2020-05-17 10:20:30')", "2020-05-17 10:00:00.000"),
    ("date_diff('day', DATE '2020-01-01', DATE '2020-02-01')", "31"),
    ("date_diff('month', DATE '2020-01-31', DATE '2020-02-01')", "0"),
    ("day_of_week(DATE '2020-01-05')", "7"),
    ("year(DATE '2020-01-05')", "2020"),
    ("date_format(TIMESTAMP '2020-01-02 03:04:05', '%Y-%m-%d %H:%i')", "2020-01-02 03:04"),
    ("date_parse('2020-01-02', '%Y-%m-%d')", "2020-01-02 00:00:00.000"),
    ("format_datetime(TIMESTAMP '2020-01-02 03:04:05', 'yyyy/MM/dd HH:mm')", "2020/01/02 03:04"),
    ("format_datetime(TIMESTAMP '2020-01-02 03:04:05.678', 'ss.SSS')", "05.678"),
    ("from_iso8601_date('2020-01-02')", "2020-01-02"),
    ("from_unixtime(0)", "1970-01-01 00:00:00.000 UTC"),
    ("to_unixtime(TIMESTAMP '1970-01-01 00:01:00')", "60.0"),
    ("at_timezone(TIMESTAMP '2020-07-01 12:00:00 UTC', 'Europe/London') IS NOT NULL", "true"),
    ("sequence(1, 3)", "[1, 2, 3]"),
    ("sequence(DATE '2020-01-30', DATE '2020-02-01')", "[2020-01-30, 2020-01-31, 2020-02-01]"),
    ("sequence(DATE '2020-01-01', DATE '2020-01-15', INTERVAL '7' DAY)", "[2020-01-01, 2020-01-08, 2020-01-15]"),
    ("cardinality(ARRAY[1, 2])", "2"),
    ("element_at(MAP(ARRAY['a'], ARRAY[1]), 'a')", "1"),
    ("transform(ARRAY[1, 2], x -> x + 1)", "[2, 3]"),
    ("filter(ARRAY[1, 2, 3], x -> x > 1)", "[2, 3]"),
    ("reduce(ARRAY[1, 2, 3], 0, (s, x) -> s + x, s -> s)", "6"),
    ("array_join(ARRAY['a', 'b'], '-')", "a-b"),
    ("split('a,b', ',')[2]", "b"),
    ("split_part('a-b', '-', 2)", "b"),
    ("regexp_replace('aaa', 'a', 'b')", "bbb"),
    ("regexp_extract('ab12', '(\\d+)', 1)", "12"),
    ("regexp_like('abc', 'b')", "true"),
    ("lpad('7', 3, '0')", "007"),
    ("strpos('abc', 'c')", "3"),
    ("json_extract_scalar('{\"a\": {\"b\": 1}}', '$.a.b')", "1"),
    ("CAST(ROW(1, 'x') AS ROW(a integer, b varchar))", "{a=1, b=x}"),
    ("ARRAY[NULL, 1]", "[null, 1]"),
    ("X'c0ffee'", "c0 ff ee"),
]


@pytest.mark.parametrize(("expression", "value"), EXPRESSIONS, ids=[expression for expression, _ in EXPRESSIONS])
def test_an_expression_means_what_it_means_to_trino(laptop: Laptop, expression: str, value: str | None) -> None:
    assert laptop.value(expression) == value


def test_days_without_prices_are_filled_by_a_calendar(fx: Laptop) -> None:
    rows = fx.rows(
        """
        WITH bounds AS (SELECT min(date) AS oldest, max(date) + INTERVAL '2' DAY AS newest
                        FROM fx_daily WHERE year = 2010),
        days AS (SELECT day FROM bounds CROSS JOIN UNNEST(sequence(oldest, newest, INTERVAL '1' DAY)) AS t(day))
        SELECT days.day, last_value(close) IGNORE NULLS OVER (ORDER BY days.day) AS close
        FROM days LEFT JOIN fx_daily ON fx_daily.date = days.day ORDER BY 1
        """
    )
    assert rows[1:] == [
        ["2010-01-01", "0.5"],
        ["2010-01-02", "0.75"],
        ["2010-01-03", "1.0"],
        ["2010-01-04", "1.0"],
        ["2010-01-05", "1.0"],
    ]


def test_windows_running_sums_and_groups(fx: Laptop) -> None:
    rows = fx.rows(
        "SELECT date_trunc('year', date) AS y, sum(sum(close)) OVER (ORDER BY date_trunc('year', date)) AS running, "
        "max_by(date, close) AS best, min_by(close, date) AS opening, approx_distinct(date) AS days, "
        "count(DISTINCT (base, quote)) AS pairs, count_if(close > 0.6) AS high, arbitrary(base) AS base "
        "FROM fx_daily GROUP BY date_trunc('year', date) ORDER BY 1"
    )
    assert rows[1:] == [
        ["2010-01-01", "2.25", "2010-01-03", "0.5", "3", "1", "2", "USD"],
        ["2011-01-01", "5.25", "2011-01-03", "0.75", "3", "1", "3", "USD"],
        ["2012-01-01", "7.5", "2012-01-03", "0.5", "3", "1", "2", "USD"],
    ]


def test_nulls_come_last_in_either_order(laptop: Laptop) -> None:
    values = "FROM (VALUES 2, NULL, 1) AS t(x) ORDER BY x"
    assert laptop.rows(f"SELECT x {values}")[1:] == [["1"], ["2"], [None]]
    assert laptop.rows(f"SELECT x {values} DESC")[1:] == [["2"], ["1"], [None]]


def test_a_join_by_time_without_asof(fx: Laptop) -> None:
    rows = fx.rows(
        """
        WITH rates AS (
            SELECT close, date AS valid_from, lead(date, 1, DATE '9999-12-31') OVER (ORDER BY date) AS valid_until
            FROM fx_daily
        ),
        trades (traded_at, quantity) AS (
            VALUES (TIMESTAMP '2010-01-02 15:00:00', 10), (TIMESTAMP '2010-07-01 09:00:00', 4))
        SELECT CAST(traded_at AS date) AS day, quantity * close AS value FROM trades
        JOIN rates ON CAST(traded_at AS date) >= valid_from AND CAST(traded_at AS date) < valid_until ORDER BY 1
        """
    )
    assert rows[1:] == [["2010-01-02", "7.5"], ["2010-07-01", "4.0"]]


def test_parameters_fill_the_question_marks(fx: Laptop) -> None:
    sql = "SELECT count(*) AS n FROM fx_daily WHERE year = ? AND base = ?"
    assert fx.rows(sql, ExecutionParameters=["2010", "'USD'"]) == [["n"], ["3"]]
    assert fx.rows(sql, ExecutionParameters=["2010", "'x'' OR ''1''=''1'"]) == [["n"], ["0"]]
