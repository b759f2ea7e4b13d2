#!/usr/bin/env python3
"""mdBook preprocessor: makes whole files of the repository chapters of the book.

A line `{{#include ../../gateway/README.md}}` becomes that file, with its links as they have to be from the
chapter. A link to a file that is a chapter leads there, one to another file of the repository to the address
that the root's Cargo.toml names. A link to nothing is an error.
"""

import json
import os
import re
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "docs/src"
INCLUDE = re.compile(r"^\{\{#include (\S+\.md)\}\}$", re.MULTILINE)
# Of a link or a picture, what is in the round brackets; not in code.
LINK = re.compile(r"(```.*?```|``.*?``|`[^`\n]*`)|(\]\()([^)\s]+)(\))", re.DOTALL)


def chapters(items):
    for item in items:
        chapter = item.get("Chapter") if isinstance(item, dict) else None
        if chapter and chapter["path"]:
            yield chapter
            yield from chapters(chapter["sub_items"])


def demote(text):
    """A file's headings, where it is a part of a chapter. Not the remarks in its code."""
    parts = text.split("```")
    parts[::2] = [re.sub("^#", "##", part, flags=re.MULTILINE) for part in parts[::2]]
    return "```".join(parts)


class Book:
    def __init__(self, items):
        self.chapters = list(chapters(items))
        cargo = tomllib.loads((ROOT / "Cargo.toml").read_text())
        self.address = cargo["workspace"]["package"]["repository"]
        # Which chapter a file of the repository is.
        self.place = {}
        for chapter in self.chapters:
            file = SOURCE / chapter["path"]
            self.place[file] = file
            for included in INCLUDE.findall(chapter["content"]):
                self.place[(file.parent / included).resolve()] = file

    def link(self, target, written_in, chapter):
        """What a link has to be in a chapter, as it is written in some file."""
        url = urlsplit(target)
        if url.scheme or not url.path:
            return target
        file = (written_in.parent / url.path).resolve()
        if not file.exists():
            sys.exit(f"{written_in.relative_to(ROOT)}: {target} leads nowhere")
        fragment = f"#{url.fragment}" if url.fragment else ""
        file = self.place.get(file, file)
        if file.is_relative_to(SOURCE):
            return os.path.relpath(file, chapter.parent) + fragment
        return f"{self.address}/{'tree' if file.is_dir() else 'blob'}/HEAD/{file.relative_to(ROOT)}{fragment}"

    def rewrite(self, text, written_in, chapter):
        return LINK.sub(
            lambda found: found[0] if found[1] else found[2] + self.link(found[3], written_in, chapter) + found[4], text
        )

    def expand(self, chapter):
        file = SOURCE / chapter["path"]
        # Every second part is the name of a file.
        parts = INCLUDE.split(chapter["content"])
        for number, part in enumerate(parts):
            written_in = file
            if number % 2:
                written_in = (file.parent / part).resolve()
                part = written_in.read_text()
                if parts[0].strip():
                    part = demote(part)
            parts[number] = self.rewrite(part, written_in, file)
        chapter["content"] = "".join(parts)


def main():
    if sys.argv[1:2] == ["supports"]:
        return
    _, book = json.load(sys.stdin)
    whole = Book(book.get("items") or book.get("sections"))
    for chapter in whole.chapters:
        whole.expand(chapter)
    json.dump(book, sys.stdout)


main()
