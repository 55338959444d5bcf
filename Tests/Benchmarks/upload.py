#!/usr/bin/env python3
"""One log of so many GB (10, or the second argument) from an agent into a store: the uploader's most memory, and how fast
it is beside curl, which copies the same bytes from the same agent into the same store in the same run. Then four cases with
two logs of 300 MB each at once, into a store that takes them slowly: the most memory there is to be.

Agent, master and store are processes of this script, so that what they hold is not counted: the store takes what comes
and keeps nothing, as no real one does 10 GB in memory. Takes the folder of the Mesos kit, and does not need it.
"""
import json
import multiprocessing
import re
import socketserver
import subprocess
import sys
import time
import urllib.parse

import bench

CASES = 4
EACH = 300 << 20
SIZE = int(float(sys.argv[2] if len(sys.argv) > 2 else 10) * (1 << 30))
BLOCK = (b"%-62s\r\n" % b"a line of a log that nobody will ever read to its end") * (1 << 14)


class Handler(socketserver.StreamRequestHandler):
    """As little as it takes: what is measured shares the processors with it."""
    disable_nagle_algorithm = True

    def handle(self):
        while True:
            line = self.rfile.readline()
            if not line:
                return
            method, target = line.decode().split()[:2]
            headers = {}
            while (field := self.rfile.readline().strip()):
                name, _, value = field.decode().partition(":")
                headers[name.lower()] = value.strip()
            self.answer(method, target, headers)

    def reply(self, body=b"", *fields, length=None):
        head = ["HTTP/1.1 200 OK", "Content-Length: %d" % (len(body) if length is None else length), *fields]
        self.wfile.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)


class Agent(Handler):
    def answer(self, method, target, headers):
        path, _, query = target.partition("?")
        query = urllib.parse.parse_qs(query)
        log = query.get("path", [""])[0]
        size = EACH if "/executors/many" in log else SIZE if log.endswith("stdout") else 0
        if path == "/flags":
            self.reply(b'{"flags":{"work_dir":"/mesos"}}')
        elif path == "/files/read":
            offset = int(query["offset"][0])
            self.reply(json.dumps({"data": "", "offset": size if offset < 0 else offset}).encode())
        else:
            self.reply(length=size)
            left = size
            while left:
                piece = memoryview(BLOCK)[:min(left, len(BLOCK))]
                self.connection.sendall(piece)
                left -= len(piece)


class Store(Handler):
    rbufsize = 1 << 20
    pause = 0

    def answer(self, method, target, headers):
        if headers.get("expect"):
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        left = int(headers.get("content-length", 0))
        chunked = "chunked" in headers.get("transfer-encoding", "")
        while left or chunked:
            if chunked and not left:
                left = int(self.rfile.readline() or b"0", 16)
                if not left:
                    self.rfile.readline()
                    break
            left -= len(self.rfile.read(min(left, 1 << 20)))
            time.sleep(self.pause)
            if chunked and not left:
                self.rfile.readline()
        if method == "POST" and target.endswith("?uploads"):
            self.reply(b"<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>")
        elif method == "POST":
            self.reply(b"<CompleteMultipartUploadResult></CompleteMultipartUploadResult>")
        else:
            self.reply(b"", 'ETag: "x"')


class SlowStore(Store):
    """20 MB/s for each connection."""
    pause = 0.05


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


def serve(handler, pipe):
    server = Server(("127.0.0.1", 0), handler)
    pipe.send(server.server_address[1])
    server.serve_forever()


def start(handler):
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=[handler, theirs], daemon=True)
    process.start()
    return process, ours.recv()


agent, agent_port = start(Agent)
store, store_port = start(Store)
source = "http://127.0.0.1:%d/files/download?path=/stdout" % agent_port
target = "http://127.0.0.1:%d/logs/copy" % store_port
began = time.monotonic()
subprocess.run("curl -sS '%s' | curl -sS -T - '%s'" % (source, target), shell=True, check=True)
curl = time.monotonic() - began

def failed(name, agent_port):
    status = {"state": "TASK_FAILED", "timestamp": time.time(), "container_status": {"container_id": {"value": "c"}}}
    return {"id": name, "name": name, "framework_id": "F", "executor_id": "", "slave_id": "S%d" % agent_port,
            "state": "TASK_FAILED", "statuses": [status]}


def state(agent_ports, tasks):
    return json.dumps({
        "version": "1.11.0", "pid": "master@127.0.0.1:1", "leader": "master@127.0.0.1:1", "completed_frameworks": [],
        "slaves": [{"id": "S%d" % port, "hostname": "127.0.0.1", "port": port, "pid": "slave(1)@127.0.0.1:%d" % port}
                   for port in agent_ports],
        "frameworks": [{"id": "F", "name": "f", "tasks": [], "unreachable_tasks": [], "completed_tasks": tasks}]}).encode()


def save(names, agent_ports, store_port):
    """Seconds and CPU seconds until those logs are saved, and the uploader's memory before and at the most."""
    documents = {"/master/state": state(agent_ports, []), "/master/health": b""}
    master = bench.FakeMaster(documents)
    flags = ["-detect", "poll", "-poll-interval", "200ms", "-uploader", "s3aws", "-s3aws.access_key", "AKIAEXAMPLE",
             "-s3aws.secret_key", "example-secret", "-s3aws.region", "us-east-1", "-s3aws.bucket", "logs",
             "-s3aws.endpoint", "http://127.0.0.1:%d" % store_port, "-s3aws.path_style=true", "-logs.max-bytes",
             str(SIZE + EACH), "-upload.patience", "10h", "-file.format", "{{ .failure.LogsError }}|{{ .stdoutURL }}{{ .nl }}"]
    with bench.Complainer(master.url, *flags) as complainer:
        time.sleep(1)
        # The failures come with a later snapshot of a master that is polled.
        documents["/master/state"] = state(agent_ports, [failed(*pair) for pair in zip(names, agent_ports)])
        worker = complainer.worker("uploader")
        quiet = bench.memory(worker, "VmHWM")
        began = time.monotonic()
        bench.wait("the reports", lambda: len(bench.lines(complainer.report)) == len(names), limit=3600, every=0.05)
        took = time.monotonic() - began
        for line in open(complainer.report):
            if not re.match(r"\|http://127", line):
                sys.exit("a log was not saved: " + line)
        return took, bench.cpu(worker), quiet, bench.memory(worker, "VmHWM")


took, used, quiet, memory = save(["big"], [agent_port], store_port)
print("a log of %.1f GB into a store: %.0f s, %.0f MB/s, %.1f times as long as curl (%.0f s); %.1f s of CPU"
      % (SIZE / 1e9, took, SIZE / 1e6 / took, took / curl, curl, used))
print("most memory of the uploader: %.1f MB (budget 64), %.1f MB before" % (memory, quiet))
agents = [start(Agent) for _ in range(CASES)]
slow, slow_port = start(SlowStore)
took, used, quiet, memory = save(["many%d" % number for number in range(CASES)], [port for _, port in agents], slow_port)
print("%d logs of %.0f MB each at once into a slow store: %.0f s; most memory of the uploader: %.1f MB (budget 160), "
      "%.1f MB before" % (2 * CASES, EACH / 1e6, took, memory, quiet))
for process, _ in agents + [(agent, 0), (store, 0), (slow, 0)]:
    process.terminate()
