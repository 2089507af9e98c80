"""Open the forms of a shop's pages as people find them, by links, and send them as they are offered.

`walk_pages()`, `try_form()` and `try_filters()` take a signed-in browser, so that each kind of shop can be walked.
"""

import copy
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from html import unescape
from html.parser import HTMLParser
from http.client import BAD_REQUEST, OK
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from django.apps import apps
from django.db import transaction
from django.db.models import Max
from django.urls import Resolver404, resolve

from core.http.browsers import PROOF_FIELD
from core.pages.links import API, OF_PAGES
from records.events.models import Event
from records.history.models import Change
from testing.reading.browser import Browser
from users.errors import NotAcknowledged

EACH = 2  # pages that are alike are opened as often
MAX_OPTIONS = 4  # the most options of a long list that are tried, such as of countries
# Links with these parameters show the same page in another way, or a file.
OTHER_LOOKS = {"format", "csv", "_view", "_columns", "ordering", "cursor", "page", "view", "columns"}
ELSEWHERE = ("/docs/", "/admin/", "/static/", "/api/schema", "/api-auth/", "/accounts/")
NOT_CHOSEN = ("hidden", "search")
DATED = [model for model in apps.get_models() if any(one.name == "updated_at" for one in model._meta.fields)]
FORM = '<form class="task'
ABOVE = re.compile(r'<p class="refusal"[^>]*>(.*?)</p>')
MISTAKE = "§ {0}"
FOR_PROGRAMS = re.compile(r"`|\b[a-z]+_[a-z_]+\b|/api/|\bAPI\b")
# Texts that say nothing without the field beside which they are.
BESIDE_A_FIELD = {
    "This field is required.", "This field may not be blank.", "This field may not be null.", "Choose one.",
    "Enter a number.", "Enter a whole number.", "Enter a date.",
}  # fmt: skip
FILTERS = re.compile(r'<form(?=[^>]* method="get")(?![^>]* action=).*?</form>', re.DOTALL)
# What the page has of which a refusal speaks: a box, or a link.
ASKED = {
    str(NotAcknowledged.detail): r'name="[^"]*acknowledged"',
    "Nothing was saved yet: show first that it is you.": f'name="{PROOF_FIELD}"',
    "Confirm your e-mail address first: ": r'href="[^"]*confirm-email/',
}
Values = dict[str, list[str]]


class Kind(NamedTuple):
    """Pages that are alike: their routes are the same, and the names of their parameters."""

    route: str
    parameters: tuple[str, ...]


class Refusal(NamedTuple):
    """A form that was not accepted as it was offered, or a form of a row that has changed something untouched."""

    kind: Kind
    field: str  # the one in which another option was chosen; empty for the form as it is
    option: str
    status: int
    said: list[str]  # the errors, or what has changed


class OfferReader(HTMLParser):
    """Collects the values of a form as a browser sends them, and the options of each field: those of selects, radios,
    boxes and suggestions.
    """

    def __init__(self, form: str) -> None:
        super().__init__()
        self.values: Values = {}
        self.options: Values = {}
        self.boxes: set[str] = set()
        self.texts: set[str] = set()  # the fields in which people type
        self.lists: dict[str, str] = {}  # the names of fields by the ids of their suggestions
        self.areas: set[str] = set()
        self.open, self.chosen, self.is_several, self.area = "", [], False, ""
        self.feed(form)

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        found = dict(reversed(attributes))  # browsers take the first of several attributes with the same name
        name, value, kind = found.get("name") or "", found.get("value") or "", found.get("type") or "text"
        if tag == "input" and name:
            is_box = kind in ("radio", "checkbox")
            if is_box:
                self.options.setdefault(name, []).append(value)
                self.boxes |= {name} if kind == "checkbox" else set()
            elif kind not in NOT_CHOSEN:
                self.texts.add(name)
            self.values.setdefault(name, []).extend([value] * (not is_box or "checked" in found))
            self.lists[found.get("list", "")] = name
        elif tag in ("select", "datalist"):
            self.open = name or self.lists.get(found.get("id") or "", "")
            self.chosen, self.is_several = [], tag == "datalist" or "multiple" in found
            self.options.setdefault(self.open, [])
        elif tag == "option":
            self.options[self.open].append(value)
            self.chosen += [value] * ("selected" in found)
        elif tag == "textarea":
            self.area = name
            self.areas.add(name)
            self.values.setdefault(name, []).append("")

    def handle_data(self, data: str) -> None:
        if self.area:
            self.values[self.area][-1] = data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = ""
        elif tag == "select":
            chosen = self.chosen if self.is_several else (self.chosen or self.options[self.open][:1])[-1:]
            self.values.setdefault(self.open, []).extend(chosen)


class Page(NamedTuple):
    address: str
    kind: Kind
    text: str
    is_first: bool  # whether it is the first page of its kind, without parameters


class Offer(OfferReader):
    """The form of a task on a page."""

    def __init__(self, page: Page) -> None:
        form = FORM + page.text.partition(FORM)[2].partition("</form>")[0]
        super().__init__(form)
        self.page = page
        self.needed = {*map(unescape, re.findall(r'<label for="field-([^"]+)">[^<]*<small>', form))}
        self.needed |= {name for name in self.options.keys() - self.boxes if not self.values[name]}  # radios

    @property
    def changes_row(self) -> bool:
        view: Any = getattr(resolve(urlsplit(self.page.address).path).func, "view_class", None)
        return "_read" in self.values or getattr(view, "method", "") in ("PATCH", "PUT")

    def fill(self, typed: Mapping[str, str]) -> Values:
        """Return the values with something in each required field: what a person types there, or the first option.

        The names in `typed` are those of fields, or of a route and a field: `shop-move.to`.
        """
        filled = dict(self.values)
        own = {name: typed.get(f"{self.page.kind.route}.{name}", typed.get(name)) for name in filled}
        for name in self.needed | {name for name in filled if own[name]}:
            if not any(filled[name]):
                offered = next(filter(None, self.options.get(name, ())), "Offered")
                filled[name] = [own[name] or offered, *filled[name][1:]]
        return filled

    def vary(self, values: Values) -> Iterator[tuple[str, str, Values]]:
        """Yield the values with another option in one field at a time: each that is offered, of long lists a few."""
        for name, offered in self.options.items():
            tried = offered if len(offered) <= MAX_OPTIONS else [*offered[: MAX_OPTIONS - 1], offered[-1]]
            for option in tried:
                now = values.get(name, [])
                if name in self.boxes:
                    ticked = [one for one in now if one != option] if option in now else [*now, option]
                    yield name, option, values | {name: ticked}
                elif option not in now[:1] and (option or name not in self.needed):
                    yield name, option, values | {name: [option, *now[1:]]}


def find_kind(address: str) -> Kind | None:
    """Return what pages at such addresses have in common. Return None for files, and if there is no page."""
    parts = urlsplit(address)
    names = {f"field={value}" if name == "field" else name for name, value in parse_qsl(parts.query)}
    try:
        match = resolve(parts.path)
        form = f"{match.url_name} {resolve(API + match.kwargs['path']).url_name}" if "path" in match.kwargs else ""
    except Resolver404:
        return None
    return None if OTHER_LOOKS & names else Kind(form or str(match.url_name), tuple(sorted(names)))


def walk_pages(browser: Browser, *starts: str, each: int = EACH) -> Iterator[Page]:
    """Yield the pages to which links lead, at most `each` of a kind, and one if its address has parameters."""
    seen: Counter[Kind] = Counter()
    waiting = dict.fromkeys(starts)
    for address in iter(lambda: next((one for one in waiting if waiting[one] is None), None), None):
        waiting[address] = "opened"
        kind = find_kind(address)
        if kind is None or seen[kind] == (1 if kind.parameters else each):
            continue
        seen[kind] += 1
        answer = browser.client.get(address)
        if answer.streaming:
            answer.getvalue()  # reads all of it, which closes its temporary file
            continue
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        if answer.status_code == OK:
            yield Page(address, kind, answer.text, seen[kind] == 1 and not kind.parameters)
        links = (urljoin(address, unescape(link)) for link in re.findall(r'<a[^>]* href="([^"#]+)', answer.text))
        for link in links:
            if link.startswith("/") and not link.startswith(ELSEWHERE):
                waiting.setdefault(link)


def find_forms_of(browser: Browser, address: str) -> Iterator[tuple[Kind, str]]:
    """Yield the forms to which links of a row's page lead that have its id."""
    row_id = address.rstrip("/").rpartition("/")[2]
    for link in re.findall(rf'<a[^>]* href="(/shop/[^"#]*/{row_id}/[^"#]*)', browser.get_page(address)):
        if kind := find_kind(unescape(link)):
            yield kind, unescape(link)


def open_page(browser: Browser, address: str) -> Page | None:
    """Return the page, or None if it is not there, not for this user, or without a form."""
    answer = browser.client.get(address)
    kind = find_kind(address)
    if answer.status_code != OK or kind is None or answer.streaming or FORM not in answer.text:
        return None
    return Page(address, kind, answer.text, is_first=True)


class Tried(NamedTuple):
    """A form of a page after it was sent, how often it was sent with another option, and what was refused."""

    page: Page
    changes_row: bool
    options: int
    refused: list[Refusal]
    unanswered: list[str]  # why people can't answer the refusals


def try_form(browser: Browser, page: Page, typed: Mapping[str, str], *, with_options: bool = True) -> Tried:
    """Send the form of a page as it is offered, with what is `typed` into fields of these names.

    With options, it is also sent with each option of each field. Nothing stays written. What was refused are answers
    of 400 and above, and forms of rows that have changed something untouched.
    """
    offer = Offer(page)
    values, before = offer.fill({} if offer.changes_row else typed), sign()
    plain = send(browser, page.address, values)
    refused, unanswered, varied = [], [*plain.unanswered], [*offer.vary(values)] if with_options else []
    if plain.status >= BAD_REQUEST:
        refused.append(Refusal(page.kind, "", "", plain.status, plain.said))
    elif offer.changes_row and plain.after != before:
        refused.append(Refusal(page.kind, "", "untouched", plain.status, list_changes(before, plain.after)))
    for name, option, changed in varied:
        answer = send(browser, page.address, changed)
        unanswered += answer.unanswered
        if answer.status >= BAD_REQUEST and answer.said != plain.said:
            refused.append(Refusal(page.kind, name, option, answer.status, answer.said))
        elif offer.changes_row and answer.status < BAD_REQUEST and len(answer.changed) > 1:
            refused.append(Refusal(page.kind, name, option, answer.status, sorted(answer.changed)))
    return Tried(page, offer.changes_row, len(varied), refused, [f"{page.address}: {why}" for why in unanswered])


def try_filters(browser: Browser, page: Page) -> Iterator[tuple[int, list[Refusal]]]:
    """Open the page with each option of its filters. Yield for each form how many there were, and what was refused."""
    for text in FILTERS.findall(page.text):
        form, number, refused = OfferReader(text), 0, []
        for name, options in form.options.items():
            for option in options[:MAX_OPTIONS]:
                number += 1
                query = urlencode(form.values | {name: [option]}, doseq=True)
                answer = browser.client.get(f"{urlsplit(page.address).path}?{query}")
                if answer.status_code >= BAD_REQUEST:
                    refused.append(Refusal(page.kind, name, option, answer.status_code, list_errors(answer.text)))
        yield number, refused


class Sent(NamedTuple):
    status: int
    said: list[str]
    after: dict[str, Any]
    changed: set[str]  # the fields whose change is in the history
    unanswered: list[str]  # why the refusal can't be answered on the page


def send(browser: Browser, address: str, values: Values) -> Sent:
    """Send a form, and roll back what it has written. The browser stays signed in whatever the form has done."""
    cookies, last = copy.deepcopy(browser.client.cookies), read_last_change()
    with transaction.atomic():
        answer = browser.client.post(address, values)
        answer.getvalue()
        after = sign()
        changes = Change.objects.filter(pk__gt=last).values_list("changes", flat=True)
        changed = {name for change in changes for name in change}
        transaction.set_rollback(True)
    browser.client.cookies = cookies
    if answer.status_code < BAD_REQUEST:
        return Sent(answer.status_code, [], after, changed, [])
    return Sent(answer.status_code, list_errors(answer.text), after, changed, list_unanswered(answer.text, values))


def list_unanswered(page: str, sent: Values) -> list[str]:
    """Return why people can't answer what the page of a refused form says, or nothing.

    The page has all of the form, and says what is wrong: beside a field, or with its name, and in no words of the API.
    """
    above, said = ABOVE.findall(page), list_errors(page)
    shown = OfferReader(FORM + page.partition(FORM)[2].partition("</form>")[0])
    gone = sent.keys() - shown.values.keys() - shown.options.keys()
    return [
        *([] if any(said) else ["It says nothing."]),
        *(f"The field {name} is gone." for name in sorted(gone) if FORM in page and not name.startswith(OF_PAGES)),
        *(f"It names no field: {text}" for text in above if text in BESIDE_A_FIELD),
        *(f"It is for programs: {text}" for text in said if FOR_PROGRAMS.search(text)),
        *(
            f"It has not what is asked for: {text}"
            for text, asked in ASKED.items()
            if any(one.startswith(text) for one in said) and not re.search(asked, page)
        ),
    ]


def try_mistakes(browser: Browser, page: Page) -> tuple[int, list[str]]:
    """Send the form of a page empty, and with something wrong in each field in which people type.

    Return how many of these were refused, and why people can't answer the refusals.
    """
    offer = Offer(page)
    asked = offer.texts | (offer.options.keys() - offer.boxes) | offer.areas
    answers = [
        send(browser, page.address, offer.values | {name: [text] * len(offer.values[name]) for name in names})
        for text, names in (
            ("", asked & offer.values.keys()),
            (MISTAKE, (offer.texts | offer.areas) & offer.values.keys()),
        )
    ]
    refused = [one for one in answers if one.status >= BAD_REQUEST]
    return len(refused), [f"{page.address}: {why}" for one in refused for why in one.unanswered]


def read_last_change() -> int:
    return Change.objects.aggregate(last=Max("pk"))["last"] or 0


def sign() -> dict[str, Any]:
    """Return what differs after a change: the numbers of events and changes, and the last time of each table."""
    times = {model.__name__: model._default_manager.aggregate(last=Max("updated_at"))["last"] for model in DATED}
    return {"changes": Change.objects.count(), "events": Event.objects.count(), **times}


def list_changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [name for name in before if before[name] != after[name]]


def list_errors(page: str) -> list[str]:
    said = re.findall(r'<p class="(?:error|refusal)"[^>]*>(.*?)</p>', page)
    return [unescape(re.sub(r"<[^>]*>", "", one)) for one in said]
