#!/usr/bin/env python3
"""Checks that copyright names every licence of what the packaged programs contain.

A library that may be used under Apache-2.0 or the Expat licence (MIT) is, and is not named. Each
other one has to be there with its licence, on a line such as "MPL-2.0: serialport". Prints what is
missing, or no longer there, and fails then.
"""

import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
PROGRAMS = {"clouddata-gateway", "clouddata-server"}
TARGETS = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "armv7-unknown-linux-gnueabihf"]
OURS = {"Apache-2.0", "MIT"}


def contained(target):
    """The name and licence of each package that is linked into one of the programs."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
    metadata = json.loads(subprocess.run(command, cwd=HERE, check=True, stdout=subprocess.PIPE).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node["deps"] for node in metadata["resolve"]["nodes"]}
    waiting = [id for id, package in packages.items() if package["name"] in PROGRAMS]
    seen = set()
    while waiting:
        id = waiting.pop()
        if id in seen:
            continue
        seen.add(id)
        # Not what only builds or tests it.
        waiting += [dep["pkg"] for dep in nodes[id] if any(kind["kind"] is None for kind in dep["dep_kinds"])]
    return {(packages[id]["name"], packages[id]["license"] or "none") for id in seen}


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
