"""A TCP proxy between a client and the server that cuts, joins and damages what passes."""

import contextlib
import socket
import threading
import time


def whole(data):
    return [data]


def bytewise(data):
    return [data[at:at + 1] for at in range(len(data))]


def cut_at(position):
    """Each piece of the stream is cut once, at the position."""
    return lambda data: [piece for piece in (data[:position], data[position:]) if piece]


class Proxy:
    """to_server and to_client take the bytes of one read and return the pieces to send on; `gather` waits for more
    bytes first, so that records are joined."""

    def __init__(self, port, to_server=whole, to_client=whole, gather=0.0):
        self._target, self._gather = port, gather
        self.to_server, self.to_client = to_server, to_client
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._sockets = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                server = socket.create_connection(("127.0.0.1", self._target))
                for sock in (client, server):
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._sockets.append(sock)
                for source, sink, name in ((client, server, "to_server"), (server, client, "to_client")):
                    threading.Thread(target=self._pump, args=(source, sink, name), daemon=True).start()

    def _pump(self, source, sink, name):
        with contextlib.suppress(OSError):
            while True:
                data = source.recv(65536)
                if not data:
                    break
                if self._gather:
                    time.sleep(self._gather)
                    data += self._more(source)
                for piece in getattr(self, name)(data):
                    sink.sendall(piece)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    @staticmethod
    def _more(source):
        with contextlib.suppress(BlockingIOError):
            return source.recv(65536, socket.MSG_DONTWAIT)
        return b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for sock in self._sockets:
            sock.close()
