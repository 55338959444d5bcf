#!/usr/bin/env python3
"""CPU seconds of one poll of a state with 50 000 tasks, and the poller's most memory; python's json beside it."""
import json
import os
import subprocess
import sys
import tempfile
import time

import bench

with tempfile.NamedTemporaryFile(suffix=".json") as file:
    subprocess.run([sys.executable, os.path.join(bench.ROOT, "Tests/Support/state/gen_state.py"), "--agents", "1000",
                    "--running", "40000", "--completed", "10000", "--failed", "500", "--out", file.name],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    state = open(file.name, "rb").read()
begin = time.process_time()
json.loads(state)
baseline = time.process_time() - begin
master = bench.FakeMaster({"/master/state": state})
with bench.Complainer(master.url, "-detect", "poll", "-poll-interval", "500ms") as complainer:
    poller = complainer.worker("poller")
    bench.wait("the first polls", lambda: master.hits["/master/state"] >= 3)
    polls, used = master.hits["/master/state"], bench.cpu(poller)
    bench.wait("ten more polls", lambda: master.hits["/master/state"] >= polls + 10)
    each = (bench.cpu(poller) - used) / (master.hits["/master/state"] - polls)
    print("poll of %.1f MB: %.3f CPU s (budget 0.12; json.loads of Python %.2f, ratio %.3f), poller peak %.0f MB (budget 70)"
          % (len(state) / 1e6, each, baseline, each / baseline, bench.memory(poller, "VmHWM")))
