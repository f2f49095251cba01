#!/usr/bin/python3
"""The callers' audio: phone.py CALL-LOG IP PORT AUDIO-LOG.

Follows the log of caller.xml. While a call talks it sends the other side a packet of RTP every INTERVAL (not every
20 ms: the machine is shared by two voice layers and their callers) and counts what comes back: the other side echoes.
When the call is over it writes one line: `M CALL-NUMBER SECONDS MICROSECONDS SENT RECEIVED`.
"""

import os
import re
import select
import socket
import struct
import sys
import time

INTERVAL = 0.2        # seconds between two packets of a call
ECHO_PATIENCE = 0.6   # seconds after the end of a call in which echoes still count
POLL = 0.02           # seconds between two looks at the log
RTP_VERSION_2, PCMA = 0x80, 8  # RFC 3550 section 5.1, RFC 3551 section 6


class Talk:
    """The audio of one call."""

    def __init__(self, other_side, now):
        self.other_side = other_side
        self.sent = self.received = 0
        self.next = now
        self.ends = None  # when it is reported; None: it still talks


class Phone:
    """All talks of one caller, over one socket: RTP's SSRC is the call's number."""

    def __init__(self, log_path, address, audio_path):
        self._log_path = log_path
        self._position = 0
        self._talks = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.setblocking(False)
        self._audio = open(audio_path, "w", encoding="ascii", buffering=1)

    def run(self):
        """For ever; whoever started it ends it."""
        look = 0.0
        while True:
            select.select([self._socket], [], [], POLL)
            now = time.monotonic()
            self._receive()
            if now < look:
                continue
            look = now + POLL
            self._read_log(now)
            self._send(now)

    def _read_log(self, now):
        try:
            with open(self._log_path, "rb") as file:
                file.seek(self._position)
                text = file.read()
        except FileNotFoundError:
            return
        whole = text.rfind(b"\n") + 1
        self._position += whole
        for line in text[:whole].decode("ascii", "replace").splitlines():
            words = line.split()
            if len(words) < 4 or not words[1].isdigit():
                continue
            number = int(words[1])
            if words[0] == "A":
                found = re.search(r"audio=([0-9.]+):([0-9]+)", line)
                if found:
                    self._talks[number] = Talk((found.group(1), int(found.group(2))), now)
            elif words[0] in "EB" and number in self._talks:
                self._talks[number].ends = now + ECHO_PATIENCE

    def _send(self, now):
        for number, talk in list(self._talks.items()):
            if talk.ends is None and now >= talk.next:
                talk.next += INTERVAL
                packet = struct.pack("!BBHII", RTP_VERSION_2, PCMA, talk.sent & 0xFFFF, talk.sent * 1600, number)
                try:
                    self._socket.sendto(packet + bytes(160), talk.other_side)
                    talk.sent += 1
                except OSError:
                    talk.sent += 1  # a socket that hears of an unreachable port says so at the next send
            elif talk.ends is not None and now >= talk.ends:
                del self._talks[number]
                seconds, fraction = divmod(time.time(), 1)
                self._audio.write(f"M {number} {seconds:.0f} {fraction * 1e6:06.0f} {talk.sent} {talk.received}\n")

    def _receive(self):
        while True:
            try:
                packet = self._socket.recv(2048)
            except (BlockingIOError, ConnectionRefusedError):
                return
            if len(packet) >= 12:
                talk = self._talks.get(struct.unpack_from("!I", packet, 8)[0])
                if talk is not None:
                    talk.received += 1


if __name__ == "__main__":
    log, ip, port, audio = sys.argv[1:]
    os.nice(1)  # calls come before their audio
    Phone(log, (ip, int(port)), audio).run()
