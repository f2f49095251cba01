"""Writes protobuf text format from plain Python: dicts are messages, lists repeated fields, Word an enum value,
Seconds a google.protobuf.Duration."""

import json


class Word(str):
    """An enum value or another bare word."""


class Seconds(float):
    """A google.protobuf.Duration."""


def write(path, message, comment):
    """Writes `message` to a file that begins with `comment`."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("".join(f"# {line}\n" for line in comment.splitlines()) + "\n" + render(message))


def render(message, indent=""):
    """The text of one message, without its braces."""
    lines = []
    for name, value in message.items():
        for item in value if isinstance(value, (list, tuple)) else [value]:
            lines.append(indent + _field(name, item, indent))
    return "".join(line + "\n" for line in lines)


def _field(name, value, indent):
    if isinstance(value, dict):
        return f"{name} {{\n{render(value, indent + '  ')}{indent}}}"
    if isinstance(value, Seconds):
        whole = int(value)
        return f"{name} {{ seconds: {whole} nanos: {round((value - whole) * 1e9)} }}"
    if isinstance(value, bool):
        return f"{name}: {str(value).lower()}"
    if isinstance(value, (Word, int)):
        return f"{name}: {value}"
    return f"{name}: {json.dumps(value)}"
