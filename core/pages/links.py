"""Links, buttons and forms of a page."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.urls import get_resolver, is_valid_path
from django.utils.translation import gettext as _
from rest_framework.reverse import preserve_builtin_query_params, reverse
from rest_framework.utils.urls import replace_query_param

from core.http.browsers import PAGE_SIZE_FOR_PEOPLE
from core.http.downloads import FROM_PAGE, PDF
from core.pages.columns import Row
from core.sentences import fill
from core.translation import gettext_noop

FILES = {"Excel": "xlsx", "CSV": "csv"}  # the text of each button, and the format that it requests
OF_PAGES = "_"  # the parameters that only pages have begin with it, such as _view and _columns
API = "/api/"  # the addresses of all routes begin with it
# The pages with the form of a route, by method. Their addresses end with the address of the route without API.
FORM_PAGES = {"POST": "shop-form", "PUT": "shop-form", "DELETE": "shop-delete"}


@dataclass(frozen=True)
class PageLink:
    """A link to a page or a form."""

    title: str
    address: str = ""
    form: str = ""  # a method: the link leads to the form of this page, if the user may send it
    style: str = ""
    posts: bool = False  # if true, a button posts a form without inputs
    values: Any = field(default_factory=dict)  # the hidden values of this form
    right: str = ""  # the link is omitted for users without this right
    is_offered: Callable[[Any], bool] | None = None  # whether this user sees the link; by default each does


@dataclass(frozen=True)
class Action(PageLink):
    """A button of a row's page. Functions return its address or its form for the row; without both, it is omitted."""

    address: Callable[[Row], str] = lambda _row: ""  # type: ignore[assignment]
    form: str | Callable[[Row], str] = ""  # type: ignore[assignment]
    values: Callable[[Row], dict[str, Any]] = lambda _row: {}

    def link(self, row: Row) -> PageLink:
        form = self.form(row) if callable(self.form) else self.form
        return PageLink(**{**vars(self), "address": self.address(row), "form": form, "values": self.values(row)})


@dataclass(frozen=True)
class Verb:
    """A form of a page. `say` is the message after success, or makes it from the response. `link` makes the address of
    the new row.
    """

    title: str
    button: str = ""
    say: str | Callable[[Row], str] = field(default="", compare=False)
    say_undone: Callable[[Row], str] | None = field(default=None, compare=False)  # replaces it after an undo
    link: Callable[[Row], str] | None = field(default=None, compare=False)
    operation: str = ""  # the field of the response with the id of the operation that the message offers to undo
    show_once: str = ""  # a field of the response with a secret, which the page shows with the sentence `say_once`
    say_once: str = ""
    is_final: bool = False  # if true, nobody can undo it, and the button is red
    about: Callable[[Any], str] | None = field(default=None, compare=False)  # returns the sentence below the title
    # Returns what the page says above the button about the row that the form changes: a sentence, then lines.
    confirm: Callable[[Any], Sequence[str]] | None = field(default=None, compare=False)

    def write_message(self, data: Row, *, is_undone: bool = False) -> str:
        say = (is_undone and self.say_undone) or self.say
        return _(say(data) if callable(say) else say)


def add(title: str, page: str, name_field: str = "name") -> Verb:
    """Return the verb of a form that adds a row with its own page."""
    return Verb(title, say=partial(say_name, gettext_noop("Added {name}."), name_field), link=link_to_row(page))


def save(name_field: str = "name") -> Verb:
    """Return the verb of a form that changes a row."""
    return Verb("Edit", "Save", say=partial(say_name, gettext_noop("Saved {name}."), name_field))


def remove(title: str, done: str, confirm: Callable[[Any], Sequence[str]] | None = None) -> Verb:
    """Return the verb of a form that deletes a row."""
    return Verb(title, say=done, confirm=confirm)


def restore(page: str, name_field: str = "name") -> Verb:
    """Return the verb of a form that brings an archived row back."""
    return Verb("Restore", say=partial(say_name, gettext_noop("Restored {name}."), name_field), link=link_to_row(page))


def say_name(sentence: str, name_field: str, row: Row) -> str:
    """Return the sentence in the language of the request, with the name of the row."""
    return fill(sentence, name=row[name_field])


def find_address(page: str, *ids: int, **values: Any) -> str:
    """Return the address of a page with these parameters, or an empty text if the page's app is left out."""
    if page not in get_resolver().reverse_dict:
        return ""
    address = str(reverse(page, args=ids))
    return f"{address}?{urlencode(values)}" if values else address


def link_to_task(page: str, **fields: str) -> Callable[[Row], str]:
    """Return a function that returns the address of a task for a product, which leads back to the product's page."""
    return lambda row: find_address(page, product=row["id"], back=row["id"], **fields)


def link_to_row(page: str, id_field: str = "id") -> Callable[[Row], str]:
    """Return a function that returns the address of a page of the row, or of the row whose id is in the field."""
    return lambda row: str(reverse(page, args=[row[id_field]]))


def find_form_page(address: str, method: str = "POST") -> str:
    """Return the address of the page with the form that sends this method to a route."""
    return str(reverse(FORM_PAGES[method], args=[urlsplit(address).path.removeprefix(API)]))


def link_to_form(page: str, id_field: str = "id") -> Callable[[Row], str]:
    """Return a function that returns the address of the form of an action of the row."""
    return lambda row: find_form_page(reverse(page, args=[row[id_field]]))


def place_forms(links: Iterable[PageLink], forms: Mapping[str, PageLink], *, all_forms: bool = True) -> list[PageLink]:
    """Return the links with the addresses of the forms that they name. The forms that none names follow."""
    links = list(links)
    named = {link.form for link in links}
    placed = [replace(link, address=forms[link.form].address) if link.form in forms else link for link in links]
    rest = [link for method, link in forms.items() if method not in named] if all_forms else []
    return [link for link in [*placed, *rest] if link.address]


def link_to_list(page: str, **fields: str) -> Callable[[Row], str]:
    """Return a function that returns the address of a list, filtered by fields of the row."""
    return lambda row: f"{reverse(page)}?{urlencode({name: row[field] for name, field in fields.items()})}"


def link_to_file(address: str, file_format: str = "xlsx") -> str:
    """Return the address of a file for people, by default of a workbook. All links of pages to files are made here."""
    return str(replace_query_param(replace_query_param(address, "format", file_format), FROM_PAGE, "1"))


def link_to_files(address: str, *, has_pdf: bool = False) -> dict[str, str]:
    """Return the addresses of the same table in each of FILES, and perhaps as PDF, by the texts of their buttons."""
    formats = {**FILES, "PDF": PDF} if has_pdf else FILES
    return {title: link_to_file(address, file_format) for title, file_format in formats.items()}


def list_crumbs(view: Any, address: str) -> list[tuple[str, str]]:
    """Return the title and the address of each page at the address and above it that the user of the view may open.

    People who have not signed in get all of them.
    """
    request, found = view.request, []
    above = [address[: place + 1] for place, letter in enumerate(address) if letter == "/"]
    for one in above:
        match: Any = is_valid_path(one)
        is_route = match and hasattr(match.func, "cls") and has_page(match.func)
        if is_route and (not request.user.is_authenticated or may_use(view, match.url_name)):
            title = match.func.cls(**match.func.initkwargs).get_view_name()
            found.append((title, preserve_builtin_query_params(one, request)))
    return found


def has_page(route: Any) -> bool:
    """Return whether a GET of the route shows something: its rows, or the form of its POST."""
    actions = getattr(route, "actions", None) or {"get": ""}
    return "get" in actions or actions.get("post") not in getattr(route.cls, "forms_elsewhere", ())


def may_use(view: Any, name: str) -> bool:
    """Return whether the user may use the route of this name by some method, or no permission class decides it."""
    return ask_permissions(view, "may_use", name)


def ask_permissions(view: Any, question: str, name: str) -> bool:
    """Return whether each permission class that has the method `question` allows the user what `name` stands for."""
    checks = [getattr(permission, question) for permission in view.get_permissions() if hasattr(permission, question)]
    return all(check(view.request.user, name) for check in checks)


def describe_addresses(request: Any, view: Any) -> dict[str, str]:
    """Return the address at which a program gets the same response, and the address of the JSON on this page."""
    query = request.query_params.copy()
    for name in [name for name in query if name.startswith(OF_PAGES)]:
        del query[name]
    if getattr(getattr(view, "paginator", None), "is_for_people", False):
        query["page_size"] = str(PAGE_SIZE_FOR_PEOPLE)
    for name, value in getattr(view, "query_for_people", {}).items():
        query[name] = str(value)
    address = f"{request.path}?{query.urlencode()}".rstrip("?")
    return {"program_address": address, "json_address": replace_query_param(address, "format", "json")}


def select_actions(view: Any, page: dict[str, Any]) -> dict[str, Any]:
    """Return the page without the buttons that its user may not use."""
    return {**page, "actions": select_links(view, page["actions"])} if "actions" in page else page


def keep_one_primary(links: Iterable[PageLink], *, is_first_shown: bool = False) -> list[PageLink]:
    """Return the links with one primary button: the first one, or none beside the button of an empty list."""
    links = list(links)
    kept = None if is_first_shown else next((link for link in links if link.style == "primary"), None)
    return [replace(link, style="") if link.style == "primary" and link is not kept else link for link in links]


def fold(links: Sequence[PageLink], number: int) -> dict[str, Sequence[PageLink]]:
    """Return the buttons of the first links, and the links of a menu with the others. No menu has a single link."""
    first = number if 0 < number < len(links) - 1 else len(links)
    return {"actions": links[:first], "more_actions": links[first:]}


def select_links(view: Any, links: Iterable[PageLink]) -> list[PageLink]:
    """Return the links that the user has the right to, and whose pages the shop uses."""
    return [
        link
        for link in links
        if (not link.right or ask_permissions(view, "may", link.right))
        and (not link.is_offered or link.is_offered(view.request.user))
    ]
