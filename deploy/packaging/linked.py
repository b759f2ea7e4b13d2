"""What cargo links into programs of this workspace: for the licences' check, and for the releases."""

import json
import pathlib
import subprocess

WORKSPACE = pathlib.Path(__file__).parent.parent.parent


def linked(programs, target):
    """Cargo's metadata of each package that is linked into one of the programs, by its id, and for
    each the ids of those that it links itself. Not what only builds or tests them."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
    metadata = json.loads(subprocess.run(command, cwd=WORKSPACE, check=True, stdout=subprocess.PIPE).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node["deps"] for node in metadata["resolve"]["nodes"]}
    waiting = [id for id, package in packages.items() if package["name"] in programs]
    links = {}
    while waiting:
        id = waiting.pop()
        if id in links:
            continue
        links[id] = sorted(dep["pkg"] for dep in nodes[id] if any(kind["kind"] is None for kind in dep["dep_kinds"]))
        waiting += links[id]
    return {id: packages[id] for id in sorted(links)}, links
