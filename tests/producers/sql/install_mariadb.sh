#!/bin/sh
# The MariaDB server for the tests, without the service that the full package would start. Only root on Debian can.
set -eu
command -v mariadbd >/dev/null || [ -x /usr/sbin/mariadbd ] && [ -x /usr/bin/my_print_defaults ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "mariadbd is not installed, so the tests of MySQL are skipped; on Debian: apt-get install mariadb-server-core mariadb-client-core" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet --quiet
apt-get install --yes --quiet --quiet --no-install-recommends mariadb-server-core mariadb-client-core >/dev/null
