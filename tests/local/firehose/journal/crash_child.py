"""A process that puts records as fast as it can and prints what was acknowledged, until it is killed."""

import sys
from pathlib import Path

from local.clock import Clock
from local.firehose.service import Firehose
from tests.local.firehose.fakes import Neighbours, b64
from tests.local.firehose.streams import create_request, hints, s3


def main(data_dir: Path) -> None:
    firehose = Firehose(Neighbours().clients, data_dir, Clock())
    firehose.call("CreateDeliveryStream", create_request(s3(BufferingHints=hints(128, 900))))
    for first in range(0, 10_000_000, 50):
        lines = [b"%d\n" % number for number in range(first, first + 50)]
        records = [{"Data": b64(line)} for line in lines]
        firehose.call("PutRecordBatch", {"DeliveryStreamName": "prices", "Records": records})
        print(first + 50, flush=True)  # noqa: T201 - this is how the parent learns what was acknowledged


if __name__ == "__main__":
    main(Path(sys.argv[1]))
