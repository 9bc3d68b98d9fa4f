"""When a crawler is due.

https://docs.aws.amazon.com/glue/latest/dg/monitor-data-warehouse-schedule.html
"""

from datetime import UTC, datetime

from aws_croniter import AwsCroniter

from local.protocol import AwsError


def check_expression(expression: str) -> None:
    """Raises `AwsError` for what is not a `cron(…)` with six fields."""
    try:
        AwsCroniter(_fields(expression))
    except ValueError as error:
        message = f"The schedule {expression!r} is not a cron expression: {error}"
        raise AwsError("InvalidInputException", message) from None


def is_due(expression: str, since: float, now: float) -> bool:
    """Whether the schedule has a time after `since` and up to `now`, both in epoch seconds."""
    following = AwsCroniter(_fields(expression)).get_next(datetime.fromtimestamp(since, UTC), 1)
    return bool(following) and following[0].timestamp() <= now


def _fields(expression: str) -> str:
    if not (expression.startswith("cron(") and expression.endswith(")")):
        raise ValueError("it must be cron(minutes hours day-of-month month day-of-week year)")
    return expression[len("cron(") : -1]
