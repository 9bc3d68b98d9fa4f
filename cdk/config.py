"""The environments, one validated model each, and every resource's name: names are made here and only here."""

import re
import sys
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import yaml
from msgspec import Meta

from schemas.mistakes import mistake
from schemas.value import Value

_NAME_CHARS = 64
"""Of a Lambda function and of a delivery stream."""

_Subnet = Annotated[str, Meta(pattern="^subnet-[0-9a-f]+$", description="an id such as subnet-0a1b2c3d")]
_SecurityGroup = Annotated[str, Meta(pattern="^sg-[0-9a-f]+$", description="an id such as sg-0a1b2c3d")]
_Principal = Annotated[
    str, Meta(pattern="^arn:aws[a-z-]*:quicksight:", description="an ARN that begins with arn:aws:quicksight:")
]

ENVIRONMENTS = Path(__file__).parent / "environments.yaml"

EnvironmentName = Literal["local", "dev", "prod"]
BucketKind = Literal["lake", "drop", "results", "logs"]
LayerName = Literal["stream", "alpha_vantage", "sql", "files", "data"]
"""What is in each: `cdk/layers/requirements/`. `data` (pandas, numpy, pyarrow) is for functions that you add: name it
in the `layers` of their `FunctionSpec` (`cdk/constructs/function.py`). No function of the pipeline imports pandas.
"""
ProducerName = Literal["alpha-vantage", "files", "sql"]


class ConfigError(Exception):
    """An environment that does not exist or is not valid; the message says what would be."""


class DeliveryBuffering(Value, frozen=True):
    """Buffering before S3. Conversion needs 64 MiB at least, dynamic partitioning 60 s.

    https://docs.aws.amazon.com/firehose/latest/dev/create-configure-backup.html
    """

    mebibytes: Annotated[int, Meta(ge=64, le=128)]
    seconds: Annotated[int, Meta(ge=60, le=900)]


class TransformBuffering(Value, frozen=True):
    """Buffering before the transform function.

    https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
    """

    mebibytes: Annotated[float, Meta(ge=0.2, le=3)]
    seconds: Annotated[int, Meta(ge=0, le=900)]


class AlphaVantageAccess(Value, frozen=True):
    """Where the API is asked, what the key may ask for, and the Secrets Manager secret that holds the key."""

    url: Annotated[str, Meta(pattern="^https?://", description="a URL that begins with https:// or http://")]
    plan: Literal["free", "premium"]
    secret_name: str
    calls_per_minute: Annotated[int, Meta(ge=1)] = 75
    """What a premium plan allows; the smallest does 75. https://www.alphavantage.co/premium/"""


class Network(Value, frozen=True):
    """Where in a VPC a function runs: how to reach a database that is not public."""

    subnet_ids: Annotated[tuple[_Subnet, ...], Meta(min_length=1)]
    """Private subnets, in at least two availability zones for a function that survives the loss of one."""
    security_group_ids: Annotated[tuple[_SecurityGroup, ...], Meta(min_length=1)]
    """Groups that the database's own group accepts connections from."""


class Environment(Value, frozen=True):
    """One environment of `environments.yaml`."""

    name: EnvironmentName
    python: Annotated[str, Meta(pattern=r"^(host|3\.1[2-4])$", description="host, 3.12, 3.13, 3.14")]
    """The Lambda runtime, on Amazon Linux 2023 because pyarrow needs its glibc. `host`, for functions that run on this
    machine, is the version of the interpreter that synthesises.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
    """
    layers: tuple[LayerName, ...]
    data_deletable: bool
    """The first key to deleting data with its stack; the second is the context `allow-data-deletion`."""
    termination_protection: bool
    schedules_enabled: bool
    delivery: DeliveryBuffering
    transform: TransformBuffering
    alpha_vantage: AlphaVantageAccess
    database_secret_name: str
    scan_limit_mebibytes: Annotated[int, Meta(ge=10)]
    """What one query may scan before Athena stops it."""
    log_retention_days: Literal[7, 14, 30, 90, 180, 365]
    account: Annotated[str, Meta(pattern="^[0-9]{12}$", description="12 digits in quotes")] | None = None
    """None: whichever account the credentials belong to."""
    region: str | None = None
    database_network: Network | None = None
    """Where the SQL producer runs; None: outside any VPC, which reaches public databases only."""
    dashboard_principal: _Principal | None = None
    """ARN of the QuickSight group or user that owns the dashboards; None: there are no dashboards."""

    @property
    def prefix(self) -> str:
        """What the names of all resources begin with."""
        return f"standpipe-{self.name}"

    @property
    def stream_prefix(self) -> str:
        """A delivery stream's name is this and its dataset's name."""
        return f"{self.prefix}-"

    @property
    def database(self) -> str:
        """The Glue database."""
        return f"standpipe_{self.name}"

    @property
    def workgroup(self) -> str:
        """The Athena workgroup."""
        return self.prefix

    @property
    def schedule_group(self) -> str:
        """The EventBridge Scheduler group; a schedule in it is called like its dataset."""
        return self.prefix

    @property
    def curation_job(self) -> str:
        """The Glue job, the workflow that starts it, and their triggers."""
        return f"{self.prefix}-curate"

    @property
    def ad_hoc_crawler(self) -> str:
        """The Glue crawler of ad-hoc files."""
        return f"{self.prefix}-adhoc"

    @property
    def progress_table(self) -> str:
        """The DynamoDB table of what producers remember from run to run."""
        return f"{self.prefix}-progress"

    @property
    def topic(self) -> str:
        """The SNS topic that alarms are sent to."""
        return f"{self.prefix}-alarms"

    @property
    def python_version(self) -> str:
        """The Lambda runtime's Python, e.g. `3.13`."""
        return f"3.{sys.version_info.minor}" if self.python == "host" else self.python

    def stream(self, dataset: str) -> str:
        """The delivery stream of `dataset`."""
        return _short(f"{self.stream_prefix}{dataset}")

    def transform_function(self, dataset: str) -> str:
        """The transform function of `dataset`."""
        return _short(f"{self.prefix}-transform-{dataset}")

    def producer_function(self, producer: ProducerName) -> str:
        """The function of a producer."""
        return f"{self.prefix}-{producer}"

    def named(self, name: str) -> str:
        """Any other resource: a stack, a queue, a rule, a layer."""
        return f"{self.prefix}-{name}"

    def bucket(self, kind: BucketKind, account: str, region: str) -> str:
        """The bucket of `kind`: names of buckets are global, so account and region are part of them."""
        return f"{self.prefix}-{kind}-{account}-{region}"


def _short(name: str) -> str:
    if len(name) > _NAME_CHARS:
        raise ConfigError(
            f"{name!r} has {len(name)} characters, AWS allows {_NAME_CHARS}; give the dataset a shorter name"
        )
    return name


AD_HOC_PREFIX = "adhoc_"
"""What the names of the crawler's tables begin with."""


def construct_id(name: str) -> str:
    """`fx_daily` -> `FxDaily`: the id of the construct for what is called `name`."""
    return "".join(word.capitalize() for word in re.split("[-_]", name))


@cache
def environment(name: str) -> Environment:
    """The environment called `name`; raises `ConfigError`."""
    found = yaml.safe_load(ENVIRONMENTS.read_bytes())
    if name not in found:
        raise ConfigError(f"there is no environment {name!r}; valid: {', '.join(found)}")
    return parse_environment(name, found[name] or {})


def parse_environment(name: str, settings: dict[str, object]) -> Environment:
    """The environment that `settings` describe; raises `ConfigError`: the key, what is wrong with it, what is valid."""
    document = {"name": name, **settings}
    try:
        return msgspec.convert(document, Environment)
    except msgspec.ValidationError as error:
        key, problem, valid = mistake(error, document, Environment)
        where = f"{name}.{key}" if key else name
        valid = valid.removeprefix("name, ")  # which is the environment's own key
        raise ConfigError(f"{ENVIRONMENTS.name}: {where}: {problem}{valid and f'; valid: {valid}'}") from error
