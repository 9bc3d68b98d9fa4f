"""`standpipe backfill` from its plan to its last call; a client of Lambda calls the real function in process."""

import io
import json
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from botocore.config import Config
from typer.testing import CliRunner, Result

from cdk.config import Environment, environment
from producers.alpha_vantage.quota import FREE, ZONE, Quota
from schemas.contract import Contract
from schemas.load import load_contracts
from standpipe import cli, failing
from standpipe.backfill.plan import BackfillError, Plan, check_partitions, days_of_quota, partitions, plan
from tests.delivery.fake_firehose import FakeFirehose
from tests.producers.alpha_vantage import answers
from tests.producers.progress_table import progress_table
from tests.producers.receiving import destination, documents
from tests.producers.scripted_http import Answer, Query, serving

STOCKS = load_contracts()["stocks_daily"]
SHARES = ["AAPL", "FB", "GOOG", "IBM", "MSFT"]


@dataclass
class FakeAws:
    """A connection to an account in process: its function is called, its progress table is moto's."""

    environment: Environment
    table: Any
    function: Any
    url: str | None = None
    invocations: list[dict[str, Any]] = field(default_factory=list)
    dies_at: int = 0
    """The invocation in which the laptop is switched off, once its call has been acknowledged."""

    def progress(self) -> Any:
        return self.table

    def client(self, service: str, config: Config) -> "FakeAws":
        assert (service, config.read_timeout) == ("lambda", 900)
        return self

    def invoke(self, **request: Any) -> dict[str, Any]:
        assert request["FunctionName"] == f"{self.environment.prefix}-alpha-vantage"
        self.invocations.append(json.loads(request["Payload"]))
        context = SimpleNamespace(
            function_name="f", memory_limit_in_mb=1, invoked_function_arn="arn:f",
            aws_request_id=str(len(self.invocations)), get_remaining_time_in_millis=lambda: 900_000,
        )  # fmt: skip
        try:
            answer, failed = self.function(self.invocations[-1], context), False
        except Exception as error:  # noqa: BLE001  as Lambda does
            answer, failed = {"errorType": type(error).__name__, "errorMessage": str(error)}, True
        if len(self.invocations) == self.dies_at:
            raise KeyboardInterrupt
        body = io.BytesIO(json.dumps(answer).encode())
        return {"Payload": body} | ({"FunctionError": "Unhandled"} if failed else {})


@dataclass
class Laptop:
    """Where the command is typed. `answers` are by symbol; the default is prices."""

    aws: FakeAws
    firehose: FakeFirehose
    asked: list[str] = field(default_factory=list)
    answers: dict[str, object] = field(default_factory=dict)
    today: datetime = field(default_factory=lambda: datetime.now(UTC))

    def answer(self, query: Query) -> Answer:
        self.asked.append(query["symbol"])
        return Answer.json(self.answers.get(query["symbol"], answers.ADJUSTED))

    def types(self, *arguments: str, answer: str = "") -> Result:
        return CliRunner().invoke(cli.app, ["backfill", "stocks_daily", *arguments], input=answer)


@pytest.fixture
def laptop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Laptop]:
    for name in ("POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_SERVICE_NAME"):
        monkeypatch.setenv(name, "Standpipe")
    monkeypatch.setenv("ALPHA_VANTAGE_PLAN", "premium")
    from producers.alpha_vantage import handler

    with progress_table() as table:
        here = Laptop(FakeAws(environment("local"), table, handler.handler), FakeFirehose())
        monkeypatch.setattr(failing, "connect", lambda name, url: here.aws)
        monkeypatch.setattr(handler, "progress_table", lambda: table)
        monkeypatch.setattr(handler, "destination", lambda producer: destination(here.firehose, producer))
        monkeypatch.setattr(handler, "secret", lambda variable, name: answers.KEY)
        monkeypatch.setattr(handler, "_now", lambda: here.today)
        monkeypatch.setattr(handler, "time", SimpleNamespace(sleep=lambda seconds: None))
        with serving(here.answer) as service:
            monkeypatch.setenv("ALPHA_VANTAGE_URL", service.url)
            yield here


def test_the_plan_is_shown_and_nothing_is_done_without_a_yes(laptop: Laptop) -> None:
    result = laptop.types(answer="n\n")
    assert result.exit_code == 1
    for text in ("5 of 5", "no daily limit", "at most: 1990 to 2026", "Continue? [y/N]"):
        assert text in result.output
    assert (laptop.asked, laptop.aws.invocations) == ([], [])


def test_every_symbol_is_loaded_from_the_date_on(laptop: Laptop) -> None:
    result = laptop.types("--from", "2012-01-01", answer="y\n")
    assert result.exit_code == 0, result.output
    assert "15 at most: 2012 to 2026" in result.output
    assert laptop.asked == SHARES
    assert {each["history"]["since"] for each in laptop.aws.invocations} == {"2012-01-01"}
    assert [list(document) for document in documents(laptop.firehose, "stocks_daily")] == [[name] for name in SHARES]


def test_a_killed_backfill_resumes_without_spending_a_call_twice(laptop: Laptop) -> None:
    laptop.aws.dies_at = 3
    assert laptop.types("--yes").exit_code != 0
    assert laptop.asked == SHARES[:3]
    result = laptop.types("--yes")
    assert result.exit_code == 0, result.output
    assert "2 of 5" in result.output
    assert "resuming       backfill-" in result.output
    assert laptop.asked == SHARES
    assert laptop.types("--symbol", "IBM", "--yes").exit_code == 0  # the old plan is done, this is a new one
    assert laptop.asked == [*SHARES, "IBM"]


def test_a_different_backfill_starts_from_scratch(laptop: Laptop) -> None:
    laptop.aws.dies_at = 1
    laptop.types("--yes")
    result = laptop.types("--from", "2012-01-01", "--yes")
    assert "5 of 5" in result.output
    assert "resuming" not in result.output


def test_a_symbol_that_fails_does_not_stop_the_others_and_is_retried(laptop: Laptop) -> None:
    laptop.answers = {"GOOG": answers.INVALID_CALL}
    result = laptop.types("--yes")
    assert result.exit_code == 1
    assert "GOOG: stocks_daily: 1 of 1 symbols gave no data; GOOG: UnknownSymbol" in result.output
    assert "1 call remains" in result.output
    laptop.answers = {}
    assert laptop.types("--yes").exit_code == 0
    assert laptop.asked == [*SHARES, "GOOG"]


def test_a_bad_key_ends_it_at_once_and_is_not_shown(laptop: Laptop) -> None:
    laptop.answers = dict.fromkeys(SHARES, answers.QUOTA | answers.BAD_KEY)
    result = laptop.types("--yes")
    assert (result.exit_code, laptop.asked) == (1, ["AAPL"])
    assert "5 calls remain" in result.output
    shown = result.output + "".join(traceback.format_exception(result.exception))
    assert answers.KEY not in shown


def test_a_free_plan_takes_several_days(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALPHA_VANTAGE_PLAN", "free")
    laptop.aws.environment = environment("dev")
    quota = Quota(laptop.aws.table, FREE, lambda: laptop.today, lambda seconds: None)
    for _ in range(23):
        quota.spend()
    result = laptop.types("--yes")
    assert "2 days: 25 calls a day, 2 left today" in result.output
    assert "a free key gets the newest 100 rows" in result.output
    assert "left for " in result.output
    assert "3 calls remain" in result.output
    assert (result.exit_code, laptop.asked) == (1, SHARES[:2])
    laptop.today = datetime.combine(
        laptop.today.astimezone(ZONE).date() + timedelta(days=1), datetime.min.time(), ZONE
    ).astimezone(UTC)
    assert laptop.types("--yes").exit_code == 0
    assert laptop.asked == SHARES


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["backfill", "nope", "--yes"], "unknown dataset 'nope'; the datasets are accounts,"),
        (["backfill", "trades", "--yes"], "trades does not come from Alpha Vantage"),
        (["backfill", "stocks_daily", "--symbol", "XXX"], "has no symbol 'XXX'; its contract lists AAPL, FB,"),
    ],
)
def test_what_cannot_be_backfilled_is_reported_in_one_line(laptop: Laptop, arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(cli.app, arguments)
    assert result.exit_code == 1
    assert said in result.output
    assert laptop.asked == []


@pytest.mark.parametrize(
    ("calls", "left", "days"), [(5, 25, 1), (25, 25, 1), (26, 25, 2), (5, 0, 1), (0, 0, 0), (51, 1, 3), (3, 2, 2)]
)
def test_the_quota_decides_the_days(calls: int, left: int, days: int) -> None:
    assert days_of_quota(calls, left, 25) == days


def intraday() -> Contract:
    source = msgspec.structs.replace(STOCKS.source, function="TIME_SERIES_INTRADAY", interval="5min")  # type: ignore[arg-type]
    columns = tuple(
        msgspec.structs.replace(column, type="timestamp" if column.name == "date" else column.type)
        for column in STOCKS.columns
    )
    by_day = msgspec.structs.replace(STOCKS.partition, unit="day")  # type: ignore[type-var]
    return msgspec.structs.replace(STOCKS, source=source, columns=columns, partition=by_day)


def test_intraday_shares_are_asked_for_month_by_month() -> None:
    planned = plan(intraday(), ["IBM", "FB"], date(2025, 11, 3), date(2026, 1, 2), "run")
    assert [call.name for call in planned.calls] == [
        "IBM/2025-11", "IBM/2025-12", "IBM/2026-01", "FB/2025-11", "FB/2025-12", "FB/2026-01",
    ]  # fmt: skip
    check_partitions(intraday(), planned, 700)  # 31 a call


def test_a_plan_by_months_is_resumed_in_a_later_month() -> None:
    def on(today: date, since: date = date(2025, 11, 3), symbols: tuple[str, ...] = ("IBM", "FB")) -> Plan:
        return plan(intraday(), symbols, since, today, "run")

    begun = on(date(2025, 12, 31))
    assert begun.same_as(on(date(2025, 12, 31)))
    assert begun.same_as(on(date(2026, 2, 1)))
    assert not begun.same_as(on(date(2026, 2, 1), date(2025, 10, 3)))
    assert not begun.same_as(on(date(2026, 2, 1), symbols=("IBM",)))
    assert not on(date(2026, 2, 1), symbols=("IBM",)).same_as(begun)


def test_a_plan_from_a_future_day_is_refused() -> None:
    with pytest.raises(BackfillError, match="--from 2026-02-01 is after today, 2026-01-31; nothing to load"):
        plan(intraday(), [], date(2026, 2, 1), date(2026, 1, 31), "run")


def test_a_call_that_would_open_too_many_partitions_is_refused() -> None:
    by_day = msgspec.structs.replace(STOCKS, partition=msgspec.structs.replace(STOCKS.partition, unit="day"))  # type: ignore[type-var]
    planned = plan(by_day, [], None, date(2026, 1, 2), "run")
    touched = partitions(by_day, "", date(2026, 1, 2))
    assert (touched[0], touched[-1]) == ("1990-01-01", "2026-01-02")
    with pytest.raises(BackfillError, match=r"13,151 partitions; Firehose keeps 500 open.*a later --from"):
        check_partitions(by_day, planned, len(touched))
