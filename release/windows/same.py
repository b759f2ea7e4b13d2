#!/usr/bin/env python3
"""Whether what a server has stored is what a simulated manager was told is safe: of each mote the
same temperatures in the same order.

    release/windows/same.py LEDGER STORED.csv
"""

import csv
import json
import sys


def series(rows):
    motes = {}
    for mac, when, temperature in sorted(rows, key=lambda row: row[1]):
        motes.setdefault(mac, []).append(temperature)
    return motes


ledger, stored = sys.argv[1:]
with open(ledger) as lines:
    entries = [json.loads(line) for line in lines]
acknowledged = series((one["mac"], one["host_micros"], one["temperature"]) for one in entries)
with open(stored) as lines:
    # RFC 3339 in UTC, all of one length, is in the order of time.
    there = series((row["mac"], row["timestamp"], float(row["temperature"])) for row in csv.DictReader(lines))
if acknowledged != there:
    for mac in sorted(acknowledged.keys() | there.keys()):
        print(mac, len(acknowledged.get(mac, [])), "acknowledged,", len(there.get(mac, [])), "stored")
    sys.exit("they are not the same")
print(f"{len(entries)} acknowledged, the same stored")
