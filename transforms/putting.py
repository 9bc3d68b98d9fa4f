"""Putting rows to a stream from inside the transform."""

import time
from collections.abc import Callable
from typing import Any

from transforms.transform import Put


def putter(client: Callable[[], Any], sleep: Callable[[float], None] = time.sleep) -> Put:
    """A `Put` over the boto3 Firehose client that `client` makes when the first record has to be put.

    `sleep` waits the seconds it is given between attempts.
    """

    def put(stream: str, records: list[bytes]) -> str:
        from delivery.putting import FirehoseSink, UndeliveredError  # clean records never need it: cold start

        try:
            FirehoseSink(client(), stream, sleep).put(records)
        except UndeliveredError as error:
            return str(error)
        return ""

    return put
