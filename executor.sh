#!/bin/sh
# The command of the Mesos executor: runs sidecar-executor from a copy in the task's sandbox, so that
# the agent's own copy can be replaced while tasks run, and stops the task's container if the
# executor ends without having done so. For dash and bash; needs no docker command.
# The file that is read first is read by bash, where there is one.
#
#   SIDECAR_EXECUTOR_PATH             the program (/opt/mesos/sidecar-executor)
#   SIDECAR_EXECUTOR_CUSTOM_ENV_PATH  read first if it is there (/opt/mesos/executor-environment.sh)

say() { printf 'executor.sh: %s\n' "$*" >&2; }

custom=${SIDECAR_EXECUTOR_CUSTOM_ENV_PATH:-/opt/mesos/executor-environment.sh}
if [ -f "$custom" ]; then
  if [ -z "${BASH_VERSION-}" ] && [ -f "$0" ]; then
    # Agents give executors a PATH of their own.
    for bash in "$(command -v bash)" /bin/bash /usr/bin/bash /usr/local/bin/bash; do
      if [ -x "$bash" ]; then exec "$bash" "$0" "$@"; fi
    done
    if ! sh -n "$custom"; then
      say "$custom is not for sh: install bash on this agent, or write the file for sh"
      exit 2
    fi
  fi
  # What the file sets is for the executor: all of it is exported.
  set -a
  # shellcheck disable=SC1090
  . "$custom"
  set +a
fi

program=${SIDECAR_EXECUTOR_PATH:-/opt/mesos/sidecar-executor}
sandbox=${MESOS_SANDBOX:-$PWD}
copy=$sandbox/sidecar-executor

if [ ! -f "$program" ]; then
  say "there is no $program: install sidecar-executor on this agent, or set SIDECAR_EXECUTOR_PATH"
  exit 127
fi
# Under another name first: a copy that is cut short must not be run.
if ! { cp -- "$program" "$copy.new" && chmod 755 "$copy.new" && mv -f -- "$copy.new" "$copy"; }; then
  say "cannot copy $program to $copy"
  exit 126
fi

# Signals go to the executor, which ends its task in good order; we wait for that.
child=
ended=
early=
forward() { if [ -n "$child" ]; then kill -s "$1" "$child" 2>/dev/null; else early=$1; fi; }
trap 'forward TERM' TERM
trap 'forward INT' INT
trap 'forward HUP' HUP
trap 'forward USR1' USR1

"$copy" &
child=$!
[ -z "$early" ] || forward "$early"
# A signal ends `wait` early.
while [ -z "$ended" ]; do
  wait "$child"
  status=$?
  kill -0 "$child" 2>/dev/null || ended=yes
done

# Whatever the executor ended of: nobody looks after its container any more.
"$copy" cleanup || say "a container may have been left behind"
rm -f -- "$copy"
exit "$status"
