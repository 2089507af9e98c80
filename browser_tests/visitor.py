"""Somebody with a browser, who notices what goes wrong in it."""

import re
from importlib import resources
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Locator, Request, Response

from demo.credentials import DEMO_PASSWORD

PATIENCE_SECONDS = 15
OWN_ADDRESSES = ("data:", "blob:", "about:")
PARTS_OF_A_PAGE = ("script", "stylesheet", "image", "font")
AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
REFUSAL_OF_A_PAGE = "Failed to load resource"  # the browser's word for a page's own 404: parts of it are watched below


class Visitor:
    """A window of one size. Complains of what a page asks of other hosts, lacks, or writes to the console."""

    def __init__(
        self, browser: Browser, address: str, size: tuple[int, int], scheme: Any = "light", shots: Path | None = None
    ) -> None:
        self.address, self.width, self.scheme, self.shots = address, size[0], scheme, shots
        self.complaints: list[str] = []
        self.context = browser.new_context(
            base_url=address, viewport={"width": size[0], "height": size[1]}, color_scheme=scheme
        )
        self.context.set_default_timeout(PATIENCE_SECONDS * 1000)
        self.page = self.context.new_page()
        self.page.on("request", self.watch_request)
        self.page.on("response", self.watch_response)
        self.page.on("console", self.watch_console)
        self.page.on("pageerror", lambda error: self.complain(f"a script failed: {error}"))

    def complain(self, what: str) -> None:
        self.complaints.append(f"{self.page.url}: {what}")

    def watch_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.address}/", *OWN_ADDRESSES)):
            self.complain(f"asks another host: {request.url}")

    def watch_response(self, response: Response) -> None:
        if response.status >= 400 and response.request.resource_type in PARTS_OF_A_PAGE:
            self.complain(f"lacks {response.url}: {response.status}")

    def watch_console(self, message: ConsoleMessage) -> None:
        """Policy reports come here, too."""
        if message.type in ("error", "warning") and not message.text.startswith(REFUSAL_OF_A_PAGE):
            self.complain(f"{message.type}: {message.text}")

    def sign_in(self, username: str, at: str = "/api-auth/login/") -> None:
        self.page.goto(at)
        self.page.get_by_label(re.compile("user ?name", re.I)).fill(username)
        self.page.get_by_label("Password").fill(DEMO_PASSWORD)
        self.page.locator("main form [type=submit], main form button").first.click()
        self.page.wait_for_url(lambda address: "login" not in address)

    def look_at(self, path: str) -> Locator:
        """Open a page, all of it; complain if one has to scroll sideways."""
        self.page.goto(path, wait_until="networkidle" if "docs" in path else "load")  # the docs' script draws its page
        if path == "/api/docs/":
            self.page.wait_for_selector(".opblock")
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        if wide > self.width:
            self.complain(f"is {wide} pixels wide on a screen of {self.width}")
        self.look_for_barriers()
        if self.shots:
            self.keep_picture(path)
        return self.page.locator("main, body").first

    def look_for_barriers(self) -> None:
        """Complain of what axe-core finds on a page of ours. The page's policy for scripts stays as it is."""
        if not self.page.evaluate("document.contentType === 'text/html' && document.doctype !== null"):
            return  # data, which the browser itself shows
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        for found in self.page.evaluate("axe.run().then(result => result.violations)"):
            for node in found["nodes"]:
                self.complain(f"axe {found['id']}: {found['help']}: {node['html'][:200]}")

    def keep_picture(self, path: str) -> None:
        name = re.sub(r"\W+", "-", path).strip("-") or "front-page"
        assert self.shots
        self.shots.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self.shots / f"{name}-{self.width}-{self.scheme}.png", full_page=True)

    def answer(self) -> str:
        """The status line that a page of the browsable API shows."""
        return self.page.locator(".answer .status").inner_text()

    def leave(self) -> None:
        self.context.close()
