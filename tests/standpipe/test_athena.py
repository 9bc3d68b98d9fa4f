"""Asking Athena: waiting, stopping, pages and their header, what is billed."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import typer
from botocore.exceptions import ClientError

from standpipe import report
from standpipe.failing import connected
from standpipe.query.athena import Answer, Column, QueryError, QueryStoppedError, Statistics, ask

Json = dict[str, Any]


def row(*cells: str | None) -> Json:
    return {"Data": [{} if cell is None else {"VarCharValue": cell} for cell in cells]}


@dataclass
class Service:
    """Answers GetQueryExecution with `states` in turn, and results in `pages`."""

    states: list[str | BaseException]
    pages: list[list[Json]] = field(default_factory=lambda: [[row("a"), row("1")]])
    type: str = "DML"
    scanned: int = 0
    stopped: list[str] = field(default_factory=list)

    def start_query_execution(self, **request: Any) -> Json:
        return {"QueryExecutionId": "q1"}

    def stop_query_execution(self, **request: Any) -> Json:
        self.stopped.append(request["QueryExecutionId"])
        return {}

    def get_query_execution(self, **request: Any) -> Json:
        state = self.states.pop(0)
        if isinstance(state, BaseException):
            raise state
        status = {"State": state, "StateChangeReason": "SYNTAX_ERROR: line 1:8: no"}
        statistics = {"DataScannedInBytes": self.scanned, "TotalExecutionTimeInMillis": 9}
        return {"QueryExecution": {"Status": status, "StatementType": self.type, "Statistics": statistics}}

    def get_query_results(self, **request: Any) -> Json:
        metadata = {"ColumnInfo": [{"Name": "a", "Type": "varchar"}]}
        return {"ResultSet": {"Rows": self.pages[0], "ResultSetMetadata": metadata}}

    def get_paginator(self, operation_name: str) -> "Service":
        assert operation_name == "get_query_results"
        return self

    def paginate(self, **request: Any) -> Iterator[Json]:
        return ({"ResultSet": {"Rows": rows}} for rows in self.pages)


def answer(service: Service) -> Answer:
    return ask(service, "SELECT 1", "db", "group")


def test_rows_come_from_every_page_and_only_the_first_has_a_header() -> None:
    pages = [[row("a"), row("1")], [row("a"), row(None)]]
    assert list(answer(Service(["QUEUED", "RUNNING", "SUCCEEDED"], pages)).rows()) == [["1"], ["a"], [None]]


def test_other_statements_have_no_header() -> None:
    assert list(answer(Service(["SUCCEEDED"], [[row("a")]], type="UTILITY")).rows()) == [["a"]]


def test_a_line_of_describe_is_a_row_of_its_columns() -> None:
    lines = [row("day                 \tdate                \tof\tthe trade"), row("\t"), row("# Partitions"), row()]
    columns = [Column(name, "string") for name in ("col_name", "data_type", "comment")]
    described = Answer(Service([], [lines]), "q1", columns, Statistics(0, 0, 0, 0, billed=False), has_header=False)
    assert list(described.rows()) == [
        ["day", "date", "of\tthe trade"],
        ["", "", ""],
        ["# Partitions", "", ""],
        ["", "", ""],
    ]


def test_a_failed_query_gives_its_reason() -> None:
    with pytest.raises(QueryError, match="SYNTAX_ERROR: line 1:8: no"):
        answer(Service(["FAILED"]))


def test_an_interrupt_stops_the_query_on_the_server() -> None:
    service = Service(["RUNNING", KeyboardInterrupt()])
    with pytest.raises(QueryStoppedError, match="q1 was stopped"):
        answer(service)
    assert service.stopped == ["q1"]


def test_sigterm_stops_the_query_on_the_server_as_ctrl_c_does() -> None:
    class Terminated(Service):
        def get_query_execution(self, **request: Any) -> dict[str, Any]:
            os.kill(os.getpid(), signal.SIGTERM)
            return super().get_query_execution(**request)

    service, before = Terminated(["RUNNING"]), signal.getsignal(signal.SIGTERM)
    with pytest.raises(typer.Exit) as ended, connected("local", None):
        answer(service)
    assert (ended.value.exit_code, service.stopped) == (130, ["q1"])
    assert signal.getsignal(signal.SIGTERM) == before


def test_an_error_of_the_endpoint_is_not_a_query_error() -> None:
    error = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetQueryExecution")
    with pytest.raises(ClientError):
        answer(Service([error]))


@pytest.mark.parametrize(
    ("kind", "scanned", "price"),
    [
        ("DML", 0, "$0.000050"),
        ("DML", 10_000_001, "$0.000055"),
        ("DML", 10**12, "$5.000000"),
        ("DDL", 0, "$0.000000"),
        ("DDL", 20_000_000, "$0.000100"),  # CREATE TABLE AS reads what it is made of
    ],
)
def test_at_least_ten_whole_megabytes_are_billed_and_nothing_for_ddl_that_reads_nothing(
    kind: str, scanned: int, price: str
) -> None:
    statistics: Statistics = answer(Service(["SUCCEEDED"], type=kind, scanned=scanned)).statistics
    assert report.price(statistics) == price
