#!/usr/bin/python3
"""A resolver that answers every query with SERVFAIL (RFC 1035 section 4.1.1): servfail.py IP PORT."""

import socket
import sys

HEADER_BYTES = 12
RESPONSE, RECURSION_AVAILABLE_SERVFAIL = 0x80, 0x82


def main(ip, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as resolver:
        resolver.bind((ip, int(port)))
        while True:
            query, asker = resolver.recvfrom(4096)
            if len(query) >= HEADER_BYTES and not query[2] & RESPONSE:
                resolver.sendto(query[:2] + bytes((query[2] | RESPONSE, RECURSION_AVAILABLE_SERVFAIL))
                                + query[4:6] + bytes(6) + query[HEADER_BYTES:], asker)


if __name__ == "__main__":
    main(*sys.argv[1:])
