"""The thread that sends the metrics and errors of all streams to CloudWatch. Delivery never waits for it."""

import logging
import threading
from collections.abc import Callable, Iterable

from local.clock import Clock
from local.firehose.clients import UNREACHABLE, Clients
from local.firehose.cloudwatch import NAMESPACE, log_events, metric_data
from local.firehose.stream import Stream

_log = logging.getLogger(__name__)
_INTERVAL_SECONDS = 60.0
_LEAST_REAL_SECONDS = 5.0
"""CloudWatch keeps every sample for weeks: at no speed should there be more."""
_JOIN_SECONDS = 5.0


class Publisher:
    """Sends what has come once a minute, and at the end. What nobody answers for is kept for the next time."""

    def __init__(self, clients: Clients, clock: Clock, streams: Callable[[], Iterable[Stream]]) -> None:
        self._clients = clients
        self._clock = clock
        self._streams = streams
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cloudwatch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send what there is and end; a CloudWatch that does not answer is left alone."""
        self._stopping.set()
        self._thread.join(_JOIN_SECONDS)

    def publish(self) -> None:
        """Send what has come since the last time."""
        for stream in self._streams():
            for send in (self._send_metrics, self._send_errors):
                try:
                    send(stream)
                except Exception:  # noqa: BLE001 - whatever it is, other streams and other times must not suffer
                    _log.exception("CloudWatch did not take what %s measured or logged", stream.state.name)

    def _run(self) -> None:
        interval = max(_LEAST_REAL_SECONDS, self._clock.real(_INTERVAL_SECONDS))
        while not self._stopping.wait(interval):
            self.publish()
        self.publish()

    def _send_metrics(self, stream: Stream) -> None:
        if self._clients.cloudwatch is None:
            return
        stream.measure()
        samples = stream.metrics.take()
        if not samples:
            return
        try:
            data = metric_data(stream.state.name, samples, self._clock.now())
            self._clients.cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)
        except UNREACHABLE:
            stream.metrics.give_back(samples)

    def _send_errors(self, stream: Stream) -> None:
        events, options = stream.errors.take(), stream.state.destination["CloudWatchLoggingOptions"]
        if not (events and options.get("Enabled")) or self._clients.logs is None:
            return
        try:
            self._clients.logs.put_log_events(
                logGroupName=options["LogGroupName"],
                logStreamName=options["LogStreamName"],
                logEvents=log_events(stream.state, events),
            )
        except UNREACHABLE:
            stream.errors.give_back(events)
