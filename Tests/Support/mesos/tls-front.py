#!/usr/bin/env python3
"""tls-front.py PORT TARGET CERT KEY: https on 127.0.0.1:PORT for a Mesos agent on 127.0.0.1:TARGET that has none.

Whoever speaks plainly is let through as it is, as an agent with LIBPROCESS_SSL_SUPPORT_DOWNGRADE does it: the kit's master
and executors know no TLS.
"""
import socket
import ssl
import sys
import threading

port, target, certificate, key = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)


def copy(source, sink):
    try:
        while (data := source.recv(1 << 16)):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def serve(client):
    try:
        # The first byte of a TLS record of the handshake.
        if client.recv(1, socket.MSG_PEEK) == b"\x16":
            client = context.wrap_socket(client, server_side=True)
        server = socket.create_connection(("127.0.0.1", target))
    except OSError as error:
        print(error, file=sys.stderr, flush=True)
        client.close()
        return
    back = threading.Thread(target=copy, args=(server, client), daemon=True)
    back.start()
    copy(client, server)
    back.join()
    client.close()
    server.close()


listener = socket.create_server(("127.0.0.1", port), backlog=64)
print("ready", flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
