"""`python -m local.alpha_vantage --port 8085`: serve until interrupted."""

import argparse
import sys

from local.alpha_vantage.quota import Quota
from local.alpha_vantage.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="local.alpha_vantage", description="Serve replayed Alpha Vantage answers.")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--per-second", type=int, help="requests per second and key before the burst answer")
    parser.add_argument("--per-day", type=int, help="requests per day and key before the daily answer")
    args = parser.parse_args()
    serve(args.port, _announce, Quota(args.per_second, args.per_day))


def _announce(url: str) -> None:
    sys.stdout.write(f"ready {url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
