"""The contract of the dataset that a command names."""

from schemas.contract import Contract
from schemas.load import load_contracts


class UnknownDatasetError(Exception):
    """No contract has the name; the message lists the datasets."""


def contract_of(dataset: str) -> Contract:
    """The contract of `dataset`; raises `UnknownDatasetError`, and `ContractError` if one cannot be read."""
    known = load_contracts()
    if dataset not in known:
        raise UnknownDatasetError(f"unknown dataset {dataset!r}; the datasets are {', '.join(known)}")
    return known[dataset]
