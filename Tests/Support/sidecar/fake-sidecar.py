#!/usr/bin/env python3
"""A Sidecar for tests: fake-sidecar.py FOLDER

It listens on a free port of 127.0.0.1 and writes its number to FOLDER/port. GET /state.json
tells of one container on the host h: FOLDER/status holds its status (0 alive … 4 draining)
and its id; without the file the answer is 404. POST /api/services/ID/drain is accepted, and noted in FOLDER/drained.
"""
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

folder = sys.argv[1]


class Handler(BaseHTTPRequestHandler):
    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        try:
            with open(os.path.join(folder, "status")) as f:
                status, container = f.read().split()
        except (OSError, ValueError):
            return self.answer(404)
        service = {"ID": container, "Name": "web", "Hostname": "h", "Status": int(status)}
        self.answer(200, json.dumps({"Servers": {"h": {"Services": {container: service}}}}).encode())

    def do_POST(self):
        with open(os.path.join(folder, "drained"), "a") as f:
            f.write(self.path + "\n")
        self.answer(202)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(os.path.join(folder, "port.new"), "w") as f:
    f.write(str(server.server_port))
os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
server.serve_forever()
