"""The repository as the rules see it: its files, their text, CMake's libraries, C++ includes."""

import os
import re
from collections import namedtuple
from pathlib import Path

# What a rule found: `line` counts from 1, 0 means the file as a whole.
Violation = namedtuple("Violation", "path line text")

# One `#include`: `name` as written between the quotes or brackets.
Include = namedtuple("Include", "line name is_system")

ROOMS = ("agents", "detector", "router", "cli")
CPP = (".cc", ".h")

# In a linked worktree `.git` is a file.
_SKIPPED = {"build", ".git", ".run", ".cache", "__pycache__"}
_INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')
_NOT_CODE = re.compile(
    r'R"(?P<mark>\w*)\(.*?\)(?P=mark)"'  # raw string
    r"|//[^\n]*|/\*.*?\*/"  # comments
    r'|"(?:\\.|[^"\\\n])*"'  # string
    r"|(?<![0-9a-zA-Z])'(?:\\.|[^'\\\n])+'",  # character; 10'000 is a number
    re.DOTALL,
)


class Tree:
    """All files below `root` but what a build or git makes. Paths are strings with '/'."""

    def __init__(self, root):
        self.root = Path(root)
        self._texts = {}
        self.paths = []
        for folder, names, files in os.walk(self.root):
            names[:] = sorted(n for n in names if n not in _SKIPPED)
            ours = (Path(folder) / f for f in files if f not in _SKIPPED)
            self.paths += [path.relative_to(self.root).as_posix() for path in ours]
        self.paths.sort()

    def files(self, suffixes, under=""):
        """Paths with one of the suffixes (a whole file name counts as one), below a folder."""
        return [p for p in self.paths if p.endswith(tuple(suffixes)) and p.startswith(under)]

    def text(self, path):
        """The text of a file; empty when it is not text."""
        if path not in self._texts:
            raw = (self.root / path).read_bytes()
            self._texts[path] = "" if b"\0" in raw else raw.decode("utf-8", errors="replace")
        return self._texts[path]

    def lines(self, path):
        """(number from 1, line) of a file."""
        return enumerate(self.text(path).split("\n"), start=1)

    def code_lines(self, path):
        """The same for C++ with comments blanked and literals emptied."""
        code = _NOT_CODE.sub(lambda m: "\n" * m.group().count("\n"), self.text(path))
        return enumerate(code.split("\n"), start=1)

    def includes(self, path):
        """Every `#include` of a C++ file."""
        found = []
        for number, line in self.lines(path):
            match = _INCLUDE.match(line)
            if match:
                found.append(Include(number, match.group(2), match.group(1) == "<"))
        return found

    def folders(self):
        """Every folder that holds a file directly, with the names in it."""
        held = {}
        for path in self.paths:
            folder, _, name = path.rpartition("/")
            held.setdefault(folder, []).append(name)
        return held

    def cmake_calls(self, function):
        """(path of the CMakeLists.txt, arguments) of every call of a CMake function."""
        for path in self.files(["CMakeLists.txt"]):
            text = re.sub(r"#[^\n]*", "", self.text(path))
            for match in re.finditer(rf"\b{function}\s*\(([^()]*)\)", text):
                yield path, match.group(1).split()

    def cores(self):
        """Name of every pure library (`ROOM_core`) -> its C++ files: the sources that CMake names and
        the headers of its own room that these include, directly or not."""
        libraries = {}
        for path, arguments in self.cmake_calls("(?:add_library|target_sources)"):
            if not arguments or not arguments[0].endswith("_core"):
                continue
            folder = path.rpartition("/")[0]
            named = [f"{folder}/{a}" for a in arguments[1:] if a.endswith(CPP)]
            libraries.setdefault(arguments[0], []).extend(named)
        return {name: self._with_headers(files) for name, files in libraries.items()}

    def _with_headers(self, files):
        known = set(self.paths)
        seen, waiting = [], [f for f in files if f in known]
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            seen.append(path)
            room = path.split("/")[0] + "/"
            waiting += [i.name for i in self.includes(path)
                        if i.name.startswith(room) and i.name in known]
        return sorted(seen)
