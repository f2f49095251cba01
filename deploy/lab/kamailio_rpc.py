"""Asks a Kamailio something over its JSON-RPC datagram socket."""

import json
import os
import socket
import tempfile

from topology import LabError

PATIENCE = 2.0  # seconds; it answers in microseconds


def call(socket_path, method, *params):
    """The result of one JSON-RPC; LabError when it refuses or does not answer."""
    with tempfile.TemporaryDirectory(prefix="lab-rpc-") as directory, \
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
        ours.bind(os.path.join(directory, "reply"))  # it answers to an address, so we need one
        os.chmod(os.path.join(directory, "reply"), 0o777)
        ours.settimeout(PATIENCE)
        request = {"jsonrpc": "2.0", "method": method, "params": list(params), "id": 1}
        try:
            ours.sendto(json.dumps(request).encode(), socket_path)
            reply = json.loads(ours.recv(65536))
        except (OSError, ValueError) as error:
            raise LabError(f"{socket_path}: no answer to {method} {params}: {error}") from error
    if "error" in reply:
        raise LabError(f"{socket_path}: {method} {params} refused: {reply['error'].get('message')}")
    return reply.get("result")
