"""The thread that sends the metrics and errors of all streams to CloudWatch. Delivery never waits for it."""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence

from local.clock import Clock
from local.firehose.clients import CALL_ERRORS, UNREACHABLE, Clients
from local.firehose.monitoring.cloudwatch import NAMESPACE, log_events, metric_data
from local.firehose.monitoring.observe import measure
from local.firehose.stream import Stream

_log = logging.getLogger(__name__)
_INTERVAL_SECONDS = 60.0
_LEAST_REAL_SECONDS = 5.0
"""CloudWatch keeps every sample for weeks: no speed may produce more of them."""
_STREAMS_A_CALL = 25
"""PutMetricData takes 1,000 metrics; one stream has up to 40."""
_JOIN_SECONDS = 5.0


class Publisher:
    """Sends what is new every minute, and at the end. What could not be sent is kept for the next time."""

    def __init__(self, clients: Clients, clock: Clock, streams: Callable[[], Iterable[Stream]]) -> None:
        self._clients = clients
        self._clock = clock
        self._streams = streams
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cloudwatch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send what is new and end, whether CloudWatch answers or not."""
        self._stopping.set()
        self._thread.join(_JOIN_SECONDS)

    def publish(self) -> None:
        """Send what is new since the last time."""
        streams = list(self._streams())
        for start in range(0, len(streams), _STREAMS_A_CALL):
            self._send_metrics(streams[start : start + _STREAMS_A_CALL])
        for stream in streams:
            self._send_errors(stream)

    def _run(self) -> None:
        interval = max(_LEAST_REAL_SECONDS, self._clock.real(_INTERVAL_SECONDS))
        while not self._stopping.wait(interval):
            self._try()
        self._try()

    def _try(self) -> None:
        try:
            self.publish()
        except Exception:  # noqa: BLE001 - no error may prevent the next time
            _log.exception("metrics and errors were not sent to CloudWatch")

    def _send_metrics(self, streams: Sequence[Stream]) -> None:
        if self._clients.cloudwatch is None:
            return
        for stream in streams:
            measure(stream)
        taken, now = [(stream, stream.metrics.take()) for stream in streams], self._clock.now()
        data = [datum for stream, samples in taken for datum in metric_data(stream.state.name, samples, now)]
        if not data:
            return
        try:
            self._clients.cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)
        except UNREACHABLE:
            for stream, samples in taken:
                stream.metrics.give_back(samples)
        except CALL_ERRORS as error:
            _log.warning("CloudWatch did not take metrics: %s", error)

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
        except CALL_ERRORS as error:
            _log.warning("CloudWatch Logs did not take the errors of %s: %s", stream.state.name, error)
