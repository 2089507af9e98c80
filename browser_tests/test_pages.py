"""Every page on a wide and on a narrow screen: no requests to other hosts, no missing file, no horizontal scrolling.

The fixture `visitor` fails if opening a page causes such a problem.
"""

import re

import pytest
from playwright.sync_api import Browser

from browser_tests.demo import Demo
from browser_tests.visitor import NARROW, WIDE, Visitor
from products.models import Product
from testing.routes import Route, list_api_routes
from users.models import User

PUBLIC = [
    "/",
    "/api/docs/",
    "/api/docs/errors/",
    "/docs/",
    "/docs/errors/",
    "/docs/reports/",
    "/docs/snippets/",
    "/docs/?q=lock",
    "/api-auth/login/",
    "/admin/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/sent/",
    "/accounts/password/reset/MQ/x-y/",
    "/api/",
    "/api/products/",
    "/nowhere/",
    "/healthz",
]
NOT_PAGES = ("export", "template")  # CSV or JSON, whatever the client accepts
ROUTES = [route for route in list_api_routes() if not any(word in route.address for word in NOT_PAGES)]


def test_every_public_page(visitor: Visitor) -> None:
    for path in PUBLIC:
        visitor.open_page(path)


def test_the_table_of_errors_does_not_scroll_sideways(visitor: Visitor) -> None:
    visitor.open_page("/api/docs/errors/")
    table = visitor.page.locator(".wide")
    assert table.evaluate("box => box.scrollWidth - box.clientWidth") == 0


def test_every_page_of_the_browsable_api(owner: Visitor) -> None:
    texts = [owner.open_page(path).inner_text() for path in map(address_of(owner), ROUTES)]
    assert len(texts) > 30


def address_of(visitor: Visitor):
    """Return a function from routes to addresses, with the id of the first row of their list."""

    def address(route: Route) -> str:
        if not route.has_id:
            return route.address
        queryset = getattr(route.view, "queryset", None)
        is_product = "product_id" in route.address or queryset is None or queryset.model is Product
        list_address = "/api/products/" if is_product else route.address.partition("<")[0]
        if queryset is not None and queryset.model is User:
            return route.address_for(visitor.page.request.get("/api/users/me/?format=json").json()["id"])
        return route.address_for(visitor.page.request.get(f"{list_address}?format=json").json()["results"][0]["id"])

    return address


def test_every_page_of_the_support_desk(support: Visitor) -> None:
    support.open_page("/admin/")
    lists = sorted(set(find_links(support, r"/admin/\w+/\w+/")))
    assert len(lists) > 5
    for path in lists:
        support.open_page(path)
        for row in find_links(support, r"/admin/\w+/\w+/[^/]+/change/")[:1]:
            support.open_page(row)


def find_links(visitor: Visitor, pattern: str) -> list[str]:
    """Return the paths of the page's links that match the pattern."""
    found = visitor.page.locator("a[href]").evaluate_all("links => links.map(link => link.pathname)")
    return [path for path in found if re.fullmatch(pattern, path)]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/docs/",
        "/docs/",
        "/docs/errors/",
        "/docs/snippets/",
        "/api-auth/login/",
        "/accounts/signup/",
        "/nowhere/",
    ],
)
def test_pages_are_dark_in_dark_mode(chromium: Browser, shop: Demo, request: pytest.FixtureRequest, path: str) -> None:
    visitor = Visitor(chromium, shop.address, NARROW, scheme="dark", shots=request.config.getoption("--shots"))
    visitor.open_page(path)
    background = visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")
    visitor.close()
    assert sum(map(int, re.findall(r"\d+", background)[:3])) < 3 * 60
    assert visitor.problems == []


def test_the_focused_element_has_a_visible_outline(owner: Visitor) -> None:
    for path in ("/", "/api/products/"):
        owner.open_page(path)
        for _ in range(4):
            owner.page.keyboard.press("Tab")
            style = owner.page.evaluate("getComputedStyle(document.activeElement).outline")
            assert " 2px" in f" {style}", (path, style)
            assert "none" not in style


def test_twenty_products_fit_on_the_screen_of_a_laptop(chromium: Browser, shop: Demo) -> None:
    visitor = Visitor(chromium, shop.address, WIDE)
    visitor.sign_in("demo")
    visitor.open_page("/api/products/")
    rows = visitor.page.locator(".table tbody tr")
    box = rows.last.bounding_box()
    assert rows.count() == 20
    assert box
    assert box["y"] + box["height"] <= WIDE[1]
    visitor.close()
    assert visitor.problems == []


def test_the_start_page_leads_to_the_form_that_sells(owner: Visitor) -> None:
    text = owner.open_page("/api/").inner_text()
    for heading in ("Value by category", "Low on stock", "Expires within 30 days", "Today"):
        assert heading in text
    owner.page.get_by_role("link", name="Sell", exact=True).click()
    form = owner.page.locator("#post-object-form")
    assert form.is_visible()
    assert form.locator("[name=movement_type]").input_value() == "OUT"


def test_the_movements_report_has_a_plot_and_its_numbers(owner: Visitor) -> None:
    owner.open_page("/api/reports/movements/")
    plot = owner.page.locator(".plot")
    assert plot.locator("rect").count() > 20
    plot.get_by_text("In numbers").click()
    assert plot.locator("tr").count() == 1 + 30
    owner.check_accessibility()


def test_every_page_in_dark_colors(chromium: Browser, shop: Demo, request: pytest.FixtureRequest) -> None:
    for size in (WIDE, NARROW):
        visitor = Visitor(chromium, shop.address, size, scheme="dark", shots=request.config.getoption("--shots"))
        visitor.sign_in("demo")
        for path in map(address_of(visitor), ROUTES):
            visitor.open_page(path)
        for path in ("/api/products/99999/", "/api/nowhere/", "/api/products/?min_price=x&color=red"):
            visitor.open_page(path)
        visitor.close()
        assert visitor.problems == []


# --- Negative controls ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        (
            "document.body.append(Object.assign(new Image(), {src: 'http://example.invalid/x.png'}))",
            "requests another host",
        ),
        ("document.body.append(Object.assign(new Image(), {src: '/static/nothing.png'}))", "did not load"),
        ("document.body.insertAdjacentHTML('beforeend', '<img src=data:, onerror=x()>')", "Content Security Policy"),
        ("document.body.insertAdjacentHTML('beforeend', '<img src=data:,>')", "axe image-alt"),
        ("document.body.style.width = '2000px'", "pixels wide"),
        ("setTimeout(() => { throw new Error('broken') })", "a script failed"),
    ],
)
def test_a_visitor_finds_the_problem(chromium: Browser, shop: Demo, script: str, problem: str) -> None:
    visitor = Visitor(chromium, shop.address, NARROW)
    visitor.context.add_init_script(f"addEventListener('DOMContentLoaded', () => {{ {script} }})")
    visitor.open_page("/")
    visitor.close()
    assert any(problem in found for found in visitor.problems), visitor.problems
