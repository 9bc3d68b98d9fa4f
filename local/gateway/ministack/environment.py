"""MiniStack's settings: where it stores, where it listens, which account it is."""

import os
import sys
import tempfile
from pathlib import Path

from local.endpoint import ACCOUNT, CREDENTIAL, REGION


def configure(data_dir: Path, url: str) -> None:
    """Set the environment that MiniStack and the functions it runs will see; call it before `MiniStack()`.

    Everything is stored below `data_dir`, only loopback is listened on, and functions do not see the user's
    credentials but `test`/`test` and the gateway's own address.
    """
    if "ministack.app" in sys.modules:
        raise RuntimeError(
            "MiniStack reads its environment when it is imported, and it was imported before configure()"
        )
    scratch = data_dir / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(scratch)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {
        "AWS_ACCESS_KEY_ID": CREDENTIAL,
        "AWS_SECRET_ACCESS_KEY": CREDENTIAL,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "BIND_HOST": "127.0.0.1",
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",  # never connect to a daemon, never reap containers
        "GATEWAY_PORT": url.rpartition(":")[2],
        "IOT_MTLS_ENABLED": "0",  # listens on 0.0.0.0:8883 otherwise
        "LAMBDA_EXECUTOR": "local",
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1"))),
        "PERSIST_STATE": "1",
        "S3_DATA_DIR": str(data_dir / "s3"),
        "S3_PERSIST": "1",
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(data_dir / "state"),
        "TMPDIR": str(scratch),
    }
