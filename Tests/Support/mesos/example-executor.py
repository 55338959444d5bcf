#!/usr/bin/env python3
"""A custom executor for tests.

It carries out a plan: the task's data, or the variable PLAN, or "running finished".
Steps, separated by blanks: running  out:TEXT  err:TEXT  sleep:SECONDS
failed[:MESSAGE]  finished  wait (for a kill)  exit:STATUS (no terminal update)
('_' in TEXT and MESSAGE stands for a blank).  A KILL gives TASK_KILLED.
With EXECUTOR_QUIET in the environment stderr has only what the plan puts there.
"""
import base64
import json
import os
import sys
import time

from executor_api import Executor, log

executor = Executor()


def pause(task, seconds):
    limit = time.time() + seconds
    while time.time() < limit:
        e = executor.event(min(0.5, max(0.01, limit - time.time())))
        if e and e["type"] == "KILL":
            log("kill", json.dumps(e["kill"]))
            executor.end(task, "TASK_KILLED", message="killed on request")


task = executor.first_task()
log("task", json.dumps(task))
plan = base64.b64decode(task.get("data", "")).decode() or os.environ.get("PLAN", "running finished")
for step in plan.split():
    verb, _, rest = step.partition(":")
    rest = rest.replace("_", " ")
    if verb == "running":
        executor.update(task, "TASK_RUNNING")
    elif verb == "out":
        print(rest, flush=True)
    elif verb == "err":
        print(rest, file=sys.stderr, flush=True)
    elif verb == "sleep":
        pause(task, float(rest))
    elif verb == "wait":
        pause(task, 1e9)
    elif verb == "failed":
        executor.end(task, "TASK_FAILED", message=rest or "failed as planned")
    elif verb == "finished":
        executor.end(task, "TASK_FINISHED")
    elif verb == "exit":
        pause(task, 0.3)
        os._exit(int(rest or 0))
