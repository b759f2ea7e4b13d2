#!/usr/bin/env python3
"""Packs a folder into a .zip: the same octets from the same files, whatever their times.

    release/windows/zip.py FOLDER FILE
"""

import os
import pathlib
import sys
import time
import zipfile

folder, file = map(pathlib.Path, sys.argv[1:])
# A zip has no times before 1980, and none in UTC: this one is meant so.
when = time.gmtime(max(int(os.environ["SOURCE_DATE_EPOCH"]), 315532800))[:6]
with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        entry = zipfile.ZipInfo(path.relative_to(folder.parent).as_posix(), when)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.create_system = 0
        archive.writestr(entry, path.read_bytes(), compresslevel=9)
