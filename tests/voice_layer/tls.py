"""SIP over mutual TLS for the tests' callers and switches, and the certificates for it."""

import os
import select
import socket
import ssl
import subprocess
import threading

from sip import Message


class Authority:
    """A certificate authority in a directory: ca.pem, and NAME.pem and NAME.key for each name asked for."""

    def __init__(self, directory):
        self._directory = directory
        os.makedirs(directory)
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                      "-subj", "/CN=authority", "-keyout", self.path("ca.key"), "-out", self.path("ca.pem"))

    def path(self, name):
        return os.path.join(self._directory, name)

    def issue(self, name, days=2):
        """A certificate with NAME as its common name and its one DNS name."""
        self._openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                      f"/CN={name}", "-keyout", self.path(name + ".key"), "-out", self.path(name + ".csr"))
        with open(self.path("ext"), "w", encoding="ascii") as file:
            file.write(f"subjectAltName=DNS:{name}\n")
        self._openssl("x509", "-req", "-in", self.path(name + ".csr"), "-CA", self.path("ca.pem"), "-CAkey",
                      self.path("ca.key"), "-CAcreateserial", "-days", str(days), "-extfile", self.path("ext"),
                      "-out", self.path(name + ".pem"))
        return name

    def context(self, name, server=False, trusts=None):
        """Shows the certificate of NAME (None: shows none) and asks the other side for one of `trusts`' or ours."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations((trusts or self).path("ca.pem"))
        if name:
            context.load_cert_chain(self.path(name + ".pem"), self.path(name + ".key"))
        return context

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)


class _Connection:
    """One TLS connection that cuts the stream into messages. OpenSSL lets one thread at a time into a connection, to
    read or to write: hence the lock, and a socket that never blocks."""

    def __init__(self, connection, receive):
        self._connection = connection
        self._connection.setblocking(False)
        self._receive = receive
        self._lock = threading.Lock()
        self._open = True
        self.ended = threading.Event()  # the other side closed it
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def send(self, text):
        """Raises OSError when the other side has closed it, or takes nothing more."""
        with self._lock:
            self._connection.sendall(text.encode())

    def _read(self):
        """Some bytes; none when the connection is at its end."""
        while self._open:
            if not select.select([self._connection], [], [], 0.1)[0]:
                continue
            try:
                with self._lock:
                    return self._connection.recv(65536)
            except ssl.SSLWantReadError:
                continue
            except OSError:
                return b""
        return b""

    def _run(self):
        data = b""
        while more := self._read():
            data += more
            while b"\r\n\r\n" in data.lstrip(b"\r\n"):
                data = data.lstrip(b"\r\n")
                head, _, rest = data.partition(b"\r\n\r\n")
                length = int(Message(head.decode() + "\r\n\r\n").header("Content-Length") or 0)
                if len(rest) < length:
                    break
                data = rest[length:]
                self._receive(Message((head + b"\r\n\r\n" + rest[:length]).decode()), self)
        self.ended.set()

    def close(self):
        self._open = False
        self._thread.join()
        self._connection.close()


def server(context):
    """Transport of a Switch: accepts TLS connections."""

    class Server:
        PROTOCOL = "TLS"

        def __init__(self, address, port, receive):
            self._listener = socket.create_server((address, port))
            self.at = self._listener.getsockname()
            self._receive = receive
            self._open = True
            self._connections = []
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

        def _run(self):
            while self._open:
                if not select.select([self._listener], [], [], 0.1)[0]:
                    continue
                # A handshake that hangs must not keep the others waiting.
                threading.Thread(target=self._shake_hands, args=(self._listener.accept()[0],), daemon=True).start()

        def _shake_hands(self, plain):
            try:
                connection = context.wrap_socket(plain, server_side=True)
            except OSError:
                return  # the other side did not like us, or we not it
            self._connections.append(_Connection(connection, self._receive))

        def send(self, text, to):
            try:
                to.send(text)
            except OSError:
                pass  # the other side has gone: it hears nothing

        def close(self):
            self._open = False
            self._thread.join()
            self._listener.close()
            for connection in self._connections:
                connection.close()

    return Server


def client(context, to):
    """Transport of a Caller: one TLS connection to `to` (address, port). Raises OSError when it is refused."""

    class Client:
        PROTOCOL = "TLS"

        def __init__(self, address, port, receive):
            plain = socket.create_connection(to, timeout=2.0, source_address=(address, port))
            self._socket = context.wrap_socket(plain)
            self.at = self._socket.getsockname()
            self._connection = _Connection(self._socket, receive)
            self.ended = self._connection.ended

        def send(self, text, _to):
            self._connection.send(text)

        def close(self):
            self._connection.close()

    return Client
