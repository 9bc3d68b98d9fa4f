"""The definition of a crawler, read from CreateCrawler's request; what is not supported here is refused.

https://docs.aws.amazon.com/glue/latest/webapi/API_CreateCrawler.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from local.crawler.schedule import check_expression
from local.protocol import AwsError

OnDelete = Literal["LOG", "DELETE_FROM_DATABASE", "DEPRECATE_IN_DATABASE"]
OnUpdate = Literal["LOG", "UPDATE_IN_DATABASE"]

_GROUPING: Final = {"TableLevelConfiguration", "TableGroupingPolicy"}
_EVERYTHING: Final = "CRAWL_EVERYTHING"


@dataclass(frozen=True)
class Definition:
    """A crawler. `level`: the depth of the tables' folders, the bucket being 1; None: each path is one table."""

    name: str
    database: str
    prefix: str
    paths: tuple[str, ...]
    classifiers: tuple[str, ...]
    level: int | None
    inherits: bool
    merges_columns: bool
    on_update: OnUpdate
    on_delete: OnDelete
    schedule: str


def definition(request: Mapping[str, Any]) -> Definition:
    """The crawler that `request` describes; raises `AwsError`."""
    configuration = _configuration(request.get("Configuration", ""))
    grouping = configuration.get("Grouping", {})
    if unknown := grouping.keys() - _GROUPING:
        raise _refused(f"Grouping.{min(unknown)} of the Configuration")
    output = configuration.get("CrawlerOutput", {})
    recrawl = request.get("RecrawlPolicy", {}).get("RecrawlBehavior", _EVERYTHING)
    if recrawl != _EVERYTHING:
        raise _refused(f"RecrawlBehavior {recrawl}", _EVERYTHING)
    if request.get("LakeFormationConfiguration", {}).get("UseLakeFormationCredentials"):
        raise _refused("A crawl with the credentials of Lake Formation")
    policy = request.get("SchemaChangePolicy", {})
    schedule = request.get("Schedule", "")
    if schedule:
        check_expression(schedule)
    return Definition(
        name=request["Name"],
        database=request.get("DatabaseName", ""),
        prefix=request.get("TablePrefix", ""),
        paths=_paths(request.get("Targets", {})),
        classifiers=tuple(request.get("Classifiers", ())),
        level=grouping.get("TableLevelConfiguration"),
        inherits=_behaviour(output, "Partitions", "InheritFromTable"),
        merges_columns=_behaviour(output, "Tables", "MergeNewColumns"),
        on_update=policy.get("UpdateBehavior", "UPDATE_IN_DATABASE"),
        on_delete=policy.get("DeleteBehavior", "DEPRECATE_IN_DATABASE"),
        schedule=schedule,
    )


def _paths(targets: Mapping[str, Any]) -> tuple[str, ...]:
    for kind, asked in targets.items():
        if kind != "S3Targets" and asked:
            raise _refused(kind, "S3Targets")
    found = targets.get("S3Targets", [])
    for each in found:
        if each.get("Exclusions"):
            raise _refused("Exclusions of a target")
        if not each.get("Path", "").startswith("s3://"):
            raise AwsError("InvalidInputException", f"{each.get('Path')!r} is not a path; it must begin with s3://")
    if not found:
        raise AwsError("InvalidInputException", "A crawler needs a target: S3Targets with a Path")
    return tuple(each["Path"] for each in found)


def _configuration(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except json.JSONDecodeError as error:
        raise AwsError("InvalidInputException", f"The Configuration is not JSON: {error}") from None
    if unknown := found.keys() - {"Version", "Grouping", "CrawlerOutput", "CreatePartitionIndex"}:
        raise _refused(f"{min(unknown)} of the Configuration")
    return dict(found)


def _behaviour(output: Mapping[str, Any], thing: str, known: str) -> bool:
    said = output.get(thing, {})
    if unknown := said.keys() - {"AddOrUpdateBehavior"}:
        raise _refused(f"{min(unknown)} of {thing}")
    asked = said.get("AddOrUpdateBehavior")
    if asked not in (None, known):
        raise _refused(f"AddOrUpdateBehavior {asked} of {thing}", known)
    return asked is not None


def _refused(what: str, instead: str = "") -> AwsError:
    return AwsError("InvalidInputException", f"{what} is not supported here" + (f"; {instead} is" if instead else ""))
