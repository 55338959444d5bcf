"""The v1 executor HTTP API, as much of it as a small executor needs (stdlib only)."""
import base64
import http.client
import json
import os
import queue
import sys
import threading
import time
import uuid


def log(*words):
    if not os.environ.get("EXECUTOR_QUIET"):
        print(time.strftime("%H:%M:%S"), "executor:", *words, file=sys.stderr, flush=True)


class Executor:
    def __init__(self):
        # A stand-alone agent also answers under /api/v1/executor; the agents of a
        # one-process cluster answer only under their own name, slave(N).
        self.agent = os.environ["MESOS_AGENT_ENDPOINT"]
        self.path = "/%s/api/v1/executor" % os.environ["MESOS_SLAVE_PID"].split("@")[0]
        self.who = {"framework_id": {"value": os.environ["MESOS_FRAMEWORK_ID"]},
                    "executor_id": {"value": os.environ["MESOS_EXECUTOR_ID"]}}
        self.headers = {"Content-Type": "application/json", "Accept": "application/json"}
        token = os.environ.get("MESOS_EXECUTOR_AUTHENTICATION_TOKEN")
        if token:
            self.headers["Authorization"] = "Bearer " + token
        self.checkpoint = os.environ.get("MESOS_CHECKPOINT") == "1"
        self.inbox = queue.Queue()
        self.unacknowledged = {}            # uuid -> update
        self.tasks = {}                     # task id -> task, until its first acknowledgement
        threading.Thread(target=self._listen, daemon=True).start()

    def _post(self, body):
        c = http.client.HTTPConnection(self.agent, timeout=10)
        try:
            c.request("POST", self.path, json.dumps({**self.who, **body}), self.headers)
            r = c.getresponse()
            if r.status != 202:
                log("refused:", r.status, r.read().decode())
        except (OSError, http.client.HTTPException) as e:
            log("not delivered:", e)        # goes out again with the next subscription
        finally:
            c.close()

    def _listen(self):
        gone_since = None
        while True:
            try:
                c = http.client.HTTPConnection(self.agent)
                c.request("POST", self.path, json.dumps({
                    **self.who, "type": "SUBSCRIBE", "subscribe": {
                        "unacknowledged_tasks": list(self.tasks.values()),
                        "unacknowledged_updates": list(self.unacknowledged.values())}}),
                    self.headers)
                r = c.getresponse()
                if r.status == 200:
                    gone_since = None
                    self._read(r)
                else:
                    log("SUBSCRIBE:", r.status, r.read().decode())
            except (OSError, http.client.HTTPException) as e:
                log("subscription:", repr(e))
            # Only a framework that checkpoints gives its executors time to come back.
            gone_since = gone_since or time.time()
            if not self.checkpoint or time.time() - gone_since > 900:
                log("the agent is gone")
                self.on_shutdown()
                os._exit(1)
            time.sleep(0.5)

    def _read(self, r):
        buffer = b""
        while True:
            head, newline, rest = buffer.partition(b"\n")
            if newline and len(rest) >= int(head):
                self.inbox.put(json.loads(rest[:int(head)]))
                buffer = rest[int(head):]
                continue
            piece = r.read1(65536)
            if not piece:
                return
            buffer += piece

    def event(self, timeout):
        """The next event, or None.  Acknowledgements are noted, SHUTDOWN exits."""
        try:
            e = self.inbox.get(timeout=timeout)
        except queue.Empty:
            return None
        if e["type"] != "HEARTBEAT":
            log("event", e["type"])
        if e["type"] == "ACKNOWLEDGED":
            self.unacknowledged.pop(e["acknowledged"]["uuid"], None)
            self.tasks.pop(e["acknowledged"]["task_id"]["value"], None)
        elif e["type"] == "LAUNCH":
            self.tasks[e["launch"]["task"]["task_id"]["value"]] = e["launch"]["task"]
        elif e["type"] == "SHUTDOWN":
            self.on_shutdown()
            os._exit(0)
        return e

    def on_shutdown(self):
        pass

    def first_task(self):
        while True:
            e = self.event(60)
            if e and e["type"] == "LAUNCH":
                return e["launch"]["task"]

    def update(self, task, state, **more):
        mark = base64.b64encode(uuid.uuid4().bytes).decode()
        log("update", state)
        body = {"status": {"task_id": task["task_id"], "executor_id": self.who["executor_id"],
                           "state": state, "source": "SOURCE_EXECUTOR",
                           "timestamp": time.time(), "uuid": mark, **more}}
        self.unacknowledged[mark] = body
        self._post({"type": "UPDATE", "update": body})
        return mark

    def end(self, task, state, **more):
        """The last update; exits when the agent has acknowledged it."""
        self.update(task, state, **more)
        limit = time.time() + 30
        while self.unacknowledged and time.time() < limit:
            self.event(0.2)
        os._exit(0)
