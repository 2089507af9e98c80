"""The docs page. Execute works with a session, and with a pasted token, which is stored."""

from playwright.sync_api import Locator

from ops.demo.credentials import DEMO_PASSWORD
from testing.browser_tests.visitor import Visitor


def open_operation(visitor: Visitor, method: str, path: str) -> Locator:
    """Expand an operation of the page and return its element. Swagger UI shows few operations until one filters."""
    visitor.page.get_by_placeholder("Filter by tag").fill(path.split("/")[2])
    block = visitor.page.locator(f".opblock-{method}", has=visitor.page.locator(f"[data-path='{path}']")).first
    block.locator(".opblock-summary-control").click()
    return block


def execute(block: Locator) -> str:
    """Click Execute and return the status that the page shows."""
    block.get_by_role("button", name="Execute").click()
    return block.locator(".live-responses-table tbody .response-col_status").first.inner_text().split()[0]


def get_token(visitor: Visitor) -> str:
    form = {"username": "demo", "password": DEMO_PASSWORD}
    access: str = visitor.page.request.post("/api/login/", data=form).json()["access"]
    return access


def test_execute_works_without_a_token_after_signing_in(owner: Visitor) -> None:
    owner.open_page("/api/docs/")
    assert execute(open_operation(owner, "get", "/api/products/")) == "200"
    assert execute(open_operation(owner, "post", "/api/stock/counts/")) == "201"


def test_execute_is_refused_without_signing_in(visitor: Visitor) -> None:
    visitor.open_page("/api/docs/")
    assert execute(open_operation(visitor, "get", "/api/products/")) == "401"


def test_a_pasted_token_works_and_survives_a_reload(visitor: Visitor) -> None:
    visitor.open_page("/api/docs/")
    visitor.page.locator(".auth-wrapper .authorize").click()
    visitor.page.locator(".modal-ux input[type=text]").fill(get_token(visitor))
    visitor.page.locator(".modal-ux button.authorize").click()
    visitor.page.locator(".modal-ux .btn-done").click()
    assert execute(open_operation(visitor, "get", "/api/products/")) == "200"
    assert execute(open_operation(visitor, "post", "/api/stock/counts/")) == "201"
    visitor.page.reload(wait_until="networkidle")
    assert execute(open_operation(visitor, "get", "/api/suppliers/")) == "200"


def test_signing_in_from_the_docs_returns_to_them(visitor: Visitor) -> None:
    visitor.open_page("/api/docs/")
    visitor.page.get_by_role("link", name="Sign in").click()
    visitor.page.get_by_label("User name").fill("demo")
    visitor.page.get_by_label("Password").fill(DEMO_PASSWORD)
    visitor.page.get_by_role("button", name="Sign in").click()
    visitor.page.get_by_text("Execute works at once").wait_for()


def test_an_address_without_a_trailing_slash_is_redirected(visitor: Visitor) -> None:
    visitor.open_page("/api/docs")
    assert visitor.page.url.endswith("/api/docs/")
