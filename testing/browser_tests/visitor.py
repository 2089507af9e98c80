"""A browser window that records problems of the pages that it opens."""

import re
from importlib import resources
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Locator, Request, Response

from ops.demo.credentials import DEMO_PASSWORD

WIDE, MIDDLE, NARROW = (1280, 800), (844, 390), (390, 844)  # a phone is held both ways
TIMEOUT_SECONDS = 15
OPEN_MENU = ":is(.open-menu, .more-tasks):visible"
OWN_ADDRESSES = ("data:", "blob:", "about:")
PAGE_RESOURCES = ("script", "stylesheet", "image", "font")
AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
ANIMATIONS = "Promise.allSettled(document.getAnimations().map(animation => animation.finished)).then(() => null)"
# A page's own 404 causes it as well, so watch_response() checks the parts of the page.
LOAD_FAILURE = "Failed to load resource"
PICTURE = "/picture/?"  # Chromium adds styles to a picture that is opened alone, which the picture's policy refuses


class Visitor:
    """A window of one size. Records requests to other hosts, files that do not load, and console errors."""

    def __init__(
        self,
        browser: Browser,
        address: str,
        size: tuple[int, int],
        scheme: Any = "light",
        shots: Path | None = None,
        **place: str,
    ) -> None:
        """Open the window. `place` may set the `locale` and the `timezone_id` of the browser."""
        self.address, self.width, self.scheme, self.shots = address, size[0], scheme, shots
        self.problems: list[str] = []
        self.measured: list[tuple[str, object]] = []  # the clicks and keys of a task, which the summary shows
        self.context = browser.new_context(
            base_url=address, viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, **place
        )
        self.context.set_default_timeout(TIMEOUT_SECONDS * 1000)
        self.page = self.context.new_page()
        self.page.on("request", self.watch_request)
        self.page.on("response", self.watch_response)
        self.page.on("console", self.watch_console)
        self.page.on("pageerror", lambda error: self.add_problem(f"a script failed: {error}"))

    def add_problem(self, problem: str) -> None:
        self.problems.append(f"{self.page.url}: {problem}")

    def watch_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.address}/", *OWN_ADDRESSES)):
            self.add_problem(f"requests another host: {request.url}")

    def watch_response(self, response: Response) -> None:
        if response.status >= 400 and response.request.resource_type in PAGE_RESOURCES:
            self.add_problem(f"did not load {response.url}: {response.status}")

    def watch_console(self, message: ConsoleMessage) -> None:
        """Record errors and warnings, which include violations of the Content Security Policy."""
        is_expected = message.text.startswith(LOAD_FAILURE) or PICTURE in self.page.url
        if message.type in ("error", "warning") and not is_expected:
            self.add_problem(f"{message.type}: {message.text}")

    def sign_in(self, username: str, at: str = "/api-auth/login/") -> None:
        self.page.goto(at)
        self.page.get_by_label(re.compile("user ?name", re.I)).fill(username)
        self.page.get_by_label("Password").fill(DEMO_PASSWORD)
        self.page.locator("main form [type=submit], main form button").first.click()
        self.page.wait_for_url(lambda address: "login" not in address)

    def sign_out(self) -> None:
        """Sign out by the menu, which a narrow window hides until it is opened."""
        opener = self.page.locator(OPEN_MENU)
        if opener.count():
            opener.click()
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Sign out").click()

    def change_user(self, **fields: Any) -> None:
        """Change fields of the user who has signed in."""
        self.page.goto("/api/users/me/")
        token = self.page.locator("[name=csrfmiddlewaretoken]").first.input_value()
        headers = {"X-CSRFToken": token, "Referer": self.address, "Accept": "application/json"}
        changed = self.page.request.patch("/api/users/me/", data=fields, headers=headers)
        assert changed.status == 200, changed.text()

    def open_page(self, path: str) -> Locator:
        """Open a page, wait until it has loaded, and look for problems. Return its main element."""
        self.page.goto(path, wait_until="networkidle" if "docs" in path else "load")  # a script renders the docs
        if path == "/api/docs/":
            self.page.wait_for_selector(".opblock")
        self.check_page()
        return self.page.locator("main, body").first

    def resize(self, size: tuple[int, int], scheme: Any) -> None:
        """Give the window another size and colour scheme, and wait until the colours have changed.

        Nothing is loaded.
        """
        self.width, self.scheme = size[0], scheme
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.emulate_media(color_scheme=scheme)
        self.page.evaluate(ANIMATIONS)

    def check_page(self) -> None:
        """Record a page that is too wide or not accessible."""
        self.check_width()
        self.check_accessibility()
        self.save_screenshot(self.page.url.removeprefix(self.address))

    def check_width(self) -> None:
        """Record a page that scrolls sideways."""
        width = self.page.evaluate("document.documentElement.scrollWidth")
        if width > self.width:
            self.add_problem(f"is {width} pixels wide on a screen of {self.width}")

    def check_accessibility(self) -> None:
        """Record the problems that axe-core finds on an HTML page of the product.

        The page's script policy is not changed.
        """
        if not self.page.evaluate("document.contentType === 'text/html' && document.doctype !== null"):
            return  # the browser itself renders data
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        for found in self.page.evaluate("axe.run().then(result => result.violations)"):
            for node in found["nodes"]:
                self.add_problem(f"axe {found['id']}: {found['help']}: {node['html'][:200]}")

    def save_screenshot(self, path: str) -> None:
        """Save a screenshot under the name of the path, if the tests are run with `--shots`."""
        if not self.shots:
            return
        name = re.sub(r"\W+", "-", path).strip("-") or "front-page"
        self.shots.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self.shots / f"{name}-{self.width}-{self.scheme}.png", full_page=True)

    def show_filters(self) -> None:
        """Show the filters of the list, which a narrow screen hides."""
        if self.width == NARROW[0]:
            self.page.locator("summary", has_text="More filters").click()

    def status_line(self) -> str:
        """Return the status line that a page of the browsable API shows."""
        return (self.page.locator(".answer .status").text_content() or "").strip()

    def close(self) -> None:
        self.context.close()
