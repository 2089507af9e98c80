"""The form of a row: it sends only what its user has changed, and never undoes what somebody else has changed.

The page has a digest of each input's text, so the server knows what the user has read. An input whose text is that of
its digest is not sent to the serializer. If both people have changed an input, nothing is saved, and the form is shown
again with what was typed and with the present value. Programs send no digests: see docs/decisions/0025-entity-tags.md.
"""

from collections.abc import Collection, Iterable
from html.parser import HTMLParser
from typing import Any, NamedTuple

from django.http import QueryDict
from rest_framework.serializers import MultipleChoiceField

from core.http.browser_forms import READ_FIELD, is_session_form
from core.http.etags import FormChanged
from core.pages.mixin import describe
from core.pages.read_texts import clean, digest, say_present, write_digests
from core.pages.widgets import TEMPLATES, FormRenderer


class Input(NamedTuple):
    """What an input submits, and what people read in it."""

    texts: list[str]
    shown: str


Inputs = dict[str, Input]  # by name
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
            is_off = given.get("type") in ("checkbox", "radio") and "checked" not in given
            self.inputs[given["name"]] = NOTHING if is_off else make_input(given.get("value", ""))
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


def write_read(inputs: Inputs) -> str:
    """Return the value of the form's hidden field READ_FIELD."""
    return write_digests({name: shown.texts for name, shown in inputs.items()})


def find_root(name: str) -> str:
    """Return the name of the serializer's field that has this input: `fields` for `fields.brand`."""
    return name.partition(".")[0]


class SentForm:
    """The form of a row that was sent, with what its user has read. `fields` are those of the serializer."""

    def __init__(self, form: Any, fields: Any) -> None:
        self.form, self.read = form, frozenset(form[READ_FIELD].split("."))
        # Browsers do not send a list in which nothing is chosen.
        lists = {name for name in fields if isinstance(fields[name], MultipleChoiceField)}
        names = [name for name in {**form, **dict.fromkeys(lists)} if find_root(name) in fields]
        changed = {name for name in names if not self.has_read(name, form.getlist(name))}
        # A serializer field with several inputs gets all of them, because it replaces all of its values.
        wholes = {find_root(name) for name in changed if getattr(fields[find_root(name)], "replaces_all", False)}
        self.changed = [name for name in names if name in changed or find_root(name) in wholes]

    def has_read(self, name: str, texts: Iterable[Any]) -> bool:
        return digest(name, texts) in self.read

    @property
    def changed_fields(self) -> set[str]:
        return set(map(find_root, self.changed))

    def fill(self, inputs: Inputs) -> QueryDict:
        """Return a form with the texts of these inputs, and with what the user has changed."""
        filled = QueryDict(mutable=True)
        for name in (*inputs, *self.changed):
            filled.setlist(name, self.form.getlist(name) if name in self.changed else inputs[name].texts)
        return filled

    def list_conflicts(self, now: Inputs) -> list[str]:
        """Return the inputs that the user and somebody else have changed to different texts."""
        return [
            name
            for name in self.changed
            if not self.has_read(name, texts := now.get(name, NOTHING).texts)
            and clean(texts) != clean(self.form.getlist(name))
        ]


def read_inputs(serializer: Any, names: Collection[str] | None = None) -> Inputs:
    """Return the inputs of the form of a row: of these fields, or of all."""
    renderer, style = FormRenderer(), {"template_pack": TEMPLATES}
    fields = [field for field in serializer if not field.read_only and (names is None or field.name in names)]
    return InputReader("".join(renderer.render_field(field, style) for field in fields)).inputs


def describe_conflicts(names: list[str], now: Inputs) -> dict[str, list[str]]:
    """Return what the form says at the fields of these inputs: their present values."""
    errors: dict[str, list[str]] = {}
    for name in names:
        root, _, part = name.partition(".")
        said = say_present(now.get(name, NOTHING).shown)
        errors.setdefault(root, []).append(f"{part}: {said}" if part else said)
    return errors


def find_sent_form(view: Any) -> SentForm | None:
    """Return the form that the request has sent, or None for other requests and for forms without digests."""
    request = view.request
    if not describe(view).is_row_form or request.method != "PUT" or not is_session_form(request):
        return None
    if not isinstance(request.data.get(READ_FIELD), str):
        return None
    return SentForm(request.data, view.get_serializer_class().get_prototypes())


def check_form(view: Any, row: Any) -> None:
    """Raise FormChanged if somebody else has changed what the form changes. `row` is locked and not changed yet."""
    if sent := find_sent_form(view):
        now = read_inputs(view.get_serializer(row), sent.changed_fields)
        if sent.list_conflicts(now):
            raise FormChanged
