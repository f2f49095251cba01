"""Tells a running C++ part of the lab something over its control socket (control_socket.h)."""

import os
import socket
import tempfile

from topology import LabError

PATIENCE = 2.0  # seconds; it answers in microseconds


def tell(socket_path, line):
    """Sends one line; returns the answer without its "ok". LabError when it is refused or nobody answers."""
    with tempfile.TemporaryDirectory(prefix="lab-control-") as directory, \
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
        ours.bind(os.path.join(directory, "reply"))
        ours.settimeout(PATIENCE)
        try:
            ours.sendto(line.encode(), socket_path)
            word, _, rest = ours.recv(65536).decode().partition(" ")
        except OSError as error:
            raise LabError(f"{socket_path}: no answer to \"{line}\": {error}") from error
    if word != "ok":
        raise LabError(f"\"{line}\" refused: {rest}")
    return rest
