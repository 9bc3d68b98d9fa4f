"""What `standpipe reconcile` shows adds up, and says what has become of the rest."""

from typing import Any

import pytest

from delivery.parking import Parking
from standpipe import reconciliation
from standpipe.connection import Connection
from standpipe.query.athena import Result, Row, Statistics
from standpipe.reconciliation import by_dataset, quarantined, why_missing

NAMES = ["source", "dataset", "loads", "rows_in", "landed", "quarantined", "duplicates", "missing"]


class FakeAws:
    def __init__(self, rows: list[Row]) -> None:
        self._result = Result([*NAMES, "redelivered"], rows, Statistics(0, 0, 0, 0, billed=True))

    def query(self, sql: str) -> Result:
        self.asked = sql
        return self._result


@pytest.mark.parametrize(("redelivered", "shown"), [("0", NAMES), ("2", [*NAMES, "redelivered"])])
def test_what_was_delivered_once_more_is_shown_where_there_is_any(redelivered: str, shown: list[str]) -> None:
    rows: list[Row] = [
        ["files", "trades", "2", "486", "480", "6", "2", "0", redelivered],
        ["SQL", "accounts", "1", "5", "5", "0", "0", "0", "0"],
    ]
    columns, found = by_dataset(FakeAws(rows))  # type: ignore[arg-type]
    assert columns == shown
    assert {len(row) for row in found} == {len(shown)}


def test_files_dropped_where_there_is_no_dataset_are_one_row() -> None:
    aws = FakeAws([])
    by_dataset(aws)  # type: ignore[arg-type]
    assert "'stocks_daily', " in aws.asked
    assert "ELSE 'no dataset' END" in aws.asked
    assert "'loads'" not in aws.asked


@pytest.mark.parametrize(("counts", "said"), [((0, 0), ""), ((1, 0), "1 row is"), ((5, 6), "11 rows are")])
def test_what_is_in_the_quarantine_is_counted(counts: tuple[int, int], said: str) -> None:
    rows: list[Row] = [["files", "trades", "2", "486", "480", str(count), "2", "0"] for count in counts]
    shown = " in the quarantine: standpipe query 'SELECT dataset, source, line, reason FROM quarantine'"
    assert quarantined(NAMES, rows) == (said + shown if said else "")


def test_dropped_files_that_wait_are_counted(account: Connection) -> None:
    assert reconciliation.unread(account) == ""
    sqs = account.client("sqs")
    queue = sqs.create_queue(QueueName=account.environment.named("drops"))["QueueUrl"]
    assert reconciliation.unread(account) == ""
    sqs.send_message(QueueUrl=queue, MessageBody="1")
    assert reconciliation.unread(account) == "1 dropped file or part of one has not been read yet."
    sqs.receive_message(QueueUrl=queue)
    sqs.send_message(QueueUrl=queue, MessageBody="2")
    assert reconciliation.unread(account) == "2 dropped files or parts of files have not been read yet."


def test_datasets_with_parked_records_are_named_until_these_are_replayed(account: Connection) -> None:
    assert reconciliation.parked(account) == []
    s3: Any = account.client("s3")
    s3.create_bucket(Bucket=account.lake)
    Parking(s3, account.lake)(account.environment.stream("trades"), [b"a\n"])
    assert reconciliation.parked(account) == ["trades"]
    (found,) = s3.list_objects_v2(Bucket=account.lake)["Contents"]
    s3.delete_object(Bucket=account.lake, Key=found["Key"])
    assert reconciliation.parked(account) == []


def test_missing_rows_are_parked_or_the_possible_causes_are_named() -> None:
    assert why_missing({"trades"}, ["fx_daily", "trades"]) == "These rows are missing: they are parked."
    said = why_missing({"trades", "accounts"}, ["trades"])
    assert "in transit (wait a buffering interval), parked (`standpipe replay`)" in said
    assert "lost" not in said
