"""The texts that a page shows to people: its words, the names and options of its fields, the texts of its scripts."""

from html.parser import HTMLParser

SKIPPED = {"script", "style", "pre", "code"}  # data, and what programs read
SKIPPED_CLASSES = {"developers", "error-code"}
ATTRIBUTES = {"aria-label", "title", "placeholder", "alt"}
# Attributes with texts that a script shows begin with data-. These have none.
NO_TEXTS = {"data-goods", "data-text", "data-slot", "data-go", "data-screen", "data-passkey", "data-from", "data-login",
            "data-now", "data-agreed"}  # fmt: skip
EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr", "rect", "line"}


class TextReader(HTMLParser):
    """Collects the texts of a page, but not those of elements in another language."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self.open: list[tuple[str, bool]] = []  # the open elements, and whether each is skipped

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        is_skipped = tag in SKIPPED or (tag != "html" and "lang" in found)
        is_skipped |= bool(SKIPPED_CLASSES & {*found.get("class", "").split()})
        self.open += [] if tag in EMPTY else [(tag, is_skipped)]
        for name, value in found.items():
            if name in ATTRIBUTES or (name.startswith("data-") and name not in NO_TEXTS):
                self.handle_data(value)

    def handle_endtag(self, tag: str) -> None:
        if any(opened == tag for opened, _ in self.open):
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not any(is_skipped for _, is_skipped in self.open):
            self.texts.add(" ".join(data.split()))


def list_shown_texts(page: str) -> set[str]:
    reader = TextReader()
    reader.feed(page.replace("<wbr>", ""))
    return reader.texts - {""}
