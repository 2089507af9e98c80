"""The page that makes a key for an agent, and shows the lines to paste."""

import json
import re
import tomllib
from datetime import timedelta
from html import unescape

import pytest
from rest_framework.test import APIClient

from desk.agents.tests.calling import Agent
from testing.reading.browser import Browser
from users.models import ApiKey

PAGE = "/shop/agents/"


def read_blocks(response):
    return [unescape(block) for block in re.findall(r'<pre class="pasted"[^>]*>(.*?)</pre>', response.text, re.DOTALL)]


def test_the_key_of_the_page_lets_an_agent_in(browser, alice):
    key, *_ = read_blocks(browser.send_task(PAGE, name="helper", scope="read"))
    row = ApiKey.objects.get(user=alice)
    assert (row.name, row.scope, round((row.expires_at - row.created_at) / timedelta(days=1))) == (
        "helper",
        "read",
        365,
    )
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    assert Agent(client).list_tools() == ["shop", "find", "product", "report", "events", "changes"]


@pytest.mark.quick
def test_the_lines_to_paste_have_the_address_and_the_key(browser):
    key, claude, gemini, codex, code, cursor = read_blocks(browser.send_task(PAGE, name="agent", scope="book"))
    expected = {"url": "http://testserver/mcp", "headers": {"Authorization": f"Bearer {key}"}}
    for line in (claude, gemini):
        assert "http://testserver/mcp" in line
        assert f'--header "Authorization: Bearer {key}"' in line
    shop = tomllib.loads(codex)["mcp_servers"]["shop"]
    assert {"url": shop["url"], "headers": shop["http_headers"]} == expected
    assert json.loads(code)["servers"]["shop"] == {"type": "http", **expected}
    assert json.loads(cursor)["mcpServers"]["shop"] == {"type": "http", **expected}


def test_a_fresh_proof_is_asked_for_first(browser, settings):
    values = browser.task_values(PAGE)
    settings.PROOF_SECONDS = 0
    for response in (browser.client.get(PAGE), browser.client.post(PAGE, values)):
        assert response.headers["Location"] == "/accounts/proof/?next=%2Fshop%2Fagents%2F"
    assert not ApiKey.objects.exists()


def test_what_the_api_refuses_is_shown_in_the_form(browser):
    refused = browser.send_task(PAGE, name="x" * 65, scope="read")
    assert (refused.status_code, ApiKey.objects.count()) == (400, 0)
    assert "64" in refused.text


def test_a_user_without_a_shop_makes_no_key(dora):
    assert Browser(dora).client.get(PAGE).status_code == 403


def test_a_form_that_is_sent_twice_makes_one_key(browser):
    values = browser.task_values(PAGE)
    assert [browser.client.post(PAGE, values).status_code for _ in range(2)] == [201, 400]
    assert ApiKey.objects.count() == 1
