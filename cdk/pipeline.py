"""What is synthesised: an environment, its contracts, and what was chosen on the command line."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from cdk.config import ConfigError, Environment, environment
from cdk.contracts import check_contracts
from cdk.layers.archives import LayerArchives
from schemas.contract import Contract, Internal
from schemas.load import DATASETS, load_contracts
from schemas.value import Value

_OWN_DATASETS = {"loads", "quarantine"}
"""What producers and transforms write themselves."""


@dataclass(frozen=True)
class Pipeline:
    """One deployment of Standpipe."""

    environment: Environment
    contracts: dict[str, Contract]
    datasets: Path
    """The folder that the contracts came from; it goes into every function."""
    layers: LayerArchives
    data_deletion_allowed: bool = False
    """The second key to deleting data with its stack."""

    @property
    def fed(self) -> list[Contract]:
        """The contracts of data from outside: those with a transform, a curated table, and quarantined rows."""
        return [contract for contract in self.contracts.values() if not isinstance(contract.source, Internal)]

    def fed_by(self, kind: type[Value]) -> list[Contract]:
        """The contracts whose source is of `kind`."""
        return [contract for contract in self.contracts.values() if isinstance(contract.source, kind)]

    @property
    def deletes_data(self) -> bool:
        """Whether buckets, database and tables go away with their stacks: only with both keys."""
        return self.environment.data_deletable and self.data_deletion_allowed


def plan(
    name: str,
    datasets: Path | None = None,
    alpha_vantage_url: str | None = None,
    layers: LayerArchives | None = None,
    data_deletion_allowed: bool = False,
) -> Pipeline:
    """The pipeline of the environment `name` from the contracts in `datasets`.

    `alpha_vantage_url` replaces the environment's. Raises `ConfigError` and `ContractError`.
    """
    folder = (datasets or DATASETS).resolve()
    chosen = environment(name)
    if alpha_vantage_url:
        api = msgspec.structs.replace(chosen.alpha_vantage, url=alpha_vantage_url)
        chosen = msgspec.structs.replace(chosen, alpha_vantage=api)
    contracts = load_contracts(folder)
    if missing := _OWN_DATASETS - contracts.keys():
        raise ConfigError(f"{folder}: {' and '.join(sorted(missing))} missing; copy them from {DATASETS}")
    check_contracts(contracts.values(), folder)
    return Pipeline(chosen, contracts, folder, layers or LayerArchives(chosen), data_deletion_allowed)
