"""The front page: its Copy button and its links."""

import json
import re
import subprocess

from testing.browser_tests.visitor import Visitor


def test_the_button_copies_a_command_that_works(visitor: Visitor) -> None:
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.open_page("/")
    visitor.page.get_by_role("button", name="Copy").click()
    visitor.page.get_by_role("button", name="Copied").wait_for()
    copied = visitor.page.evaluate("navigator.clipboard.readText()")
    assert copied == visitor.page.locator("#first-call").text_content()
    done = subprocess.run(["bash", "-c", copied], capture_output=True, text=True, timeout=30, check=True)
    products = json.loads(re.findall(r'{"count".*', done.stdout)[-1])
    assert products["results"][0]["is_low_stock"]


def test_the_links_open(visitor: Visitor) -> None:
    for link, title in [
        ("Your shop", "Inventory API"),
        ("Docs", "Documentation"),
        ("API reference", "API reference"),
        ("Admin", "Sign in"),
    ]:
        visitor.open_page("/")
        visitor.page.get_by_role("link", name=link).first.click()
        visitor.page.wait_for_load_state("networkidle")
        assert title in visitor.page.title()
