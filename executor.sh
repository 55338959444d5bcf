#!/bin/sh
# The command of the Mesos executor: runs sidecar-executor, and stops the task's container if the executor ends without
# having done so. For dash and bash; needs no docker command. The file that is read first is read by bash, if there is one.
#
#   SIDECAR_EXECUTOR_PATH             the program (/opt/mesos/sidecar-executor)
#   SIDECAR_EXECUTOR_CUSTOM_ENV_PATH  read first if it is there (/opt/mesos/executor-environment.sh)
#
# The program runs from a copy, so that the agent's own can be replaced while tasks run. The copy has no name: a container
# that mounts its sandbox can replace every file there, and the program runs as root on the agent.

# ---------------------------------------------------------------- nothing of the task steers this script

# The task chooses the environment, and this script runs as root. A bash that is started with -p takes no functions from
# there, nor BASH_ENV and SHELLOPTS; in POSIX mode no function comes before exec and unset. Only bash has the option B.
case $- in
  *B*)
    case $- in
      *p*) ;;
      *)
        POSIXLY_CORRECT=1
        unset BASH_ENV ENV
        exec "$BASH" -p "$0" "$@"
        ;;
    esac
    ;;
  *) unset BASH BASH_VERSION ;;
esac
unset POSIXLY_CORRECT BASH_ENV ENV CDPATH GLOBIGNORE PS4 LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT
# The system's commands come first, whatever PATH the task gave. A container may write to the sandbox, which is the
# working directory, too: nothing is looked up there.
rest=${PATH-}:
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
while [ -n "$rest" ]; do
  folder=${rest%%:*}
  rest=${rest#*:}
  case $folder/:$PATH: in
    "$PWD"/*:* | "${MESOS_SANDBOX:-$PWD}"/*:* | */../*:*) ;;
    *:"$folder":*) ;;
    /[!:]*) PATH=$PATH:$folder ;;
  esac
done

say() { printf 'executor.sh: %s\n' "$*" >&2; }

# ---------------------------------------------------------------- the agent's settings

# Variables of one kind belong together: the agent's password must not go to the task's server, nor by the task's proxy.
vault='VAULT_[A-Za-z0-9_]*'
docker='DOCKER_[A-Za-z0-9_]*'
transport='(http|https|all|no)_proxy|(HTTP|HTTPS|ALL|NO)_PROXY|SSL_CERT_[A-Za-z0-9_]*'

# Names of the variables that are set and match. A line of another variable's value may look like one.
names() {        # PATTERN
  for name in $(env | LC_ALL=C sed -nE "s/^($1)=.*/\1/p" | sort -u); do
    if eval "[ -n \"\${$name+set}\" ]"; then printf '%s\n' "$name"; fi
  done
}

custom=${SIDECAR_EXECUTOR_CUSTOM_ENV_PATH:-/opt/mesos/executor-environment.sh}
if [ -f "$custom" ]; then
  if [ -z "${BASH_VERSION-}" ] && [ -f "$0" ]; then
    # Agents give executors a PATH of their own.
    for bash in "$(command -v bash)" /bin/bash /usr/bin/bash /usr/local/bin/bash; do
      if [ -x "$bash" ]; then exec "$bash" -p "$0" "$@"; fi
    done
    if ! sh -n "$custom"; then
      say "$custom is not for sh: install bash on this agent, or write the file for sh"
      exit 2
    fi
  elif [ -n "${BASH_VERSION-}" ] && ! "$BASH" -p -n "$custom"; then
    say "$custom has a syntax error: correct the file"
    exit 2
  fi
  # The task's values are set aside, so that what the file sets is seen, whatever the value.
  of_task=$(names "$vault|$docker|$transport")
  for name in $of_task; do
    eval "task_$name=\$$name"
    unset "$name"
  done
  trap 'say "$custom ended with status $?: correct the file"' EXIT
  # What the file sets is for the executor: all of it is exported.
  set -a
  # shellcheck disable=SC1090
  . "$custom"
  set +aeu
  trap - EXIT
  vault=$(names "$vault")
  docker=$(names "$docker")
  # Proxies and certificates are used for both of the other kinds.
  transport=$(names "$transport")$vault$docker
  dropped=
  for name in $of_task; do
    case $name in
      VAULT_*) owned=$vault ;;
      DOCKER_*) owned=$docker ;;
      *) owned=$transport ;;
    esac
    if [ -n "$owned" ]; then
      dropped="$dropped $name"
    else
      eval "$name=\$task_$name"
      export "${name?}"
    fi
    unset "task_$name"
  done
  [ -z "$dropped" ] || say "$custom sets variables of the same kind, so these of the task are ignored:$dropped"
fi

# ---------------------------------------------------------------- the program

program=${SIDECAR_EXECUTOR_PATH:-/opt/mesos/sidecar-executor}
if [ ! -f "$program" ]; then
  say "there is no $program: install sidecar-executor on this agent, or set SIDECAR_EXECUTOR_PATH"
  exit 127
fi
# A task may set MESOS_SANDBOX to a folder of its container; the working directory is the sandbox, too.
for folder in "${MESOS_SANDBOX:-$PWD}" "$PWD"; do
  # A new file under a name that nobody knows: a link that a task's URI has put there is not followed.
  if copy=$(mktemp "$folder/.sidecar-executor.XXXXXXXX" 2>/dev/null); then break; fi
done
if [ -z "$copy" ] || ! cat -- "$program" >"$copy" || ! chmod 700 "$copy"; then
  [ -z "$copy" ] || rm -f -- "$copy"
  say "cannot copy $program to $folder"
  exit 126
fi
exec 9<"$copy"
rm -f -- "$copy"
copy=/proc/self/fd/9

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
exit "$status"
