#!/usr/bin/env python3
"""Makes line.bin, what a manager's port brings, and expected.txt, the temperatures in it.

Both come from the golden vectors, that is from an existing client's code and not from ours. In
between: the second half of a frame, noise, a frame with a bad FCS, an aborted one, one that is
too long, and notifications that hold no temperature.
"""

import json
import pathlib

here = pathlib.Path(__file__).parent
vectors = here.parent / "tests" / "vectors"
notifications = json.loads((vectors / "oap_notifications.json").read_text())

line = bytearray()
expected = []
for number, notification in enumerate(notifications):
    frame = bytes.fromhex(notification["frame"])
    faults = {
        0: frame[len(frame) // 2 :],
        7: bytes([0x55] * 300),
        13: frame[:20] + bytes([frame[20] ^ 1]) + frame[21:],
        21: frame[:30] + b"\x7d\x7e",
        33: b"\x7e" + bytes([0x11] * 200) + b"\x7e",
    }
    line += faults.get(number, b"") + frame
    if notification["kind"] == "temperature":
        for sample in notification["samples"]:
            expected.append(f"{notification['mac']} {sample}\n")

(here / "line.bin").write_bytes(line)
(here / "expected.txt").write_text("".join(expected))
print(len(line), "octets,", len(expected), "temperatures")
