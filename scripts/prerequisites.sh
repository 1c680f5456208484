#!/bin/sh
# Install what the two commands need from the distribution, and only what is missing: Debian and Ubuntu, by apt.
# Usage: scripts/prerequisites.sh [PACKAGE…]   what is needed besides, such as chromium for the tests of reports
set -eu

packages="python3 python3-venv openssh-client ca-certificates perl gpgv $*"
missing=""
for package in $packages; do
    dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
new_enough() {
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' && return
    echo "python3 is $(python3 --version); 3.11 or newer is needed" >&2
    echo "  mend: put a newer python3 first in PATH; Debian 12 and Ubuntu 24.04 have one" >&2
    exit 2
}

[ -z "$missing" ] && new_enough && exit 0

if ! command -v apt-get >/dev/null; then
    echo "These are needed and cannot be installed without apt:$missing" >&2
    exit 2
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "These packages are missing:$missing" >&2
    echo "  mend: sudo apt-get install --no-install-recommends$missing" >&2
    exit 2
fi
echo "Installing from the distribution:$missing"
apt-get update -qq
# shellcheck disable=SC2086 # one word a package
DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing
new_enough
