"""One full read of a dataset's table."""

from sqlalchemy import Engine

from producers.loading import Destination, Load, load
from producers.sql.reading import rows
from schemas.contract import Contract, Sql


def run(contract: Contract, engine: Engine, to: Destination) -> Load:
    """Put every row of the contract's table under `sql/<table>/<time>`; raises `DatabaseError`, `UndeliveredError`."""
    if not isinstance(contract.source, Sql):
        raise ValueError(f"{contract.name}: its source is not sql; see its contract")
    table = contract.source.table
    return load(rows(engine, table, contract), contract.name, f"sql/{table}/{to.now():%Y-%m-%dT%H:%M:%SZ}", to)
