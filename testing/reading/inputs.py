"""The inputs of the forms of a page, as a browser would submit them."""

from html.parser import HTMLParser
from typing import Any, NamedTuple


class Input(NamedTuple):
    """What an input submits, and what people read in it."""

    texts: list[str]
    shown: str


Inputs = dict[str, Input]  # the inputs of a form, by name
NOTHING = Input([], "")


class InputReader(HTMLParser):
    """Collects the inputs of a form as a browser would submit them unchanged."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.inputs: Inputs = {}
        self.open: dict[str, Any] = {}
        self.options: list[tuple[str, bool]] = []
        self.labels: list[str] = []
        self.text = ""
        self.feed(form)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and "name" in given:
            is_box = given.get("type") in ("checkbox", "radio")
            is_off = is_box and "checked" not in given
            self.inputs[given["name"]] = NOTHING if is_off else make_input(given.get("value", "on" if is_box else ""))
        elif tag in ("select", "textarea"):
            self.open, self.options, self.labels, self.text = given, [], [], ""
        elif tag == "option":
            self.options.append((given.get("value", ""), "selected" in given))
            self.text = ""

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.inputs[self.open["name"]] = make_input(self.text.removeprefix("\n"))
        elif tag == "option":
            self.labels.append(self.text.strip())
        elif tag == "select":
            chosen = [number for number, (_, is_selected) in enumerate(self.options) if is_selected]
            if "multiple" not in self.open:
                chosen = (chosen or [*range(len(self.options))][:1])[-1:]
            texts = [self.options[number][0] for number in chosen]
            self.inputs[self.open["name"]] = Input(texts, ", ".join(self.labels[number] for number in chosen))


def make_input(text: str) -> Input:
    return Input([text], text)
