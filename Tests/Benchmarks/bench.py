"""What the benchmarks share: complainer as a child, its workers in /proc, quantiles, a master made of canned answers."""
import http.server
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TICK = os.sysconf("SC_CLK_TCK")


def binary():
    path = os.environ.get("COMPLAINER_BINARY", os.path.join(ROOT, ".build/release/complainer"))
    if not os.path.exists(path):
        sys.exit("no %s: run Tests/Benchmarks/run, or set COMPLAINER_BINARY" % path)
    return path


def quantile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(q * len(values)))]


class Complainer:
    """Runs until the `with` block ends; READY=1 has been seen when it begins."""

    def __init__(self, master, *flags):
        self.folder = tempfile.TemporaryDirectory(prefix="complainer-bench-")
        self.report = os.path.join(self.folder.name, "reports")
        self.log = os.path.join(self.folder.name, "log")
        self.arguments = [binary(), "-masters", master, "-uploader", "noop", "-reporters", "file",
                          "-file.name", self.report, "-file.format", "{{ .failure.ID }}{{ .nl }}",
                          "-state", os.path.join(self.folder.name, "state"), "-log-level", "warning", *flags]

    def __enter__(self):
        notify = os.path.join(self.folder.name, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.bind(notify)
            s.settimeout(60)
            self.process = subprocess.Popen(self.arguments, env={**os.environ, "NOTIFY_SOCKET": notify},
                                            stderr=open(self.log, "wb"))
            while b"READY=1" not in s.recv(65536):
                pass
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
        self.folder.cleanup()

    def worker(self, role):
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/stat" % pid) as f:
                    parent = int(f.read().rpartition(")")[2].split()[1])
                with open("/proc/%s/cmdline" % pid, "rb") as f:
                    words = f.read().split(b"\0")
            except OSError:
                continue
            if parent == self.process.pid and role.encode() in words:
                return int(pid)
        raise SystemExit("no worker %s; see its log:\n%s" % (role, open(self.log).read()))


def cpu(pid):
    """CPU seconds that a process has used."""
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory(pid, field):
    """VmHWM (most ever) or VmRSS (now), in MB."""
    with open("/proc/%d/status" % pid) as f:
        for line in f:
            if line.startswith(field + ":"):
                return int(line.split()[1]) / 1024


class FakeMaster:
    """Serves documents by path; a document is bytes, or a function that writes to the socket file."""

    def __init__(self, documents):
        self.hits = {}
        master = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = self.path.split("?")[0]
                master.hits[path] = master.hits.get(path, 0) + 1
                document = documents.get(path)
                if callable(document):
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Connection", "close")
                    self.end_headers()
                    self.close_connection = True
                    document(self.wfile)
                    return
                self.send_response(200 if document is not None else 404)
                self.send_header("Content-Length", str(len(document or b"")))
                self.end_headers()
                self.wfile.write(document or b"")

            def do_GET(self):
                try:
                    self.answer()
                except ConnectionError:
                    self.close_connection = True  # it went away, or subscribed anew

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def lines(path):
    try:
        with open(path, "rb") as f:
            return f.read().split()
    except FileNotFoundError:
        return []


def wait(what, condition, limit=120, every=0.01):
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            sys.exit("waited %d s for %s" % (limit, what))
        time.sleep(every)
