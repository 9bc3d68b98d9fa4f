"""The contract that a command is about."""

from schemas.contract import Contract
from schemas.load import load_contracts


class UnknownDatasetError(Exception):
    """No contract has the name; the text lists those that do."""


def contract_of(dataset: str) -> Contract:
    """The contract of `dataset`; raises `UnknownDatasetError`, and `ContractError` if one cannot be read."""
    known = load_contracts()
    if dataset not in known:
        raise UnknownDatasetError(f"there is no dataset {dataset!r}; the datasets are {', '.join(known)}")
    return known[dataset]
