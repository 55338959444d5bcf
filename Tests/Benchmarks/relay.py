#!/usr/bin/env python3
"""What relaying a container's output costs: CPU of the relay's process for each line, and its memory, for a million lines
that a container of a real dockerd writes as fast as it can; in both formats. There is no Mesos: the executor waits for
an agent that does not come, and its relay finds the container by its label.

Needs root, and the packages that deploy/test installs.
"""
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

import bench

LINES = int(os.environ.get("RELAY_LINES", 1_000_000))
program = os.environ.get("SIDECAR_EXECUTOR_BINARY", os.path.join(bench.ROOT, ".build/release/sidecar-executor"))
if not os.path.exists(program):
    sys.exit("no %s: run Tests/Benchmarks/run relay, or set SIDECAR_EXECUTOR_BINARY" % program)
engine = os.path.join(bench.ROOT, "Tests/Support/docker/docker-engine")
SO_RCVBUFFORCE = 33


class Sink:
    """Counts datagrams; its buffer is large enough for a reader in Python."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 512 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.count = 0
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        buffer = bytearray(65536)
        while True:
            self.socket.recv_into(buffer)
            self.count += 1


def worker(parent, role):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid) as f:
                fields = f.read().rpartition(")")[2].split()
            with open("/proc/%s/cmdline" % pid, "rb") as f:
                words = f.read().split(b"\0")
        except OSError:
            continue
        if int(fields[1]) == parent and role in words:
            return int(pid)


def pss(pid):
    with open("/proc/%d/smaps_rollup" % pid) as f:
        return int(re.search(r"^Pss:\s+(\d+)", f.read(), re.M)[1]) / 1024


def run(docker, folder, style):
    sink = Sink()
    sandbox = os.path.join(folder, style)
    os.mkdir(sandbox)
    log = open(os.path.join(folder, style + ".log"), "wb")
    executor = subprocess.Popen([program], stdout=log, stderr=log, env={
        "PATH": os.environ["PATH"], "HOME": "/root", "MESOS_SANDBOX": sandbox, "MESOS_AGENT_ENDPOINT": "127.0.0.1:9",
        "MESOS_SLAVE_PID": "agent@127.0.0.1:9", "MESOS_FRAMEWORK_ID": "f", "MESOS_EXECUTOR_ID": "e",
        "MESOS_CHECKPOINT": "1", "MESOS_RECOVERY_TIMEOUT": "15mins", "MESOS_SUBSCRIPTION_BACKOFF_MAX": "2secs",
        "DOCKER_HOST": docker["DOCKER_HOST"], "EXECUTOR_RELAY_SYSLOG": "true", "EXECUTOR_SYSLOG_FORMAT": style,
        "EXECUTOR_SYSLOG_ADDR": "127.0.0.1:%d" % sink.port, "EXECUTOR_SEND_DOCKER_LABELS": "team,stage"})
    try:
        bench.wait("the relay", lambda: worker(executor.pid, b"relay"), 30)
        pid = worker(executor.pid, b"relay")
        time.sleep(2)
        before, began = bench.cpu(pid), time.monotonic()
        script = ("BEGIN { for (i = 1; i <= %d; i++) print i, \"GET /api/v1/orders/4711?expand=items HTTP/1.1 200"
                  " 0.013s user=42 trace=5f1d7e8a9b3c\" }" % LINES)
        subprocess.run(
            ["docker", "-H", docker["DOCKER_HOST"], "run", "-d", "--label", "sidecar-executor.sandbox=" + sandbox,
             "--label", "team=web", "--label", "stage=production", docker["DOCKER_ENGINE_IMAGE"], "awk", script],
            check=True, capture_output=True)
        bench.wait("the end", lambda: os.path.exists(os.path.join(sandbox, ".sidecar-executor.relayed")), 300, 0.05)
        took, used, most, share = time.monotonic() - began, bench.cpu(pid) - before, bench.memory(pid, "VmHWM"), pss(pid)
        last = -1
        while sink.count != last:
            last = sink.count
            time.sleep(0.5)
        print("%s, %d lines in %.1f s: %.1f us CPU a line (budget 8), memory at most %.1f MB (budget 15), PSS at the end"
              " %.1f MB, %d arrived" % (style, LINES, took, used / LINES * 1e6, most, share, sink.count))
        if sink.count < LINES:
            # What the kernel dropped is no matter of the relay's; what the relay lost, it has said.
            os.system("grep 'do not reach\\|did not reach' %s" % log.name)
    finally:
        executor.kill()
        executor.wait()


with tempfile.TemporaryDirectory(prefix="relay-bench-") as folder:
    environment = {**os.environ, "DOCKER_ENGINE_STATE": os.path.join(folder, "docker")}
    up = subprocess.run([engine, "up"], env=environment, check=True, capture_output=True, text=True).stdout
    docker = dict(line.split("=", 1) for line in up.splitlines() if "=" in line)
    try:
        for style in "json", "rfc5424":
            run(docker, folder, style)
    finally:
        subprocess.run([engine, "down"], env=environment, capture_output=True)
