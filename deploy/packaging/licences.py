#!/usr/bin/env python3
"""Checks that copyright names every licence of what the programs contain.

A library that may be used under Apache-2.0 or the Expat licence (MIT) is, and is not named. Each
other one has to be there with its licence, on a line such as "MPL-2.0: serialport". Prints what is
missing, or no longer there, and fails then.
"""

import pathlib
import re
import sys

from linked import linked

HERE = pathlib.Path(__file__).parent
PROGRAMS = {"clouddata", "clouddata-gateway", "clouddata-server", "clouddata-simulator"}
TARGETS = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "armv7-unknown-linux-gnueabihf"]
OURS = {"Apache-2.0", "MIT"}


def contained(target):
    """The name and licence of each package that is linked into one of the programs."""
    packages, _ = linked(PROGRAMS, target)
    return {(package["name"], package["license"] or "none") for package in packages.values()}


def others(expression):
    """The licences besides ours that an SPDX expression asks for: an alternative of ours is taken."""
    needed = set()
    for part in re.split(r"\s+AND\s+", expression):
        alternatives = [one.strip(" ()") for one in re.split(r"\s+OR\s+|/", part)]
        if not OURS & set(alternatives):
            needed.add(alternatives[0])
    return needed


def main():
    needed = set()
    for target in TARGETS:
        for name, expression in contained(target):
            needed |= {(licence, name) for licence in others(expression)}
    said = (HERE / "copyright").read_text()
    named = set()
    for licence, names in re.findall(r"^ ([A-Za-z0-9.-]+): ((?:[a-z0-9_-]+(?:,\s+|$))+)", said, re.MULTILINE):
        named |= {(licence, name) for name in re.split(r",\s+", names.strip())}
    for licence, name in sorted(needed - named):
        print(f"copyright does not name {name}, which is under {licence}")
    for licence, name in sorted(named - needed):
        print(f"copyright names {name} under {licence}, and no program contains that")
    if "--list" in sys.argv:
        for licence in sorted({licence for licence, _ in needed}):
            print(f" {licence}: " + ", ".join(sorted(name for one, name in needed if one == licence)))
    return needed != named


sys.exit(main())
