#!/usr/bin/env python3
"""A worker that speaks the supervisor's protocol, written apart from ours, for tests.

Its role is MODE/NAME; the mode says how it misbehaves:
  well          does everything right
  crash         says hello and ready, then dies of SIGSEGV
  quits         exits with status 7 before hello
  mute          never says hello
  deaf          never answers a ping
  stubborn      ignores stop and SIGTERM
  garbage       sends bytes that are no frame after ready
  zero          sends a frame of length 0 after ready
  latin         sends a frame that is not UTF-8 after ready
  liar          introduces itself as somebody else
  environ       reports its environment and its descriptors as its status
  counts        sends its role as its metrics; as the hub, reports the metrics it gets as its status
  notes         leaves a note with one more "x" than the one that it was given, and dies while it has less than three
  hoards        leaves a longer note than the supervisor keeps
  ends          says that all is done, with exit status 4, when it is asked to stop, and ends
  dallies       the same if it was given a note; otherwise it leaves one when it is asked to stop, and hangs
  finishes      says after ready that all is done, with exit status 3, and ends
  visits        asks for a channel to hosts/two and to nobody, and reports what comes of it as its status
  pushes        asks for a thousand channels to hosts/two before it reads an answer
  hosts         tells a visitor its role
  chatter       tells the data peer its role and reports what it gets as its status
"""
import array
import base64
import json
import os
import signal
import socket
import struct
import sys
import time

role = sys.argv[-1]
mode = role.split("/")[0]
control = socket.socket(fileno=3)
control.setblocking(True)
passed = []


def send(to, **message):
    body = json.dumps(message).encode()
    to.sendall(struct.pack(">I", len(body)) + body)


def exactly(source, count):
    data = b""
    while len(data) < count:
        piece, ancillary, _, _ = source.recvmsg(count - len(data), socket.CMSG_SPACE(16))
        for level, kind, content in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                fds = array.array("i")
                fds.frombytes(content[:len(content) - len(content) % fds.itemsize])
                passed.extend(fds)
        if not piece:
            sys.exit(0)
        data += piece
    return data


def receive(source):
    (length,) = struct.unpack(">I", exactly(source, 4))
    return json.loads(exactly(source, length))


if mode == "quits":
    sys.exit(7)
if mode == "mute":
    time.sleep(3600)
if mode == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
send(control, type="hello", role="somebody" if mode == "liar" else role, pid=os.getpid(), version=1)
settings = receive(control)["settings"]
send(control, type="ready")
if mode == "environ":
    send(control, type="status", text=json.dumps({
        "environ": sorted(os.environ), "fds": sorted(int(n) for n in os.listdir("/proc/self/fd"))[:-1],
        "session": os.getsid(0) == os.getpid(), "settings": settings, "argv": sys.argv,
        "status": [l.split("\t")[1].strip() for l in open("/proc/self/status") if l.startswith(("NoNewPrivs", "SigBlk", "SigIgn"))],
        "core": __import__("resource").getrlimit(4)}))
heard = {}
if mode == "counts":
    send(control, type="metrics", snapshot=base64.b64encode(role.encode()).decode())
if mode == "notes":
    note = base64.b64decode(settings.get("note") or "") + b"x"
    send(control, type="status", text="noted " + note.decode())
    send(control, type="note", note=base64.b64encode(note).decode())
    if len(note) < 3:
        os.kill(os.getpid(), signal.SIGKILL)
if mode == "hoards":
    send(control, type="note", note=base64.b64encode(b"x" * 1048577).decode())
if mode == "visits":
    send(control, type="visit", id=1, role="hosts/two")
if mode == "pushes":
    for number in range(1000):
        send(control, type="visit", id=number, role="hosts/two")
    send(control, type="status", text="pushed")
if mode == "crash":
    os.kill(os.getpid(), signal.SIGSEGV)
if mode == "garbage":
    control.sendall(b"GET / HTTP/1.1\r\n\r\n")
if mode == "zero":
    control.sendall(b"\0\0\0\0")
if mode == "finishes":
    send(control, type="status", text="about to finish")
    send(control, type="done", exitCode=3)
    sys.exit(0)
if mode == "latin":
    control.sendall(struct.pack(">I", 9) + b'{"a":"\xe4"')
while True:
    message = receive(control)
    if message["type"] == "ping" and mode != "deaf":
        send(control, type="pong")
    elif message["type"] == "metrics" and mode == "counts":
        report = message["report"]
        heard[report["role"]] = base64.b64decode(report["snapshot"]).decode()
        send(control, type="status", text=" ".join("%s=%s" % pair for pair in sorted(heard.items())))
    elif message["type"] == "visited":
        host = socket.socket(fileno=passed.pop(0))
        host.setblocking(True)
        if mode == "visits":
            heard["host"] = receive(host)["role"]
            send(control, type="visit", id=2, role="")
    elif message["type"] == "unvisited" and mode == "visits" and message["id"] == 1:
        time.sleep(0.01)  # it has not started yet
        send(control, type="visit", id=1, role="hosts/two")
    elif message["type"] == "unvisited" and mode == "visits":
        send(control, type="status", text="met %s of %s" % (heard.get("host"), " ".join(sorted(message["roles"]))))
    elif message["type"] == "visitor":
        guest = socket.socket(fileno=passed.pop(0))
        guest.setblocking(True)
        try:
            send(guest, type="greeting", role=role + " to " + message["role"])
        except OSError:
            pass
    elif message["type"] == "peer":
        peer = socket.socket(fileno=passed.pop(0))
        peer.setblocking(True)
        if mode == "chatter":
            send(peer, type="greeting", role=role)
            send(control, type="status", text="%s hears %s" % (role, receive(peer)["role"]))
        else:
            passed_away = peer  # kept open
    elif message["type"] == "stop" and mode == "dallies" and not settings.get("note"):
        send(control, type="note", note=base64.b64encode(b"asked").decode())
        send(control, type="status", text="dallies")
        time.sleep(3600)
    elif message["type"] == "stop" and mode in ("ends", "dallies"):
        send(control, type="done", exitCode=4)
        sys.exit(0)
    elif message["type"] == "stop" and mode != "stubborn":
        sys.exit(0)
