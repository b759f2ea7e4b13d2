#!/usr/bin/env python3
"""Makes an image for containers of the four programs and nothing else, without a container engine.

    release/image.py TRIPLE DIRECTORY VERSION DESTINATION

DIRECTORY holds the programs. What comes out, clouddata-VERSION-image-ARCHITECTURE.tar, is an OCI
layout, and has the list besides that `docker load` of older Dockers wants. The same programs and
SOURCE_DATE_EPOCH give the same octets.
"""

import gzip
import hashlib
import io
import json
import os
import pathlib
import sys
import tarfile
from datetime import datetime, timezone

PLATFORMS = {
    "x86_64-unknown-linux-musl": {"architecture": "amd64", "os": "linux"},
    "aarch64-unknown-linux-musl": {"architecture": "arm64", "os": "linux", "variant": "v8"},
    "armv7-unknown-linux-musleabihf": {"architecture": "arm", "os": "linux", "variant": "v7"},
}
# Debian's number of the group that serial ports belong to.
DIALOUT = 20
USER = 65532
WHEN = int(os.environ["SOURCE_DATE_EPOCH"])


def entry(name, mode, content=None, owner=0):
    one = tarfile.TarInfo(name)
    one.mode, one.mtime, one.uid, one.gid = mode, WHEN, owner, owner
    if content is None:
        one.type = tarfile.DIRTYPE
    else:
        one.size = len(content)
    return one, content


def packed(entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for one, content in entries:
            archive.addfile(one, io.BytesIO(content) if content is not None else None)
    return out.getvalue()


def root(programs):
    """The image's only layer."""
    yield entry("bin", 0o755)
    for program in programs:
        yield entry(f"bin/{program.name}", 0o755, program.read_bytes())
    # The only folder that is written to. A volume that is new takes its owner from here.
    yield entry("data", 0o700, owner=USER)
    yield entry("etc", 0o755)
    yield entry("etc/group", 0o644, f"root:x:0:\ndialout:x:{DIALOUT}:\nclouddata:x:{USER}:\n".encode())
    yield entry("etc/passwd", 0o644, f"root:x:0:0::/:\nclouddata:x:{USER}:{USER}::/data:\n".encode())


class Layout:
    """Content by its digest, and what files of the archive point to it."""

    def __init__(self):
        self.blobs = {}

    def add(self, media_type, content):
        digest = hashlib.sha256(content).hexdigest()
        self.blobs[digest] = content
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    def entries(self, files):
        yield entry("blobs", 0o755)
        yield entry("blobs/sha256", 0o755)
        for digest in sorted(self.blobs):
            yield entry(f"blobs/sha256/{digest}", 0o644, self.blobs[digest])
        for name, content in files.items():
            yield entry(name, 0o644, as_json(content))


def as_json(value):
    return json.dumps(value, sort_keys=True).encode()


def image(platform, programs, version):
    layout = Layout()
    layer = packed(root(programs))
    kind = "application/vnd.oci.image."
    layer_there = layout.add(f"{kind}layer.v1.tar+gzip", gzip.compress(layer, 9, mtime=0))
    config = {
        **platform,
        "created": datetime.fromtimestamp(WHEN, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "config": {
            "User": f"{USER}:{USER}",
            "Env": ["PATH=/bin", "CLOUDDATA_LISTEN=0.0.0.0:8080", "CLOUDDATA_DATA_DIR=/data",
                    "CLOUDDATA_STATE_DIR=/data"],
            "Entrypoint": ["/bin/clouddata"],
            "WorkingDir": "/data",
            "Volumes": {"/data": {}},
            "ExposedPorts": {"8080/tcp": {}},
            "StopSignal": "SIGTERM",
            "Labels": {
                "org.opencontainers.image.title": "clouddata",
                "org.opencontainers.image.version": version,
                "org.opencontainers.image.licenses": "MIT OR Apache-2.0",
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
        "history": [{"comment": "release/image.py"}],
    }
    config_there = layout.add(f"{kind}config.v1+json", as_json(config))
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{kind}manifest.v1+json",
        "config": config_there,
        "layers": [layer_there],
    }
    manifest_there = layout.add(f"{kind}manifest.v1+json", as_json(manifest))
    names = {"org.opencontainers.image.ref.name": version, "io.containerd.image.name": f"clouddata:{version}"}
    blob = "blobs/sha256/{}".format
    return packed(layout.entries({
        "index.json": {
            "schemaVersion": 2,
            "manifests": [{**manifest_there, "platform": platform, "annotations": names}],
        },
        "manifest.json": [{
            "Config": blob(config_there["digest"].removeprefix("sha256:")),
            "RepoTags": [f"clouddata:{version}"],
            "Layers": [blob(layer_there["digest"].removeprefix("sha256:"))],
        }],
        "oci-layout": {"imageLayoutVersion": "1.0.0"},
    }))


def main(triple, directory, version, destination):
    platform = PLATFORMS[triple]
    programs = sorted(pathlib.Path(directory).iterdir())
    architecture = platform["architecture"] + {"v7": "v7"}.get(platform.get("variant"), "")
    file = pathlib.Path(destination) / f"clouddata-{version}-image-{architecture}.tar"
    file.write_bytes(image(platform, programs, version))


if len(sys.argv) != 5:
    sys.exit(__doc__)
main(*sys.argv[1:])
