"""A till keeps the files of one release, also while some servers still send those of another one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, expect

from testing.browser_tests.demo import Demo
from testing.browser_tests.tills import READY

LIST_KEPT = """async () => {
  const kept = await Promise.all((await caches.keys()).map((name) => caches.open(name).then((cache) => cache.keys())));
  return kept.flat().map((request) => new URL(request.url).pathname);
}"""
IS_INSTALLED = "() => navigator.serviceWorker.getRegistration().then((found) => Boolean(found?.active))"


class Front(ThreadingHTTPServer):
    """A load balancer: it sends the paths of `old` to a server with another release, and the others to the service."""

    def __init__(self, address: str) -> None:
        super().__init__(("127.0.0.1", 0), Forwarder)
        self.target, self.old = address, set[str]()
        self.address = f"http://127.0.0.1:{self.server_address[1]}"


class Forwarder(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        front: Front = self.server  # type: ignore[assignment]
        headers = {name: self.headers[name] for name in ("Accept", "Accept-Language") if self.headers[name]}
        try:
            answer = urlopen(Request(front.target + self.path, headers=headers))  # noqa: S310, our own address
        except HTTPError as error:
            answer = error
        with answer:
            content = answer.read()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.end_headers()
        is_old = self.path.partition("?")[0] in front.old
        self.wfile.write(content.replace(b'"till ', b'"old ') + b"\n" if is_old else content)

    def log_message(self, *args: object) -> None:
        """Write no log."""


@contextmanager
def run_front(address: str) -> Iterator[Front]:
    front = Front(address)
    threading.Thread(target=front.serve_forever, daemon=True).start()
    yield front
    front.shutdown()
    front.server_close()


@pytest.mark.parametrize("path", ["/till/", "/static/tills/store.js", "/static/tills/till.css"])
def test_nothing_of_another_release_is_kept(chromium: Browser, shop: Demo, path: str) -> None:
    with run_front(shop.address) as front, chromium.new_context(base_url=front.address) as context:
        front.old = {path}
        page = context.new_page()
        page.goto("/till/")
        page.wait_for_selector(READY)
        page.wait_for_timeout(2000)
        assert not page.evaluate(IS_INSTALLED)
        assert path not in page.evaluate(LIST_KEPT)
        front.old = set()
        page.reload()
        page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        assert path in page.evaluate(LIST_KEPT)
        context.set_offline(True)
        page.reload()
        expect(page.locator(READY)).to_be_attached()
