"""A device on GnuTLS, through its library: gnutls-cli sends lines of text only."""

import ctypes
import socket

CLIENT, CRT_CREDENTIALS, FORMAT_PEM, NAME_DNS, UPDATE_PEER = 2, 1, 1, 1, 1
_AGAIN = (-28, -52)  # would block, interrupted


class GnutlsError(OSError):
    pass


class GnutlsSocket:
    def __init__(self, server, identity, priority):
        self._library = ctypes.CDLL("libgnutls.so.30")
        self._library.gnutls_record_send.restype = ctypes.c_ssize_t
        self._library.gnutls_record_recv.restype = ctypes.c_ssize_t
        self._credentials, self._session = ctypes.c_void_p(), ctypes.c_void_p()
        self._call("gnutls_certificate_allocate_credentials", ctypes.byref(self._credentials))
        self._call("gnutls_certificate_set_x509_trust_file", self._credentials, str(server.chain).encode(), FORMAT_PEM)
        self._call("gnutls_certificate_set_x509_key_file", self._credentials, str(identity.cert).encode(),
                   str(identity.key).encode(), FORMAT_PEM)
        self._call("gnutls_init", ctypes.byref(self._session), CLIENT)
        self._call("gnutls_priority_set_direct", self._session, priority.encode(), None)
        self._call("gnutls_credentials_set", self._session, CRT_CREDENTIALS, self._credentials)
        self._call("gnutls_server_name_set", self._session, NAME_DNS, b"localhost", ctypes.c_size_t(9))
        self._library.gnutls_session_set_verify_cert(self._session, b"localhost", 0)
        self.socket = socket.create_connection(("127.0.0.1", server.mqtts_port))
        self._library.gnutls_transport_set_int2(self._session, self.socket.fileno(), self.socket.fileno())
        self._call("gnutls_handshake", self._session)

    def _call(self, name, *arguments):
        while True:
            result = getattr(self._library, name)(*arguments)
            if result in _AGAIN:
                continue
            if result < 0:
                self._library.gnutls_strerror.restype = ctypes.c_char_p
                raise GnutlsError(f"{name}: {self._library.gnutls_strerror(result).decode()}")
            return result

    def send(self, data):
        assert self._call("gnutls_record_send", self._session, data, ctypes.c_size_t(len(data))) == len(data)

    def receive(self, size):
        """Exactly so many bytes."""
        data = b""
        while len(data) < size:
            room = ctypes.create_string_buffer(size - len(data))
            got = self._call("gnutls_record_recv", self._session, room, ctypes.c_size_t(len(room)))
            assert got > 0, "the server ended the connection"
            data += room.raw[:got]
        return data

    def update_keys(self):
        """Own keys, and ask the peer to change its own."""
        self._call("gnutls_session_key_update", self._session, UPDATE_PEER)

    def close(self):
        """close_notify both ways."""
        self._call("gnutls_bye", self._session, 0)
        self._library.gnutls_deinit(self._session)
        self._library.gnutls_certificate_free_credentials(self._credentials)
        self.socket.close()
