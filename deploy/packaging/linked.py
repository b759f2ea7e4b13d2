"""What cargo links into programs of this workspace: for the licences' check, and for the releases."""

import json
import pathlib
import re
import subprocess

WORKSPACE = pathlib.Path(__file__).parent.parent.parent


def cargo(*arguments):
    command = ["cargo", *arguments]
    return subprocess.run(command, cwd=WORKSPACE, check=True, stdout=subprocess.PIPE, text=True).stdout


def linked(programs, target):
    """Cargo's metadata of each package that is linked into one of the programs, by its id, and for
    each the ids of those that it links itself. Not what only builds or tests them."""
    # The tree is of these programs with their features; metadata is of the whole workspace, tests and all.
    options = [word for program in sorted(programs) for word in ("-p", program)]
    tree = cargo("tree", "--locked", "--target", target, "--edges", "normal,no-proc-macro", "--prefix", "none",
                 "--format", "{p}", *options)
    within = set(re.findall(r"^(\S+) v(\S+)", tree, re.MULTILINE))
    metadata = json.loads(cargo("metadata", "--format-version", "1", "--locked", "--filter-platform", target))
    packages = {
        package["id"]: package
        for package in metadata["packages"]
        if (package["name"], package["version"]) in within
    }
    links = {
        node["id"]: sorted(
            dep["pkg"]
            for dep in node["deps"]
            if dep["pkg"] in packages and any(kind["kind"] is None for kind in dep["dep_kinds"])
        )
        for node in metadata["resolve"]["nodes"]
        if node["id"] in packages
    }
    return {id: packages[id] for id in sorted(packages)}, links
