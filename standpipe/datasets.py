"""The contract of the dataset that a command names, and whether it is deployed."""

from botocore.exceptions import ClientError

from schemas.contract import Contract
from schemas.load import load_contracts
from standpipe.connection import Connection


class UnknownDatasetError(Exception):
    """No contract has the name; the message lists the datasets."""


class NotDeployedError(Exception):
    """The dataset has a contract, but what is deployed does not know it yet; the message says how to deploy."""

    def __init__(self, connection: Connection, dataset: str) -> None:
        name = connection.environment.name
        how = "stop `standpipe up` and start it again" if name == "local" else f"run `make deploy ENVIRONMENT={name}`"
        super().__init__(f"{dataset} has a contract but is not deployed yet: {how}")


def contract_of(dataset: str) -> Contract:
    """The contract of `dataset`; raises `UnknownDatasetError`, and `ContractError` if one cannot be read."""
    known = load_contracts()
    if dataset not in known:
        raise UnknownDatasetError(f"unknown dataset {dataset!r}; the datasets are {', '.join(known)}")
    return known[dataset]


def check_deployed(connection: Connection, dataset: str) -> None:
    """Raise `NotDeployedError` if the dataset has no delivery stream; nothing if whoever asks may not see that."""
    stream = connection.environment.stream(dataset)
    try:
        connection.client("firehose").describe_delivery_stream(DeliveryStreamName=stream)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            raise NotDeployedError(connection, dataset) from None
