#!/bin/bash
# Makes the kit:  setup.sh DEST
# Can be run again at any time, also twice at once; it does only what is still missing.
# setup.sh --packages prints the Debian packages it needs, and deploy/test installs them.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
packages="libsvn1 libapr1 libsasl2-2 libsasl2-modules libcurl4 zlib1g procps g++ binutils python3 python3-venv"
sum=84d7ee9af27e912636b139de40257df1ee4f56c201de6bba834278aa1e8fd64c

case ${1:-} in
  --packages) echo "$packages"; exit 0 ;;
  '' | -*) sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
dest=$1
mkdir -p "$dest"
exec 9>"$dest/.lock"
flock 9

missing=
for p in $packages; do
  dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null | grep -qx installed || missing+=" $p"
done
if [ -n "$missing" ]; then
  echo "setup.sh: install these Debian packages first:$missing" >&2
  exit 1
fi

mkdir -p "$dest/lib"
so=$dest/lib/_scheduler.so
if ! echo "$sum  $so" | sha256sum --status -c - 2>/dev/null; then
  # The version's name is not a valid one by today's rules: pip 24.1 and later do
  # not see it.  Debian's own pip (which a venv gets) does.  The package holds only
  # a built file tree, so pip ends with an error; --no-clean keeps the tree.
  t=$(mktemp -d)
  trap 'rm -rf "$t"' EXIT
  trap 'exit 1' INT TERM HUP
  /usr/bin/python3 -m venv "$t/venv"
  mkdir "$t/work"
  TMPDIR=$t/work "$t/venv/bin/pip" download --no-clean --no-cache-dir --no-deps --pre -d "$t/work" \
    'mesos-scheduler===1.11.0.linux-x86_64' >"$t/log" 2>&1 || true
  found=$(find "$t/work" -name _scheduler.so -print -quit)
  if [ -z "$found" ]; then
    cat "$t/log" >&2
    echo "setup.sh: pip could not get mesos-scheduler 1.11.0 for Python 3 on x86_64 (see above)" >&2
    exit 1
  fi
  echo "$sum  $found" | sha256sum --quiet -c -
  mv "$found" "$so.new"
  chmod 755 "$so.new"
  mv "$so.new" "$so"
fi

if [ ! -e "$dest/lib/libpython-stub.so" ] || [ "$here/make-stubs.py" -nt "$dest/lib/libpython-stub.so" ]; then
  python3 "$here/make-stubs.py" "$so" "$dest/lib"
fi
if [ ! -e "$dest/mesos-shim" ] || [ "$here/mesos-shim.cpp" -nt "$dest/mesos-shim" ]; then
  g++ -O1 -std=c++14 -Wall -Wextra -o "$dest/mesos-shim.new" "$here/mesos-shim.cpp" -ldl \
    -Wl,--no-as-needed "$dest/lib/libpython-stub.so" \
    -Wl,--disable-new-dtags,-rpath,'$ORIGIN/lib'
  mv "$dest/mesos-shim.new" "$dest/mesos-shim"
fi
for n in mesos-master mesos-agent mesos-containerizer mesos-local-cluster; do
  ln -sfn mesos-shim "$dest/$n"
done
for n in mesos-executor executor_api.py example-executor.py many-executor.py launch-task.py launch-many.py mesos-local; do
  install -m 755 "$here/$n" "$dest/.$n.new"
  mv "$dest/.$n.new" "$dest/$n"
done
echo "ready: $dest"
