"""The anchors of headings and error codes, and the sections that begin there."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from markdown_it.token import Token

NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")
ROW = 0  # the level of an error code, which is below any heading
CODE_COLUMN = "code"  # the title of the first column in the table of error codes


@dataclass
class PageSection:
    """A heading of this level, or a row of the table of error codes, with the plain text below it."""

    level: int
    heading: str
    anchor: str
    texts: list[str]

    @cached_property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    @cached_property
    def lower_case(self) -> str:
        """Return the heading and the text in lower case. The search looks there first."""
        return f"{self.heading}\n{self.text}".lower()


def get_plain_text(tokens: Sequence[Token]) -> str:
    """Return the text of these tokens without markup."""
    return "".join(" " if token.type.endswith("break") else token.content for token in tokens)


def add_anchors(tokens: Sequence[Token]) -> list[PageSection]:
    """Give each heading and each error code an anchor that links to itself. Return the sections of the page."""
    sections: list[PageSection] = []
    taken: Counter[str] = Counter()
    add_code_anchors(tokens)
    for place, token in enumerate(tokens):
        line = tokens[place + 1] if token.nesting == 1 else token
        if token.type == "heading_open":
            heading = get_plain_text(line.children or [])
            token.attrSet("id", make_anchor(heading, taken))
            sections.append(PageSection(int(token.tag[1]), heading, str(token.attrs["id"]), []))
            link_to_itself(line, str(token.attrs["id"]))
        elif token.type == "tr_open" and "id" in token.attrs:
            code = str(token.attrs["id"])
            sections.append(PageSection(ROW, code, code, []))
        elif sections and token.type in ("inline", "fence") and tokens[place - 1].type != "heading_open":
            sections[-1].texts.append(get_plain_text(token.children or [token]))
    return sections


def make_anchor(heading: str, taken: Counter[str]) -> str:
    """Return the anchor that GitHub makes of the heading, so that links work there and here."""
    anchor = NOT_IN_ANCHORS.sub("", heading.lower()).replace(" ", "-")
    taken[anchor] += 1
    return f"{anchor}-{taken[anchor] - 1}" if taken[anchor] > 1 else anchor


def link_to_itself(line: Token, anchor: str) -> None:
    opened = Token("link_open", "a", 1, attrs={"href": f"#{anchor}"})
    line.children = [opened, *(line.children or []), Token("link_close", "a", -1)]


def add_code_anchors(tokens: Sequence[Token]) -> None:
    """Give each row of a table of error codes its code as anchor. The code is the heading of the row's section."""
    is_codes = False
    for place, token in enumerate(tokens):
        if token.type == "table_open":  # followed by thead, tr, th and the text of the first cell
            token.meta["codes"] = is_codes = tokens[place + 4].content == CODE_COLUMN
        elif token.type == "tr_open" and is_codes and tokens[place + 1].type == "td_open":
            cell, line, end = tokens[place + 1 : place + 4]
            token.attrSet("id", get_plain_text(line.children or []))
            link_to_itself(line, str(token.attrs["id"]))
            cell.tag = end.tag = "th"
            cell.attrSet("scope", "row")
