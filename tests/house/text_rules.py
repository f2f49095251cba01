"""Rules about every file: protos, words, sizes, scripts, documents."""

import os
import re
import subprocess

from tree import CPP, Violation

_LONGEST = 400
# Files over the limit, each with the reason why it is one thing.
LONG_FILES = {}

_DECLARATION = re.compile(
    r"^\s*(?P<kind>message|enum|service|rpc|oneof)\s+(?P<name>\w+)"
    r"|^\s*(?:repeated\s+|optional\s+)?(?!option\b|reserved\b|return\b)"
    r"(?:map<[^>]*>|[\w.]+)\s+(?P<field>\w+)\s*=\s*\d+\s*[;\[]"
    r"|^\s*(?P<value>[A-Z][A-Z0-9_]*)\s*=\s*-?\d+\s*[;\[]"
)
_RPC = re.compile(r"\brpc\s+(\w+)\s*\([^)]*\)\s*returns\s*\([^)]*\)\s*(;|\{[^}]*\})")

_FORBIDDEN = (
    (re.compile(r"\b(TODO|FIXME|XXX)\b(?!\(#\d+\))"), "a TODO carries an issue number: TODO(#12)"),
    (re.compile(r"(?<![\w.$}])/(work|home/\w+)/|/tmp/w\b"), "no path of one machine"),
    (re.compile(r"\b(class|struct)\s+\w*(Manager|Helper|Utils?|Impl)\b"), "name the thing's role"),
    (re.compile(r"filled by its room"), "say what the folder is"),
    (re.compile(r"\bverdicts?\b", re.IGNORECASE), "our word is diagnosis"),
    (re.compile(r"\byaml-cpp\b|\bimport yaml\b"), "configuration is protobuf text, never YAML"),
    (re.compile(r"\bshared/\w+\.md\b"), "the repository speaks of itself alone"),
)
# The rules and their test spell out what is forbidden.
_SPELLS_THEM_OUT = ("tests/house/",)

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_SPAN = re.compile(r"`([^`\n]+)`")
_METRIC = re.compile(r"\bdialtone_[a-z0-9_]+[a-z0-9]\b(?!_?\*)")
_FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


def folders_say_what_they_are(tree):
    """Every folder has a README.md, or a CMakeLists.txt that begins with a comment, or is described
    as `its/path/` in the one of a folder above it."""
    held = tree.folders()
    described = {folder: _description(tree, folder, names) for folder, names in held.items()}
    for folder in sorted(held):
        if described[folder]:
            continue
        parts = folder.split("/")
        above = ("/".join(parts[:n]) for n in range(len(parts)))
        if not any(folder[len(a) :].lstrip("/") + "/" in described.get(a, "") for a in above):
            place = f"{folder}/" if folder else "/"
            yield Violation(place, 0, "no README.md and no comment that begins its CMakeLists.txt")


def _description(tree, folder, names):
    inside = f"{folder}/" if folder else ""
    text = tree.text(f"{inside}README.md") if "README.md" in names else ""
    if "CMakeLists.txt" in names:
        opening = re.match(r"(?:#[^\n]*\n)+", tree.text(f"{inside}CMakeLists.txt"))
        text += opening.group() if opening else ""
    return text if len(text.split()) > 3 else ""


def protos_are_commented(tree):
    """Every proto file, message, field, enum, value, service, rpc and oneof of the schema has its comment."""
    for path in tree.files([".proto"], under="proto/"):
        before = ""
        for number, line in tree.lines(path):
            if number == 1 and not line.startswith("//"):
                yield Violation(path, 1, "the file begins with a comment")
            match = _DECLARATION.match(line)
            if match and not _is_comment(before) and not re.search(r";.*//\s*\w+", line):
                name = match["name"] or match["field"] or match["value"]
                yield Violation(path, number, f"{name} has no comment")
            before = line


def _is_comment(line):
    return re.match(r"\s*//.*\w", line) is not None


def rpcs_name_their_roles(tree):
    """Every rpc carries (allowed_roles): without it the server refuses everybody."""
    for path in tree.files([".proto"], under="proto/"):
        code = re.sub(r"//[^\n]*", "", tree.text(path))
        for match in _RPC.finditer(code):
            if "(allowed_roles)" not in match.group(2):
                line = code.count("\n", 0, match.start()) + 1
                yield Violation(path, line, f"rpc {match.group(1)} names no allowed_roles")


def words_are_ours(tree):
    """No forbidden word, no YAML, no path of a machine."""
    for path in tree.paths:
        if path.endswith((".yml", ".yaml")):
            yield Violation(path, 0, "configuration is protobuf text, never YAML")
        if path.startswith(_SPELLS_THEM_OUT):
            continue
        for number, line in tree.lines(path):
            for pattern, advice in _FORBIDDEN:
                match = pattern.search(line)
                if match:
                    yield Violation(path, number, f'"{match.group().strip()}": {advice}')


def files_are_short(tree):
    """Files of code under 400 lines: when one is longer, look for the missing noun. (Protos may be
    longer: most of one is comments, and readers search it.)"""
    for path in tree.files([*CPP, ".py", ".sh", ".cfg", "CMakeLists.txt"]):
        length = tree.text(path).count("\n")
        if length > _LONGEST and path not in LONG_FILES:
            yield Violation(path, 0, f"{length} lines; at most {_LONGEST}")
        if length <= _LONGEST and path in LONG_FILES:
            yield Violation(path, 0, "is short again: take it off LONG_FILES")


def scripts_are_ready(tree):
    """A file that begins with #!/ is executable and, when it is for bash, has no syntax error."""
    for path in tree.paths:
        first = tree.text(path).split("\n", 1)[0]
        if not first.startswith("#!/"):
            continue
        if not os.access(tree.root / path, os.X_OK):
            yield Violation(path, 1, "is a script but not executable")
        if first.endswith(("bash", "/sh")):
            run = subprocess.run(["bash", "-n", str(tree.root / path)], capture_output=True, text=True,
                                 check=False)
            if run.returncode != 0:
                yield Violation(path, 0, run.stderr.strip())


def documents_are_true(tree):
    """Links and paths that a document names exist; so do its metrics and flags."""
    known = set(tree.paths) | {f.rstrip("/") for f in _all_folders(tree)}
    tops = {p.split("/")[0] for p in tree.paths}
    source = "\n".join(tree.text(p) for p in tree.paths if not p.endswith(".md"))
    for path in tree.files([".md"]):
        folder = path.rpartition("/")[0]
        for number, line in tree.lines(path):
            for target in _LINK.findall(line):
                target = target.split("#")[0]
                if target and "://" not in target and not target.startswith("mailto:"):
                    if os.path.normpath(os.path.join(folder, target)) not in known:
                        yield Violation(path, number, f"link to {target}, which does not exist")
            for span in _SPAN.findall(line):
                name = re.sub(r":\d+$", "", span.split()[0]).rstrip("/")
                if "/" in name and name.split("/")[0] in tops and not re.search(r"[*<>{}$]", name):
                    if name not in known:
                        yield Violation(path, number, f"names {name}, which does not exist")
            for name in _METRIC.findall(line):
                if re.sub(r"_(bucket|sum|count)$", "", name) not in source:
                    yield Violation(path, number, f"names {name}, which nothing exports")
            for flag in _FLAG.findall(line):
                if flag not in source:
                    yield Violation(path, number, f"names the flag {flag}, which nothing takes")


def _all_folders(tree):
    for folder in tree.folders():
        while folder:
            yield folder
            folder = folder.rpartition("/")[0]


def code_is_formatted(tree):
    """clang-format decides; nobody argues. One process for all files: starting it costs most."""
    paths = tree.files(CPP)
    if not paths:
        return
    run = subprocess.run(["clang-format", "--dry-run", "-Werror", *paths], cwd=tree.root,
                         capture_output=True, text=True, check=False)
    first = {}
    for path, line in re.findall(r"^(\S+?):(\d+):\d+: error: ", run.stderr, re.MULTILINE):
        first.setdefault(path, int(line))
    if run.returncode != 0 and not first:
        yield Violation(".clang-format", 1, run.stderr.strip()[:200])
    for path, line in sorted(first.items()):
        yield Violation(path, line, f"run clang-format -i {path}")


RULES = (
    folders_say_what_they_are,
    protos_are_commented,
    rpcs_name_their_roles,
    words_are_ours,
    files_are_short,
    scripts_are_ready,
    documents_are_true,
    code_is_formatted,
)
