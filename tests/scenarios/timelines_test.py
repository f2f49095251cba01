#!/usr/bin/env python3
"""Golden timelines: what `dialtone simulate --runs 1` prints for some scenarios, word by word.

  timelines_test.py DIALTONE              compare with timelines/*.txt
  timelines_test.py DIALTONE --rewrite    write them anew; read the difference before committing it
"""

import difflib
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def played(dialtone, name):
    """What the program prints. Exit code 10 (something does not hold) is no matter here."""
    result = subprocess.run([dialtone, "simulate", f"{name}.scn", "--runs", "1", "--threads", "1"],
                            cwd=FOLDER, capture_output=True, text=True, check=False)
    if result.returncode not in (0, 10):
        sys.exit(f"{name}: exit code {result.returncode}: {result.stderr}")
    return result.stdout


def main(arguments):
    dialtone, rewrite = arguments[0], arguments[1:] == ["--rewrite"]
    different = 0
    for golden in sorted((FOLDER / "timelines").glob("*.txt")):
        new = played(dialtone, golden.stem)
        old = golden.read_text(encoding="utf-8")
        if new == old:
            continue
        if rewrite:
            golden.write_text(new, encoding="utf-8")
            print(f"{golden.name}: rewritten")
            continue
        different += 1
        sys.stdout.writelines(difflib.unified_diff(
            old.splitlines(keepends=True), new.splitlines(keepends=True), golden.name, "played"))
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
