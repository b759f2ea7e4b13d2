#!/usr/bin/env python3
"""Checks that each link within a built book leads to a page, and to a place on it, that is there.

    docs/ci/links.py FOLDER
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Made of other pages, with links as they are there.
COPIES = {"print.html", "toc.html", "404.html"}


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.places, self.links = set(), []
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id":
                self.places.add(value)
            elif name in ("href", "src") and value:
                self.links.append(value)


def main(folder):
    pages = {path: Page(path) for path in folder.rglob("*.html")}
    faults, followed = [], 0
    for path, page in pages.items():
        if path.name in COPIES:
            continue
        for link in page.links:
            url = urlsplit(link)
            if url.scheme or url.netloc:
                continue
            followed += 1
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            if not target.is_file():
                faults.append(f"{path.relative_to(folder)}: {link} leads nowhere")
            elif url.fragment and unquote(url.fragment) not in pages.get(target, page).places:
                faults.append(f"{path.relative_to(folder)}: {link}: there is no such place on that page")
    if not followed:
        faults.append(f"{folder} has no links at all")
    for fault in sorted(set(faults)):
        print(fault)
    print(f"{len(pages)} pages, {followed} links")
    return bool(faults)


sys.exit(main(Path(sys.argv[1]).resolve()))
