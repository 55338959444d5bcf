#!/usr/bin/env python3
"""Failures a second from detection to report, and the poller's memory with 50 000 live tasks, on a scripted stream."""
import json
import threading
import time

import bench

LIVE, FAILING = 50000, 20000
go, counts = threading.Event(), threading.Event()


def record(document):
    body = json.dumps(document).encode()
    return b"%d\n%s" % (len(body), body)


def task(n, state="TASK_RUNNING"):
    return {"name": "app-%d" % (n % 500), "task_id": {"value": "app-%d.instance-%08x-1f2e-11ee-8c99-0242ac120002" % (n % 500, n)},
            "framework_id": {"value": "4f5c9a1e-7f5e-4c0e-9a55-0c7a1b2d3e4f-0000"}, "agent_id": {"value": "S%d" % (n % 1000)},
            "executor_id": {"value": ""}, "state": state,
            "labels": {"labels": [{"key": "team", "value": "team-%d" % (n % 40)}, {"key": "app", "value": "app-%d" % (n % 500)}]},
            "container": {"type": "DOCKER", "docker": {"image": "registry.example.com/app-%d:1.%d" % (n % 500, n % 7)}},
            "statuses": [{"state": "TASK_RUNNING", "timestamp": 1700000000.0 + n,
                          "container_status": {"container_id": {"value": "%08x-0000-4000-8000-0242ac120002" % n}}}]}


def stream(out):
    agents = [{"agent_info": {"id": {"value": "S%d" % n}, "hostname": "127.0.0.1", "port": 1}, "pid": "slave(1)@127.0.0.1:1"}
              for n in range(1000)]
    out.write(record({"type": "SUBSCRIBED", "subscribed": {"heartbeat_interval_seconds": 15.0, "get_state": {
        "get_tasks": {"tasks": [task(n) for n in range(LIVE)]}, "get_executors": {}, "get_agents": {"agents": agents},
        "get_frameworks": {"frameworks": [{"framework_info": {
            "id": {"value": "4f5c9a1e-7f5e-4c0e-9a55-0c7a1b2d3e4f-0000"}, "name": "marathon", "user": "root"}}]}}}}))
    out.flush()
    counts.set()
    while not go.wait(5):
        out.write(record({"type": "HEARTBEAT"}))
        out.flush()
    for n in range(FAILING):
        t = task(n)
        out.write(record({"type": "TASK_UPDATED", "task_updated": {
            "framework_id": t["framework_id"], "state": "TASK_FAILED", "status": {
                "task_id": t["task_id"], "state": "TASK_FAILED", "agent_id": t["agent_id"], "executor_id": t["task_id"],
                "timestamp": 1700100000.0 + n, "message": "exited with status 1", "source": "SOURCE_EXECUTOR",
                "container_status": t["statuses"][0]["container_status"]}}}))
    out.flush()
    time.sleep(300)


master = bench.FakeMaster({"/api/v1": stream})
with bench.Complainer(master.url, "-detect", "stream") as complainer:
    counts.wait()
    time.sleep(3)
    poller = complainer.worker("poller")
    print("poller with %d live tasks: %.0f MB now (budget 40), %.0f MB at the most"
          % (LIVE, bench.memory(poller, "VmRSS"), bench.memory(poller, "VmHWM")))
    begin = time.monotonic()
    go.set()
    bench.wait("all reports", lambda: len(bench.lines(complainer.report)) >= FAILING, limit=600, every=0.05)
    took = time.monotonic() - begin
    found = bench.lines(complainer.report)
    print("%d failures reported in %.1f s: %.0f a second (budget 500), %d lost, %d twice"
          % (FAILING, took, FAILING / took, FAILING - len(set(found)), len(found) - len(set(found))))
    print("memory at the most: " + ", ".join("%s %.0f MB" % (role, bench.memory(complainer.worker(role), "VmHWM"))
                                             for role in ("poller", "dispatcher", "uploader", "reporter/file")))
