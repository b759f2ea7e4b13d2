#!/usr/bin/env python3
"""What is in the programs of a release, as Cargo.lock has it.

    release/contents.py sbom TRIPLE                a bill of materials, CycloneDX 1.5
    release/contents.py licences TRIPLE FILE...    the libraries' names, and the texts of their licences;
                                                   those of the C library are in the files
"""

import json
import os
import pathlib
import subprocess
import sys
import tomllib
import uuid
from datetime import datetime, timezone

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "deploy/packaging"))
from linked import linked  # noqa: E402

PROGRAMS = {"clouddata", "clouddata-gateway", "clouddata-server", "clouddata-simulator"}
# What is no crate of Cargo.lock: the C library by target, and Rust's own.
C_LIBRARIES = {
    "musl": [("musl", "1.2.5", "MIT")],
    "windows": [("mingw-w64", "10.0.0", "ZPL-2.1 AND MIT"), ("libgcc", "12.2.0", "GPL-3.0-or-later WITH GCC-exception-3.1")],
}
RUST = ("rust-std", None, "MIT OR Apache-2.0")
LICENCE_FILES = ("LICEN", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE")


def c_library(triple):
    return next(libraries for name, libraries in C_LIBRARIES.items() if name in triple)


def beside(triple):
    rustc = subprocess.run(["rustc", "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout.split()[1]
    return [(name, version or rustc, licence) for name, version, licence in [*c_library(triple), RUST]]


def reference(package):
    # A folder's purl would name this machine's; ours are known by the release that they are in.
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(package, checksums):
    described = {
        "type": "application" if package["name"] in PROGRAMS else "library",
        "bom-ref": reference(package),
        "name": package["name"],
        "version": package["version"],
        "purl": reference(package),
    }
    if package["license"]:
        # Cargo still takes the old "MIT/Apache-2.0".
        described["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    checksum = checksums.get((package["name"], package["version"]))
    if checksum:
        described["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    return described


def sbom(triple):
    packages, links = linked(PROGRAMS, triple)
    lock = tomllib.loads((HERE.parent / "Cargo.lock").read_text())
    checksums = {(one["name"], one["version"]): one.get("checksum") for one in lock["package"]}
    components = [component(package, checksums) for package in packages.values()]
    components += [
        {"type": "library", "bom-ref": f"{name}@{version}", "name": name, "version": version,
         "licenses": [{"expression": licence}]}
        for name, version, licence in beside(triple)
    ]
    version = next(package["version"] for package in packages.values() if package["name"] == "clouddata")
    root = f"clouddata-{version}-{triple}"
    dependencies = [
        {"ref": reference(packages[id]), "dependsOn": sorted({reference(packages[to]) for to in links[id]})}
        for id in packages
    ]
    dependencies.append({
        "ref": root,
        "dependsOn": sorted([reference(package) for package in packages.values() if package["name"] in PROGRAMS]
                            + [f"{name}@{version}" for name, version, _ in beside(triple)]),
    })
    when = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), timezone.utc)
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {"type": "application", "bom-ref": root, "name": "clouddata", "version": version},
        },
        "components": sorted(components, key=lambda one: one["bom-ref"]),
        "dependencies": sorted(dependencies, key=lambda one: one["ref"]),
    }
    # The same contents have the same number.
    bom["serialNumber"] = "urn:uuid:" + str(uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(bom, sort_keys=True)))
    print(json.dumps(bom, indent=1))


def licences(triple, files):
    packages, _ = linked(PROGRAMS, triple)
    texts = {}
    print(f"What the programs contain besides clouddata's own code, as they are built for {triple}:\n")
    for name, version, licence in beside(triple):
        print(f"{name} {version}: {licence}")
    print("SQLite, within libsqlite3-sys: in the public domain")
    for package in packages.values():
        if package["source"] is None:
            continue
        print(f"{package['name']} {package['version']}: {package['license']}")
        folder = pathlib.Path(package["manifest_path"]).parent
        for file in sorted(folder.iterdir()):
            if file.is_file() and file.name.upper().startswith(LICENCE_FILES):
                text = "\n".join(line.rstrip() for line in file.read_text(errors="replace").strip().splitlines())
                texts.setdefault(text, []).append(f"{package['name']} {package['version']}")
    for (name, _, _), file in zip(c_library(triple), files, strict=True):
        texts.setdefault(pathlib.Path(file).read_text().strip(), []).append(name)
    print("\nEach library's source is at https://crates.io/crates/NAME; serialport, which is under the Mozilla\n"
          "Public License 2.0, is used as it is there. The texts of the licences:")
    for text, names in sorted(texts.items(), key=lambda item: item[1]):
        print(f"\n{'=' * 100}\n{', '.join(names)}\n{'=' * 100}\n\n{text}")


match sys.argv[1:]:
    case ["sbom", triple]:
        sbom(triple)
    case ["licences", triple, *files]:
        licences(triple, files)
    case _:
        sys.exit(__doc__)
