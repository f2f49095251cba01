#!/usr/bin/env python3
"""Checks what a compiler cannot: runs every rule of the house over the repository.

  tests/house/check.py             all rules
  tests/house/check.py RULE...     only these
  tests/house/check.py --list      the rules, a sentence each
"""

import sys
from pathlib import Path

import code_rules
import text_rules
from tree import Tree

RULES = {rule.__name__: rule for rule in (*code_rules.RULES, *text_rules.RULES)}


def main(arguments):
    if arguments == ["--list"]:
        for name, rule in RULES.items():
            print(f"{name}\n    {rule.__doc__}")
        return 0
    for name in arguments:
        if name not in RULES:
            print(f'no rule named "{name}"; rules: {", ".join(RULES)}', file=sys.stderr)
            return 2
    tree = Tree(Path(__file__).resolve().parents[2])
    found = 0
    for name in arguments or RULES:
        for path, line, text in RULES[name](tree):
            found += 1
            print(f"{path}:{line}: {name}: {text}" if line else f"{path}: {name}: {text}")
    print(f"{len(arguments or RULES)} rules, {len(tree.paths)} files, {found} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
