"""What a start of the pipeline on this machine leaves alone."""

from pathlib import Path

from cdk.config import environment
from standpipe.connection import Connection
from standpipe.laptop import give_secrets

LOCAL = environment("local")


def database(account: Connection) -> str:
    value: str = account.client("secretsmanager").get_secret_value(SecretId=LOCAL.database_secret_name)["SecretString"]
    return value


def test_the_samples_database_is_found_where_its_folder_has_moved(account: Connection, tmp_path: Path) -> None:
    for name in ("before", "after"):
        (tmp_path / name).mkdir()
        give_secrets(account, tmp_path / name)
        assert database(account) == f"sqlite:///{tmp_path}/{name}/reference.db"


def test_a_database_of_ones_own_stays(account: Connection, tmp_path: Path) -> None:
    give_secrets(account, tmp_path)
    own = "postgresql://reader@127.0.0.1/bank"
    account.client("secretsmanager").put_secret_value(SecretId=LOCAL.database_secret_name, SecretString=own)
    give_secrets(account, tmp_path)
    assert database(account) == own
