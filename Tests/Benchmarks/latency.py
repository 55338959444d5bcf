#!/usr/bin/env python3
"""From the failure's event at a real Mesos master to the line in the report file, for 100 failures over 20 s.

The clock starts when another subscriber of the master's event stream, in this process, has the event in hands.
Takes the folder of the Mesos kit.
"""
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import bench

kit = sys.argv[1]
seen, reported, running = {}, {}, True


def listen(port):
    request = urllib.request.Request("http://127.0.0.1:%d/api/v1" % port, b'{"type":"SUBSCRIBE"}',
                                     {"Content-Type": "application/json", "Accept": "application/json"})
    with urllib.request.urlopen(request) as answer:
        while running:
            head = answer.readline()
            if not head:
                return
            length = int(head)
            event = json.loads(answer.read(length))
            now = time.monotonic()
            if event["type"] == "TASK_UPDATED" and event["task_updated"]["status"]["state"] == "TASK_FAILED":
                seen.setdefault(event["task_updated"]["status"]["task_id"]["value"].encode(), now)


def watch(path):
    rest = b""
    while running and not os.path.exists(path):
        time.sleep(0.01)
    with open(path, "rb") as file:
        while running:
            piece = file.read()
            now = time.monotonic()
            if not piece:
                time.sleep(0.0005)
                continue
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                reported.setdefault(line, now)


with tempfile.TemporaryDirectory(prefix="complainer-bench-mesos-") as work:
    for _ in range(5):
        port = random.randrange(12000, 30000)
        mesos = subprocess.Popen([os.path.join(kit, "mesos-local"), str(port), os.path.join(work, str(port)), "1"],
                                 stdout=subprocess.PIPE)
        if mesos.stdout.readline().startswith(b"ready"):
            break
    try:
        with bench.Complainer("http://127.0.0.1:%d" % port, "-detect", "stream") as complainer:
            threading.Thread(target=listen, args=[port], daemon=True).start()
            threading.Thread(target=watch, args=[complainer.report], daemon=True).start()
            subprocess.run([os.path.join(kit, "launch-many.py"), "--master", "127.0.0.1:%d" % port, "--tasks", "100",
                            "--over", "20", "--quiet"], check=True, stdout=subprocess.DEVNULL)
            bench.wait("all reports", lambda: len(reported) >= 100)
            times = [max(0, reported[task] - seen[task]) * 1000 for task in reported if task in seen]
            print("failure at the master -> line in the file, %d samples: p50 %.1f ms (budget 50), p99 %.1f ms (budget 250)"
                  % (len(times), bench.quantile(times, 0.5), bench.quantile(times, 0.99)))
    finally:
        running = False
        mesos.terminate()
        mesos.wait()
