"""Many sockets at once."""

import contextlib
import resource
import socket


def raise_file_limit():
    """@return how many files this process may open"""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def client_hello(size=517):
    """The beginning of a TLS record that says a ClientHello of this size comes, and its first bytes."""
    body = b"\x01" + (size - 4).to_bytes(3, "big") + b"\x03\x03" + bytes(range(32))
    return b"\x16\x03\x01" + size.to_bytes(2, "big") + body


@contextlib.contextmanager
def half_open(port, count, first_bytes):
    """Connections that sent some bytes and wait; those that the server refuses do not count as an error."""
    sockets = []
    try:
        for number in range(count):
            sock = socket.socket()
            sockets.append(sock)
            sock.settimeout(2)
            sock.bind((f"127.0.{1 + number // 20000}.1", 0))
            with contextlib.suppress(OSError):
                sock.connect(("127.0.0.1", port))
                sock.sendall(first_bytes)
        yield sockets
    finally:
        for sock in sockets:
            sock.close()


def still_open(sockets):
    count = 0
    for sock in sockets:
        sock.setblocking(False)
        try:
            if sock.recv(4096) == b"":
                continue
        except BlockingIOError:
            pass
        except OSError:
            continue
        count += 1
    return count
