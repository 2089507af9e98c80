"""A visitor that follows every link, and looks at each page in three sizes and both colour schemes."""

from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urldefrag, urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Error, Response

from core.pages.links import API
from testing.browser_tests.visitor import MIDDLE, NARROW, WIDE, Visitor

LINKS = "[...document.querySelectorAll('a[href]')].map(link => [link.href, link.closest('.json') !== null])"
IDS = "[...document.querySelectorAll('[id]')].map(element => element.id)"
FORMS = "main form[method=post i], main form:has(input[type=file])"
DOCUMENT = "docs/<file:address>/"  # it is one route, but each of its addresses has its own text
CARRIED = {"_changelist_filters", "_to_field", "page_size"}  # links take these parameters from their page
ORDERS = {"cursor", "o", "ordering", "p", "page"}  # these parameters show other rows in the same way
LOOKS = ((WIDE, "light"), (MIDDLE, "light"), (NARROW, "dark"))
OPEN_PARTS = "document.querySelectorAll('main details').forEach(part => { part.open = true; })"


class Kind(NamedTuple):
    """Pages that are alike: they have the same route and parameters of the same names. The walker opens one of them."""

    route: str
    parameters: frozenset[str]


class Link(NamedTuple):
    """An address, and the page that links to it. The start of a walk and addresses in JSON have no such page."""

    address: str
    page: str = ""


def find_route(address: str) -> str:
    """Return the route of the address, or its path if it has no route. Each form of a route is a kind of page."""
    path = urlsplit(address).path
    try:
        found = resolve(path)
        inner = found.kwargs.get("path")
        return found.route.replace("<path:path>", find_route(f"{API}{inner}")) if inner else found.route
    except Resolver404:
        return path


def classify(address: str) -> Kind:
    """Return the kind of the page at this address. In the documentation, each path is a kind."""
    route, parts = find_route(address), urlsplit(address)
    names = frozenset(dict(parse_qsl(parts.query))) - CARRIED
    return Kind(parts.path if route == DOCUMENT else route, names)


def is_combination(link: Link) -> bool:
    """Return whether the link adds parameters to those of its page.

    The plain page has a link with each of the parameters.
    """
    old, new = urlsplit(link.page), urlsplit(link.address)
    return (
        bool(old.query) and old.path == new.path and classify(link.address).parameters > classify(link.page).parameters
    )


class Walker(Visitor):
    """A visitor that goes from page to page below one path, and records dead links and the problems of pages.

    Kinds in `known` are not opened, because another walk has opened them.
    """

    def __init__(
        self,
        browser: Browser,
        address: str,
        below: str = "/",
        known: frozenset[Kind] = frozenset(),
        checked: set[tuple[Kind, int]] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(browser, address, WIDE, **options)
        self.below, self.known = f"{address}{below}", known
        self.checked = set() if checked is None else checked
        self.kinds: set[Kind] = set()
        self.pages: set[str] = set()  # the routes that returned a page
        self.ids: dict[str, set[str]] = {}  # the ids of the elements, by address
        self.fragments: set[tuple[Link, str]] = set()
        self.waiting: list[Link] = []

    def walk(self, *starts: str) -> None:
        """Walk these pages and all pages that they lead to. Then look for links to missing parts of pages."""
        self.waiting += [Link(f"{self.address}{start}") for start in starts]
        while self.waiting:
            self.visit(self.waiting.pop(0))
        for link, fragment in sorted(self.fragments):
            if fragment not in self.ids.get(link.address, {fragment}):
                self.problems.append(f"{link.page}: links to the missing part {link.address}#{fragment}")

    def add_link(self, link: Link) -> None:
        """Queue the address, unless it is on another host, of a kind that has been opened, or a combination."""
        address, fragment = urldefrag(link.address)
        if not address.startswith(self.below):
            return
        link = Link(address, link.page)
        if fragment and not fragment.startswith("/"):  # with a slash, it is an address inside of Swagger UI
            self.fragments.add((link, unquote(fragment)))
        kind = classify(address)
        is_own = address == urldefrag(link.page).url
        if kind not in self.kinds | self.known and not is_own and not is_combination(link):
            self.kinds.add(kind)
            self.waiting.append(link)

    def visit(self, link: Link) -> None:
        """Open the link, look at its page, and queue the links of the page."""
        self.resize(*LOOKS[0])
        response = self.follow(link)
        if response is None or not response.headers.get("content-type", "").startswith("text/html"):
            return
        self.check_status(link, response.status)
        self.pages.add(find_route(self.page.url))
        self.look(response.status)
        self.ids[urldefrag(self.page.url).url] = set(self.page.evaluate(IDS))
        for address, is_data in self.page.evaluate(LINKS):
            self.add_link(Link(address, "" if is_data else self.page.url))

    def look(self, status: int) -> None:
        """Check the page's width on all screens. Check its accessibility, unless another user has had such a page.

        The forms of a page are checked, too: axe-core leaves out what is folded.
        """
        if self.page.url.endswith("/api/docs/"):
            self.page.wait_for_selector(".opblock")
        self.page.evaluate(OPEN_PARTS)
        route, parameters = classify(self.page.url)
        answer = (Kind(route, parameters - ORDERS), status)
        for size, scheme in LOOKS:
            self.resize(size, scheme)
            self.check_width() if answer in self.checked else self.check_page()
        self.checked.add(answer)

    def follow(self, link: Link) -> Response | None:
        """Open the link in the window. Return None for a file, which the browser saves."""
        try:
            return self.page.goto(link.address)
        except Error as error:
            if "Download is starting" not in error.message:
                raise
        return None

    def check_status(self, link: Link, status: int) -> None:
        """Record a dead link. A page that has only a form returns 405, and a page that asks to sign in returns 401."""
        if not link.page or status < 400:
            return
        is_form = status == 405 and self.page.locator(FORMS).count()
        asks_to_sign_in = status == 401 and self.page.locator("main a", has_text="Sign in").count()
        if not (is_form or asks_to_sign_in):
            self.problems.append(f"{link.page}: links to {link.address}, which is a {status}")
