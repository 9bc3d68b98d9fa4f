"""A stop while a file is being read loses nothing, and the next start reads the file at once."""

from pathlib import Path

from boto3.dynamodb.conditions import Key

from delivery.parking import PREFIX
from tests.e2e.conftest import eventually, gateway
from tests.e2e.test_files import HEADER, trade
from tests.support.ports import free_port

ROWS = 100_000


def test_a_file_that_is_being_read_when_the_gateway_stops_lands_after_the_next_start(tmp_path: Path) -> None:
    port = free_port()
    with gateway(tmp_path, port=port) as pipeline:
        body = "\n".join([HEADER, *(trade(f"STOP{number}", "1.5") for number in range(ROWS))])
        pipeline.client("s3").put_object(Bucket=pipeline.drop, Key="drop/trades/stop.csv", Body=body.encode())
        reading = Key("owner").eq("files/trades") & Key("item").begins_with("file/")
        progress = pipeline.progress()
        eventually(lambda: bool(progress.query(KeyConditionExpression=reading)["Items"]), "the file is being read")
    with gateway(tmp_path, port=port) as pipeline:
        landed = "SELECT count(*) FROM trades WHERE trade_id LIKE 'STOP%'"
        eventually(lambda: pipeline.query(landed).rows == [[str(ROWS)]], "every row lands")
        counted = "SELECT rows_in, missing FROM reconciliation WHERE source LIKE '%/stop.csv%'"
        eventually(lambda: pipeline.query(counted).rows == [[str(ROWS), "0"]], "the file is accounted for once")
        assert pipeline.client("s3").list_objects_v2(Bucket=pipeline.lake, Prefix=PREFIX)["KeyCount"] == 0
