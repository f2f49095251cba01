"""Rules about C++: what may include what, what a core may know, how tests behave."""

import re

from tree import CPP, ROOMS, Violation

# What a core may include besides the standard library and its own room.
_CORE_MAY_INCLUDE = (
    "absl/algorithm/", "absl/base/", "absl/cleanup/", "absl/container/", "absl/functional/",
    "absl/hash/", "absl/memory/", "absl/meta/", "absl/numeric/", "absl/random/", "absl/status/",
    "absl/strings/", "absl/time/civil_time.h", "absl/time/time.h", "absl/types/", "absl/utility/",
    "base/check.h", "base/ip_and_port.h", "base/status.h",
)
# Headers of the standard library that bring a clock, a thread, a stream, or the system.
_CORE_MAY_NOT_INCLUDE = {
    "atomic", "barrier", "chrono", "condition_variable", "csignal", "cstdio", "ctime", "filesystem",
    "fstream", "future", "iostream", "latch", "mutex", "semaphore", "shared_mutex", "signal.h",
    "stdio.h", "stop_token", "syncstream", "thread", "time.h", "unistd.h",
}
_ASKS_THE_WORLD = re.compile(
    r"\babsl::Now\b|\bGetCurrentTimeNanos\b|_clock::now\b|\bclock_gettime\b|\bgettimeofday\b"
    r"|\btime\s*\(\s*(nullptr|NULL|0|&)|\bgetenv\b|\brandom_device\b|\brand\s*\(|\bprintf\b"
    r"|\bstd::(cout|cerr|clog|thread|jthread|mutex|async)\b"
)
_WAITS = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|SleepFor|sleep)\s*\(")
_READS_THE_CLOCK = re.compile(
    r"\babsl::Now\s*\(|_clock::now\s*\(|\bclock_gettime\s*\(|\btime\s*\(\s*(nullptr|NULL|0)\s*\)"
)
# The one exception to "rooms never include each other": the CLI simulates with the real cores, and
# the simulation with those of the agents.
_CLI_MAY_INCLUDE = "detector/simulation/"

# Tests that are about waiting or about the clock itself, each with the reason.
TIMED_TESTS = {
    "tests/base/clock_test.cc": "its subject is the clock",
    "tests/base/identity_test.cc": "a new certificate's end is counted from now",
}


def core_is_pure(tree):
    """A core includes no gRPC, no generated proto, no thread, no stream and no clock, and asks for
    none of them: it is told the time and returns what should happen."""
    for library, files in sorted(tree.cores().items()):
        for path in files:
            yield from _impure_includes(tree, library, path)
            for number, line in tree.code_lines(path):
                match = _ASKS_THE_WORLD.search(line)
                if match:
                    yield Violation(path, number, f"{library} is pure: no {match.group().strip()}")


def _impure_includes(tree, library, path):
    room = path.split("/")[0] + "/"
    for line, name, is_system in tree.includes(path):
        if name.startswith(room):
            allowed = True  # part of the core's own closure, which is checked file by file
        elif is_system:
            allowed = "/" not in name and name not in _CORE_MAY_NOT_INCLUDE
            allowed = allowed or name == "arpa/inet.h"  # inet_pton parses, no more
        else:
            allowed = name.startswith(_CORE_MAY_INCLUDE)
            allowed = allowed or (
                library in ("cli_core", "simulation_core") and _is_core_header(tree, name)
            )
        if not allowed:
            yield Violation(path, line, f"{library} is pure: it may not include {name}")


def core_links_little(tree):
    """A core's library links only base, Abseil and other cores."""
    for path, arguments in tree.cmake_calls("target_link_libraries"):
        if not arguments or not arguments[0].endswith("_core"):
            continue
        for library in arguments[1:]:
            if library in ("PUBLIC", "PRIVATE", "INTERFACE", "base", "ours"):
                continue
            if not library.startswith("absl::") and not library.endswith("_core"):
                yield Violation(path, 0, f"{arguments[0]} is pure: it may not link {library}")


def core_has_tests(tree):
    """tests/ mirrors the rooms: ROOM/NAME.cc of a core has tests/ROOM/NAME_test.cc."""
    known = set(tree.paths)
    for library, files in sorted(tree.cores().items()):
        for path in files:
            test = f"tests/{path[:-3]}_test.cc"
            if path.endswith(".cc") and test not in known:
                yield Violation(path, 0, f"{library} is tested file by file: {test} is missing")


def _is_core_header(tree, name):
    return any(name in files for files in tree.cores().values())


def rooms_stay_apart(tree):
    """Rooms never include each other, base includes neither rooms nor protos, deploy includes no
    room. The CLI may include detector/simulation, and both of them the agents' core."""
    for path in tree.files(CPP):
        room = path.split("/")[0]
        if room not in (*ROOMS, "base", "deploy"):
            continue
        for line, name, _ in tree.includes(path):
            other = name.split("/")[0]
            if other == "dialtone" and room == "base":
                yield Violation(path, line, f"base knows no telephony: no {name}")
            if other not in ROOMS or other == room:
                continue
            if room == "cli" and name.startswith(_CLI_MAY_INCLUDE):
                continue
            may_simulate = room == "cli" or path.startswith(_CLI_MAY_INCLUDE)
            if may_simulate and other == "agents" and _is_core_header(tree, name):
                continue
            yield Violation(path, line, f"{room} may not include {name}: rooms meet through gRPC")


def headers_are_plain(tree):
    """A header begins with `#pragma once`, after its comment, and no file says `using namespace`."""
    for path in tree.files(CPP):
        if path.endswith(".h"):
            code = [line for _, line in tree.code_lines(path) if line.strip()]
            if not code or code[0].strip() != "#pragma once":
                yield Violation(path, 0, "a header begins with #pragma once")
        for number, line in tree.code_lines(path):
            if re.search(r"\busing\s+namespace\b", line):
                yield Violation(path, number, "no using namespace: say which names you mean")


def sources_are_built(tree):
    """Every .cc is named in the CMakeLists.txt of its folder or of one above it."""
    for path in tree.files([".cc"]):
        folder, _, name = path.rpartition("/")
        named = name
        while True:
            lists = f"{folder}/CMakeLists.txt".lstrip("/")
            if lists in tree.paths and re.search(rf"(?<![\w/]){re.escape(named)}(?!\w)",
                                                 tree.text(lists)):
                break
            if not folder:
                yield Violation(path, 0, "no CMakeLists.txt builds it")
                break
            folder, _, last = folder.rpartition("/")
            named = f"{last}/{named}"


def unit_tests_do_not_wait(tree):
    """A unit test sleeps never, and reads the clock only to give gRPC a deadline. Stories with real
    processes (tests/e2e, tests/voice_layer) and benchmarks (tests/bench) may."""
    for path in tree.files(CPP, under="tests/"):
        timed = ("tests/e2e/", "tests/voice_layer/", "tests/bench/")
        if path.startswith(timed) or path in TIMED_TESTS:
            continue
        uses_grpc = any(name.startswith("grpc") for _, name, _ in tree.includes(path))
        for number, line in tree.code_lines(path):
            if _WAITS.search(line):
                yield Violation(path, number, "a unit test never sleeps: tell the code the time")
            if not uses_grpc and _READS_THE_CLOCK.search(line):
                yield Violation(path, number, "a unit test reads no clock: make up the time")


RULES = (
    core_is_pure,
    core_links_little,
    core_has_tests,
    rooms_stay_apart,
    headers_are_plain,
    sources_are_built,
    unit_tests_do_not_wait,
)
