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


ROWS = (
    ("calls", lambda judged: str(judged.calls)),
    ("answered", lambda judged: str(len(judged.answered))),
    ("lost", lambda judged: str(len(judged.lost))),
    ("cut", lambda judged: str(len(judged.cut))),
    (f"delayed over {outcomes.SLOW:g} s", lambda judged: str(len(judged.delayed))),
    ("dead air", lambda judged: str(len(judged.dead_air))),
    ("delay, median", lambda judged: milliseconds(judged.delay_at(0.5))),
    ("longest delay", lambda judged: milliseconds(judged.delays[-1] if judged.delays else None)),
)


def grid(rows):
    """Rows of (name, values) as columns; the first row is the heading."""
    first = max(len(name) for name, _ in rows)
    widths = [max(len(values[place]) for _, values in rows) + 3 for place in range(len(rows[0][1]))]
    return "".join((f"  {name:<{first}}" + "".join(f"{value:>{width}}" for value, width in zip(values, widths))).rstrip()
                   + "\n" for name, values in rows)


def outcome_rows(judged):
    """(name, values) of every outcome, for a list of Outcomes."""
    return [(name, [value(each) for each in judged]) for name, value in ROWS]


def grid_of(by_fault):
    """{fault: {voice layer: Outcomes}}, each fault over the columns of its voice layers."""
    judged = [each for layers in by_fault.values() for each in layers.values()]
    headings = [heading for layers in by_fault.values() for heading in layers]
    faults = [fault if place == 0 else "" for fault, layers in by_fault.items() for place in range(len(layers))]
    return grid([("", faults), ("", headings), *outcome_rows(judged)])


def table(columns_of, fault):
    """What callers lived through, {heading: Outcomes} side by side, with the words defined below."""
    when = "no fault so far" if fault is None else "fault at " + time.strftime("%H:%M:%S", time.localtime(fault))
    return (f"what callers lived through ({when})\n"
            + grid([("", list(columns_of)), *outcome_rows(columns_of.values())]) + "\n" + definitions())


def definitions(words=("calls", "answered", "lost", "cut", "delay", "delayed", "dead air"), more=None):
    """What the words of a table mean; `more`: {word: meaning} of words that are not outcomes."""
    meanings = {**outcomes.DEFINITIONS, **(more or {})}
    return "\n".join(textwrap.fill(f"{word}: {meanings[word]}", WIDTH, initial_indent="  ",
                                   subsequent_indent="      ") for word in words)
