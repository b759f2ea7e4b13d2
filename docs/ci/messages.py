#!/usr/bin/env python3
"""Checks that what troubleshooting.md quotes is what the programs say.

The quotations are the headings in code; `…` is what differs. Each part between must be in the text of the sources,
where a text may go on in the next line.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("gateway/src", "server/src", "host/src", "clouddata/src")
CHAPTER = ROOT / "docs/src/troubleshooting.md"


def sources():
    for place in PLACES:
        for path in (ROOT / place).rglob("*.rs"):
            # Not the tests beneath.
            yield path.read_text().split("#[cfg(test)]")[0]


def is_said(message, texts):
    parts = [re.escape(part) for part in message.split("…") if part.strip()]
    # What differs is a `{…}` in the sources, or the end of a text and the begin of the next.
    pattern = re.compile(r"[^\n]*?(?:\n[^\n]*?){0,3}".join(parts))
    return any(pattern.search(text) for text in texts)


def main():
    # A line of a text that ends with a backslash goes on with what the next begins with.
    texts = [re.sub(r"\\\n\s*", "", text) for text in sources()]
    quoted = re.findall(r"^### `(.+)`$", CHAPTER.read_text(), re.MULTILINE)
    unknown = [message for message in quoted if not is_said(message, texts)]
    for message in unknown:
        print(f"{CHAPTER.relative_to(ROOT)}: no program says: {message}")
    print(f"{len(quoted)} messages")
    return bool(unknown) or len(quoted) < 10


sys.exit(main())
