"""Tests look for short words in whole pages. Random texts on these pages must not contain them by chance."""

import re

from inventory_api.urls import shop_pages
from testing.laws.routes import list_api_routes
from testing.reading.browser import Browser

TASKS = [f"/shop/{pattern.pattern}" for pattern in shop_pages if "<" not in str(pattern.pattern)]
LISTS = [route.address for route in list_api_routes() if not route.has_id and "GET" in route.methods]
WORD = re.compile(r"[\w-]+")
TIME = re.compile(r"<time .*?</time>|\d{4}-\d\d-\d\dT[\d:.]+Z", re.DOTALL)  # the preview of a closing ends now


def test_texts_that_differ_between_two_requests_of_a_page_have_only_two_letters(alice, kettle):
    browser, random = Browser(alice), set()
    for address in [*TASKS, *LISTS[::3], f"/api/products/{kettle.pk}/"]:  # all lists have the same template
        first, second = (browser.client.get(address) for _ in range(2))
        if first.headers["Content-Type"].startswith("text/html"):
            random |= set.symmetric_difference(*({*WORD.findall(TIME.sub("", page.text))} for page in (first, second)))
    assert len(random) > 50
    assert [text for text in random if text.strip("QZ")] == []
