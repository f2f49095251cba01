"""Tables and lines for people."""

import textwrap
import time

import outcomes

WIDTH = 100


def milliseconds(seconds):
    """A delay for a table."""
    return "-" if seconds is None else f"{seconds * 1000:.0f} ms"


def listed(names):
    """a, b and c."""
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part) if names else "nobody"


def one_call(call):
    """One line about one call."""
    if call.answered is not None:
        words = f"answered by {call.by or 'somebody'} after {milliseconds(call.answered - call.sent)}"
    elif call.failed is not None:
        words = f"failed with {call.code} after {milliseconds(call.failed - call.sent)}" if call.code else "got no answer"
    else:
        words = "is not over"
    tried = f" (tried: {', '.join(call.tried)})" if call.tried else ""
    return f"{call.uri} {words}{tried}"


def rows_of(judged):
    """(name, value) of every outcome."""
    return [("calls", str(judged.calls)), ("lost", str(len(judged.lost))), ("cut", str(len(judged.cut))),
            (f"delayed over {outcomes.SLOW:g} s", str(len(judged.delayed))),
            ("delay, median", milliseconds(judged.delay_at(0.5))),
            ("delay, 99 of 100", milliseconds(judged.delay_at(0.99))),
            ("delay, longest", milliseconds(judged.delays[-1] if judged.delays else None))]


def table(judged, fault):
    """What callers lived through, with the words defined below."""
    when = "no fault so far" if fault is None else "fault at " + time.strftime("%H:%M:%S", time.localtime(fault))
    return f"what callers lived through ({when})\n" + columns(rows_of(judged)) + "\n" + definitions()


def columns(rows):
    """Rows of (name, value) as two columns."""
    widest = max(len(name) for name, _ in rows)
    return "".join(f"  {name:<{widest}}  {value:>10}\n" for name, value in rows)


def definitions(words=("calls", "lost", "cut", "delay", "delayed")):
    """What the words of a table mean."""
    return "\n".join(textwrap.fill(f"{word}: {outcomes.DEFINITIONS[word]}", WIDTH, initial_indent="  ",
                                   subsequent_indent="      ") for word in words)
