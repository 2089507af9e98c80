"""Find violations of the Content-Security-Policy in a page, and choices without a text."""

import re
from html.parser import HTMLParser

DATA_TYPES = ("application/json", "application/ld+json")
# A screen reader says nothing about a choice without a text. Those of a datalist have their value as text.
EMPTY_OPTION, DATALIST = re.compile(r"<option[^>]*>\s*</option>"), re.compile(r"(?s)<datalist.*?</datalist>")


class ViolationFinder(HTMLParser):
    """Collects violations of the policy: inline scripts and handlers, and content from other hosts."""

    def __init__(self) -> None:
        super().__init__()
        self.violations: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        sent = dict(attributes)
        if tag == "script" and "src" not in sent and sent.get("type") not in DATA_TYPES:
            self.violations.append("an inline script")
        self.violations += [f"a handler: {name}" for name in sent if name.startswith("on")]
        for name in ("src", "href", "action", "formaction", "srcset", "poster", "data"):
            address = sent.get(name) or ""
            is_link = tag == "a" and name == "href"
            if re.match(r"\s*(javascript|vbscript):", address, re.I):
                self.violations.append(f"a script in a link: {address}")
            if not is_link and re.match(r"(https?:)?//(?!testserver/)", address):
                self.violations.append(f"another host: {address}")
        if tag in ("iframe", "object", "embed", "base"):
            self.violations.append(f"a {tag}")


def find_violations(text: str) -> list[str]:
    finder = ViolationFinder()
    finder.feed(text)
    styles = ["a style from another host"] if re.search(r"@import|url\(\s*['\"]?(https?:)?//", text) else []
    return [*finder.violations, *styles, *EMPTY_OPTION.findall(DATALIST.sub("", text))]
