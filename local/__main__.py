"""`python -m local`: serve the gateway, with nothing deployed, until stopped."""

import argparse
import sys
from pathlib import Path

from local.gateway.running import READY
from local.gateway.server import GatewayError, serve


def main() -> int:
    """Serve; prints one line, `ready <url>`, once everything answers."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("--port", type=int, default=4566, help="0 takes a free port")
    parser.add_argument("--data", type=Path, default=Path(".standpipe"), help="where everything is kept")
    parser.add_argument("--speed", type=float, default=1.0, help="60 makes an interval of 60 s elapse in 1 s")
    options = parser.parse_args()
    try:
        serve(options.port, options.data, options.speed, _say_ready, _say)
    except GatewayError as error:
        print(error, file=sys.stderr)  # noqa: T201 — the command's own output
        return 1
    return 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 — the command's own output


def _say_ready(url: str) -> None:
    _say(f"{READY}{url}")


if __name__ == "__main__":
    sys.exit(main())
