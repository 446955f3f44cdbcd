"""How many bytes does a first visit to a page cost, with all that it loads?"""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

LIMIT = 100_000
# What a browser asks for over HTTPS; the other for a network that takes brotli out.
BROTLI, GZIP = "br, gzip", "gzip"
_LOADED = {("link", "stylesheet"), ("link", "icon"), ("link", "preload")}
_CSS_URL = re.compile(rb"url\([\"']?([^\"')]+)")


@dataclass(frozen=True)
class Weight:
    """In bytes over the wire, answers' headers included."""

    name: str
    page: int
    files: int

    @property
    def total(self) -> int:
        return self.page + self.files

    def __str__(self) -> str:
        return f"{self.name:<32}{self.page:>9,}{self.files:>9,}{self.total:>9,}"


def of(name: str, url: str, *, cookie: str = "", encodings: str = BROTLI) -> Weight:
    """Fetch a page and everything that its markup and style sheets name, once each."""
    packed, plain = _fetch(url, cookie, encodings)
    waiting = [urljoin(url, link) for link in _links(plain.decode())]
    seen: dict[str, int] = {}
    while waiting:
        address = waiting.pop()
        if address in seen or not address.startswith("http"):
            continue
        seen[address], content = _fetch(address, "", encodings)
        if urlsplit(address).path.endswith(".css"):
            waiting += [urljoin(address, found.decode()) for found in _CSS_URL.findall(content)]
    return Weight(name, packed, sum(seen.values()))


def table(weights: list[Weight]) -> str:
    heading = f"{'bytes over the wire':<32}{'page':>9}{'files':>9}{'total':>9}"
    return "\n".join([heading, *map(str, weights)])


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        source = given.get("src")
        if (tag, given.get("rel")) in _LOADED:
            source = given.get("href")
        if source:
            self.found.append(source)


def _links(page: str) -> list[str]:
    parser = _Links()
    parser.feed(page)
    return parser.found


def _fetch(url: str, cookie: str, encodings: str) -> tuple[int, bytes]:
    """The bytes of the answer as they came, and its content in the open (for text)."""
    packed = _answer(url, cookie, encodings)
    is_read = not url.endswith((".woff2", ".js", ".png", ".svg"))
    return packed[0], _answer(url, cookie, "identity")[1] if is_read else b""


def _answer(url: str, cookie: str, encodings: str) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        asked = {"Accept-Encoding": encodings, **({"Cookie": cookie} if cookie else {})}
        connection.request("GET", url[url.index(parts.path) :], headers=asked)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status in (200, 404), f"{answer.status} {url}"
        head = sum(len(name) + len(value) + 4 for name, value in answer.getheaders())
        return head + len(body), body
    finally:
        connection.close()
