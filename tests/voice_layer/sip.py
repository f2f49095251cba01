"""A SIP caller and a SIP switch for tests: each says exactly what a test tells it, and when. What they need
of RFC 3261 and no more; SIPp (sipp_test.py) is the second opinion."""

import itertools
import select
import socket
import threading
import time

SDP = ("v=0\r\no=test 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
       "m=audio 6000 RTP/AVP 8\r\n")
_COPIED = ("via", "from", "to", "call-id", "cseq", "record-route")
_serial = itertools.count(1)


class Message:
    """A SIP message: `start` line, `headers` as (name, value), `body`."""

    def __init__(self, text):
        head, _, self.body = text.partition("\r\n\r\n")
        self.start, *lines = head.split("\r\n")
        self.headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        words = self.start.split(" ")
        self.is_reply = words[0] == "SIP/2.0"
        self.status = int(words[1]) if self.is_reply else 0
        self.method = self.header("CSeq").split(" ")[-1] if self.is_reply else words[0]
        self.uri = "" if self.is_reply else words[1]
        self.time = time.monotonic()

    def all(self, name):
        """Values of a header, one for each that stands between commas or lines (routes, Vias)."""
        values = [value for header, value in self.headers if header.lower() == name.lower()]
        return [part.strip() for value in values for part in value.split(",")]

    def header(self, name):
        """The first line of a header, whole; empty when there is none."""
        return next((value for header, value in self.headers if header.lower() == name.lower()), "")

    @property
    def branch(self):
        return self.all("Via")[0].partition("branch=")[2].partition(";")[0]

    @property
    def user(self):
        """What is dialled: the request URI without its scheme and host."""
        return self.uri.partition(":")[2].partition("@")[0]


def _write(start, headers, body=""):
    lines = [start, *(f"{name}: {value}" for name, value in headers), f"Content-Length: {len(body)}"]
    return "\r\n".join(lines) + "\r\n\r\n" + body


def wait_for(fact, seconds=2.0):
    """Waits until `fact()` holds, so long at most; the test then looks itself."""
    end = time.monotonic() + seconds
    while not fact() and time.monotonic() < end:
        time.sleep(0.01)


class UdpSocket:
    """A UDP socket with a thread that hands every message to `receive`, with where it came from."""

    PROTOCOL = "UDP"

    def __init__(self, address, port, receive):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.bind((address, port))
        self.at = self._socket.getsockname()
        self._receive = receive
        self._open = True
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def send(self, text, to):
        if self._open:
            self._socket.sendto(text.encode(), to)

    def _run(self):
        while self._open:
            if not select.select([self._socket], [], [], 0.1)[0]:
                continue
            data, source = self._socket.recvfrom(65535)
            if data.strip():
                self._receive(Message(data.decode()), source)

    def close(self):
        self._open = False
        self._thread.join()
        self._socket.close()


class Switch:
    """Who is called: a hub, a PBX, a carrier's trunk. `behaviour` is one of
         answer       100, 180, 200                      silent    nothing at all
         trying       100 and no more                    rings     100, 180, no answer
         ("slow", s)  100, and after s seconds 180, 200  a number  100 and that status
         ("late", n)  180, then the status n             repeats   100 each second, and no more
         ("deaf", s, n)  100, and after s seconds the status n, whatever is asked of it meanwhile
    `calls` holds each INVITE once."""

    def __init__(self, name, address, port=5060, transport=UdpSocket):
        self.name = name
        self.behaviour = "answer"
        self.calls = []
        self.cancelled = []  # Call-IDs
        self.requests = []  # all others
        self.replies = []  # to requests of its own
        self.slow_requests = 0.0  # seconds before it answers a request in a call
        self._last = {}  # branch -> replies sent, the last one last
        self._lock = threading.Lock()
        self._socket = transport(address, port, self._receive)

    def _receive(self, message, source):
        with self._lock:
            if message.is_reply:
                self.replies.append(message)
            elif message.method == "INVITE":
                self._invited(message, source)
            else:
                self.requests.append(message)
                if message.method == "CANCEL":
                    self.cancelled.append(message.header("Call-ID"))
                    self._reply(message, source, 200)
                    invite = next((call for call in self.calls if call.branch == message.branch), None)
                    if invite and self.behaviour != "silent":
                        self._reply(invite, source, 487)
                elif message.method != "ACK":
                    self._later(self.slow_requests, message, source, 200)

    def _invited(self, invite, source):
        if invite.branch in self._last or any(known.branch == invite.branch for known in self.calls):
            for text in self._last.get(invite.branch, [])[-1:]:
                self._socket.send(text, source)
            return
        self.calls.append(invite)
        what = self.behaviour
        if what == "silent":
            return
        self._reply(invite, source, 100)
        if what in ("answer", "rings"):
            self._reply(invite, source, 180)
        elif what == "repeats":
            for second in range(1, 6):
                self._later(second, invite, source, 100)
        if what == "answer":
            self._reply(invite, source, 200)
        elif isinstance(what, int):
            self._reply(invite, source, what)
        elif what[0] == "deaf":
            self._later(what[1], invite, source, what[2], even_if_cancelled=True)
        elif what[0] == "late":
            self._reply(invite, source, 180)
            self._later(0.05, invite, source, what[1])
        elif what[0] == "slow":
            self._later(what[1], invite, source, 180)
            self._later(what[1] + 0.02, invite, source, 200)

    def _later(self, delay, invite, source, status, even_if_cancelled=False):
        def reply():
            with self._lock:
                if even_if_cancelled or invite.header("Call-ID") not in self.cancelled:
                    self._reply(invite, source, status)
        if delay == 0:
            self._reply(invite, source, status)
            return
        timer = threading.Timer(delay, reply)
        timer.daemon = True
        timer.start()

    def _reply(self, request, to, status):
        headers = [pair for pair in request.headers if pair[0].lower() in _COPIED]
        if status > 100:
            headers = [(name, value + f";tag={self.name}" if name.lower() == "to" and "tag=" not in value else value)
                       for name, value in headers]
            headers.append(("X-Answered-By", self.name))
        answers = request.method == "INVITE" and 100 < status < 300
        if answers:
            headers += [("Contact", "<sip:%s@%s:%d;transport=%s>"
                         % (self.name, *self._socket.at, self._socket.PROTOCOL.lower())),
                        ("Content-Type", "application/sdp")]
        text = _write(f"SIP/2.0 {status} Said So", headers, SDP if answers else "")
        self._last.setdefault(request.branch, []).append(text)
        self._socket.send(text, to)

    def request(self, method, invite, via):
        """Sends a request of its own in the call that `invite` began; `via` is (address, port)."""
        headers = [("Via", "SIP/2.0/UDP %s:%d;branch=z9hG4bK-%d" % (*self._socket.at, next(_serial))),
                   ("Max-Forwards", "70"), *(("Route", route) for route in invite.all("Record-Route")),
                   ("From", invite.header("To") + f";tag={self.name}"), ("To", invite.header("From")),
                   ("Call-ID", invite.header("Call-ID")), ("CSeq", f"77 {method}")]
        uri = invite.header("Contact").partition("<")[2].partition(">")[0]
        self._socket.send(_write(f"{method} {uri} SIP/2.0", headers), via)

    def reset(self):
        """Answers again, and forgets."""
        with self._lock:
            self.behaviour, self.slow_requests = "answer", 0.0
            for seen in (self.calls, self.cancelled, self.requests, self.replies):
                seen.clear()

    def close(self):
        self._socket.close()


class Caller:
    """Who calls: from one address, through `proxy` (address, port)."""

    def __init__(self, address, proxy, port=0, transport=UdpSocket):
        self.proxy = proxy
        self._calls = {}
        self._socket = transport(address, port, self._receive)

    def _receive(self, message, _source):
        call = self._calls.get(message.header("Call-ID"))
        if call:
            call.receive(message)

    @property
    def transport(self):
        return self._socket

    def call(self, number, wait=8.0, **options):
        """Places a call and waits for its end or answer; see Call."""
        call = self.start(number, **options)
        call.wait(wait)
        return call

    def start(self, number, **options):
        call = Call(self, self._socket, number, **options)
        self._calls[call.call_id] = call
        call.invite()
        return call

    def place(self, number, count, wait=6.0):
        """Places many calls, 400 a second, and waits for their end or answer. Their Call-IDs, and so their draws,
        are the same at every run of a test."""
        calls = []
        for _ in range(count):
            calls.append(self.start(number, call_id=f"placed-{len(self._calls)}"))
            time.sleep(0.0025)
        end = time.monotonic() + wait
        for call in calls:
            call.wait(max(0.0, end - time.monotonic()))
        return calls

    def ask(self, method="OPTIONS", user="dialtone", wait=3.0, headers=()):
        """Sends one request outside a call; returns the reply, or None."""
        call = Call(self, self._socket, user, method=method, headers=headers)
        self._calls[call.call_id] = call
        call.invite()
        call.wait(wait)
        return call.replies[-1] if call.replies else None

    def close(self):
        self._socket.close()


class Call:
    """One call of a Caller. `replies` holds all that came back, each with its time."""

    def __init__(self, caller, sock, number, *, caller_id="+442055550100", call_id=None, uri=None, headers=(),
                 method="INVITE", max_forwards=70, to_tag="", routes=()):
        self._caller, self._socket = caller, sock
        self.number, self.method, self._awaited = number, method, method
        self.call_id = call_id or f"{next(_serial)}-{time.monotonic_ns()}@test"
        self.uri = uri or "sip:%s@%s:%d" % (number, *caller.proxy)
        self.replies = []
        self._done = threading.Event()
        self._branch = f"z9hG4bK-{next(_serial)}"
        self._routes = list(routes)
        self._target = ""
        self._max_forwards = max_forwards
        self._from = f"<sip:{caller_id}@test>;tag=c{next(_serial)}"
        self._to = f"<{self.uri}>" + (f";tag={to_tag}" if to_tag else "")
        self._extra = list(headers)
        self.started = 0.0

    def _request(self, method, uri, branch, number, extra=(), body="", to=None):
        at = "%s:%d" % self._socket.at
        headers = [("Via", f"SIP/2.0/{self._socket.PROTOCOL} {at};branch={branch}"), ("Max-Forwards", str(self._max_forwards)),
                   *(("Route", route) for route in self._routes), ("From", self._from), ("To", to or self._to),
                   ("Call-ID", self.call_id), ("CSeq", f"{number} {method}"), ("Contact", f"<sip:caller@{at}>"),
                   *extra]
        if body:
            headers.append(("Content-Type", "application/sdp"))
        self._socket.send(_write(f"{method} {uri} SIP/2.0", headers, body), self._caller.proxy)

    def invite(self):
        self.started = time.monotonic()
        self.repeat()

    def repeat(self):
        """Sends the first request, again as it was."""
        self._request(self.method, self.uri, self._branch, 1, self._extra, SDP if self.method == "INVITE" else "")

    def receive(self, message):
        self.replies.append(message)
        if message.method == "INVITE" and message.status >= 200:
            if message.status >= 300:
                self._routes, routes = [], self._routes
                self._request("ACK", self.uri, self._branch, 1, to=message.header("To"))
                self._routes = routes
            elif not self._done.is_set():
                if not self._target:
                    self._routes = message.all("Record-Route")[::-1]
                    self._to = message.header("To")
                self._target = message.header("Contact").partition("<")[2].partition(">")[0]
                self._request("ACK", self._target, f"z9hG4bK-{next(_serial)}",
                              int(message.header("CSeq").split()[0]))
        if message.status >= 200 and message.method == self._awaited:
            self._done.set()

    def wait(self, seconds):
        """Waits for the final reply to the first request; says it again while there is no reply at all."""
        end, again = time.monotonic() + seconds, 0.5  # T1 of RFC 3261
        while not self._done.wait(min(again, max(0.0, end - time.monotonic()))) and time.monotonic() < end:
            if not self.replies:
                self.repeat()
                again *= 2
        return self

    def cancel(self):
        self._request("CANCEL", self.uri, self._branch, 1)

    def in_dialog(self, method, number=2, wait=2.0):
        """Sends a request in the answered call; returns the final reply, or None."""
        self._done.clear()
        self._awaited = method
        before = len(self.replies)
        self._request(method, self._target, f"z9hG4bK-{next(_serial)}", number,
                      body=SDP if method == "INVITE" else "")
        self._done.wait(wait)
        return next((reply for reply in self.replies[before:] if reply.status >= 200), None)

    @property
    def final(self):
        """The final reply to the first request, or None."""
        return next((reply for reply in self.replies if reply.status >= 200 and reply.method == self.method), None)

    @property
    def status(self):
        """Its status; 0 for none."""
        return self.final.status if self.final else 0

    @property
    def answered_by(self):
        """Name of the switch that gave it; empty when the voice layer did."""
        return self.final.header("X-Answered-By") if self.final else ""

    @property
    def tried(self):
        """Names of the hops tried, as it says."""
        return self.final.header("X-Tried").split(",") if self.final else []

    @property
    def delay(self):
        """Seconds from INVITE to the first 18x or 2xx."""
        return next((reply.time - self.started for reply in self.replies if 180 <= reply.status < 300), float("inf"))
