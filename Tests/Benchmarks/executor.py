#!/usr/bin/env python3
"""What one task costs with sidecar-executor, on a real Mesos and a real dockerd: memory of the process tree with 20
tasks running, each from its own copy of the program, and the time from a container's end to the framework's knowledge of
it (the agent has accepted the update before), for 100 containers.

Takes the folder of the Mesos kit. Needs root, and the packages that deploy/test installs.
"""
import concurrent.futures
import datetime
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time

import bench

kit = sys.argv[1]
RUNNING, SAMPLES, AT_ONCE = 20, 100, 2
program = os.environ.get("SIDECAR_EXECUTOR_BINARY", os.path.join(bench.ROOT, ".build/release/sidecar-executor"))
if not os.path.exists(program):
    sys.exit("no %s: run Tests/Benchmarks/run executor, or set SIDECAR_EXECUTOR_BINARY" % program)
engine = os.path.join(bench.ROOT, "Tests/Support/docker/docker-engine")


def start(name, script, docker, master, *more):
    return subprocess.Popen(
        [os.path.join(bench.ROOT, "Tests/Support/mesos/launch-task.py"), "--master", master, "--name", name,
         "--executor-command", os.path.join(bench.ROOT, "executor.sh"), "--image", docker["DOCKER_ENGINE_IMAGE"],
         "--label", "executor.ShellCommand=sh -c '%s'" % script, "--cpus", "0.05", "--mem", "32", "--timeout", "300",
         "--env", "DOCKER_HOST=" + docker["DOCKER_HOST"], "--env", "SIDECAR_EXECUTOR_PATH=" + program,
         "--env", "EXECUTOR_SIDECAR_DRAINING_DURATION=0s", *more], stdout=subprocess.PIPE, text=True)


def until(task, *states):
    """The first event with one of these states."""
    for line in task.stdout:
        event = json.loads(line)
        if event.get("state") in states:
            return event
    raise SystemExit("a task never became %s" % " or ".join(states))


def memory(work):
    """PSS in kB of what runs in each sandbox below `work`, the shell of executor.sh included."""
    trees = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/environ" % pid, "rb") as f:
                sandbox = re.search(rb"(?:^|\0)MESOS_SANDBOX=([^\0]*)", f.read())
            if not sandbox or not sandbox[1].decode().startswith(work):
                continue
            with open("/proc/%s/smaps_rollup" % pid) as f:
                pss = int(re.search(r"^Pss:\s+(\d+)", f.read(), re.M)[1])
        except OSError:
            continue
        trees[sandbox[1]] = trees.get(sandbox[1], 0) + pss
    return list(trees.values())


def finished(docker, task):
    """When Docker saw the end of the container of a task, in seconds since 1970."""
    text = subprocess.run(
        ["docker", "-H", docker["DOCKER_HOST"], "ps", "-aq", "--no-trunc", "--filter",
         "label=sidecar-executor.task=" + task], check=True, capture_output=True, text=True).stdout.split()[0]
    state = json.loads(subprocess.run(["docker", "-H", docker["DOCKER_HOST"], "inspect", text], check=True,
                                      capture_output=True, text=True).stdout)[0]["State"]["FinishedAt"]
    whole, fraction = state.rstrip("Z").split(".")
    moment = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.timezone.utc).timestamp()
    return moment + float("0." + fraction)


def once(docker, master, number):
    with start("short-%d" % number, "sleep 1; exit 3", docker, master) as task:
        event = until(task, "TASK_FAILED")
        delay = event["t"] - finished(docker, event["task_id"])
        task.stdout.read()
    return delay


with tempfile.TemporaryDirectory(prefix="executor-bench-") as work:
    environment = {**os.environ, "DOCKER_ENGINE_STATE": os.path.join(work, "docker")}
    up = subprocess.run([engine, "up"], env=environment, check=True, capture_output=True, text=True).stdout
    docker = dict(line.split("=", 1) for line in up.splitlines() if "=" in line)
    mesos = None
    try:
        for _ in range(5):
            port = random.randrange(12000, 30000)
            mesos = subprocess.Popen([os.path.join(kit, "mesos-local"), str(port), os.path.join(work, str(port)), "1"],
                                     stdout=subprocess.PIPE, env={**os.environ, "AGENT_RESOURCES": "cpus:4;mem:4096"})
            if mesos.stdout.readline().startswith(b"ready"):
                break
        master = "127.0.0.1:%d" % port

        tasks = [start("long-%d" % n, "sleep 600", docker, master, "--kill-after", "120") for n in range(RUNNING)]
        for task in tasks:
            until(task, "TASK_RUNNING")
        # An executor gives back what starting needed some seconds after its container runs: both are worth knowing.
        for moment, wait in ("just started", 0), ("for half a minute", 30):
            time.sleep(wait)
            trees = memory(work)
            if len(trees) != RUNNING:
                sys.exit("%d trees of processes, not %d" % (len(trees), RUNNING))
            print("%d tasks running, %s: PSS of a tree of processes %.1f MB on average, %.1f MB at most (budget 10 MB)"
                  % (RUNNING, moment, sum(trees) / RUNNING / 1024, max(trees) / 1024))
        for task in tasks:
            until(task, "TASK_KILLED")
            task.stdout.read()
            task.wait()

        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            delays = list(pool.map(lambda n: once(docker, master, n), range(SAMPLES)))
        print("container's end -> the framework knows, %d tasks: p50 %.0f ms, p99 %.0f ms (budget p99 200 ms)"
              % (SAMPLES, bench.quantile(delays, 0.5) * 1000, bench.quantile(delays, 0.99) * 1000))
    finally:
        if mesos:
            mesos.terminate()
            mesos.wait(30)
        subprocess.run([engine, "down"], env=environment, capture_output=True)
