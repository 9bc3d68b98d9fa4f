"""Contracts held against what a deployment knows: the names of tables and views, and time zones."""

import zoneinfo
from collections.abc import Collection
from pathlib import Path

from cdk.config import AD_HOC_PREFIX, construct_id
from cdk.views import all_views, dataset_views
from schemas.alpha_vantage import AlphaVantage
from schemas.contract import Contract, Internal
from schemas.folders import AD_HOC
from schemas.glue import curated_table_name, table_name
from schemas.load import ContractError
from schemas.sql import Sql

MOST_DATASETS = 40
"""What fits for sure: CloudFormation allows 500 resources a stack, IAM 10,240 characters in the policies of a role."""
_RESERVED = ("database", "default")
"""Their ids belong to the Glue database, and to the CDK."""


def check_contracts(contracts: Collection[Contract], folder: Path) -> None:
    """Raise `ContractError` for the first of `contracts`, read from `folder`, that cannot be deployed with the rest."""
    if (fed := sum(not isinstance(contract.source, Internal) for contract in contracts)) > MOST_DATASETS:
        valid = f"at most {MOST_DATASETS} in one account and region, because of limits of CloudFormation and IAM"
        raise ContractError(folder, "", f"there are {fed} datasets", valid)
    taken = {construct_id(name): name for name in (*_RESERVED, *(view.name for view in all_views({})))}
    zones = zoneinfo.available_timezones()
    for contract in contracts:
        file = folder / f"{contract.name}.yaml"
        _check_name(contract, file, taken)
        source = contract.source
        if isinstance(source, AlphaVantage | Sql) and (zone := source.schedule.timezone) not in zones:
            problem = f"there is no time zone {zone!r}"
            raise ContractError(file, "source.schedule.timezone", problem, "names such as UTC or Europe/London")


def _check_name(contract: Contract, file: Path, taken: dict[str, str]) -> None:
    """Raise `ContractError` when something of the dataset would be called like what is `taken`; take its names."""
    if f"{contract.name}_".startswith(AD_HOC_PREFIX):
        problem = f"{contract.name!r} is for the crawler's tables, and files under {AD_HOC}"
        raise ContractError(file, "dataset", problem, f"names without {AD_HOC_PREFIX} in front")
    for name in _names(contract):
        if other := taken.get(construct_id(name)):
            problem = f"there is a {other!r} already" + (f", too like its {name!r}" if name != other else "")
            raise ContractError(file, "dataset", problem, "a name that no other table or view has")
        taken[construct_id(name)] = name


def _names(contract: Contract) -> list[str]:
    """The tables and views of a dataset."""
    curated = [] if isinstance(contract.source, Internal) else [curated_table_name(contract)]
    return [*(view.name for view in dataset_views([contract])), table_name(contract), *curated]
