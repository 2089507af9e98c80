"""A browser as the tests of pages need it: a session, pages, and their forms sent back."""

import html
import json
import re

from django.test import Client

HTML = {"Accept": "text/html"}


class Browser:
    """Has signed in; sends forms as people do, with their CSRF token."""

    def __init__(self, user=None):
        self.client = Client(enforce_csrf_checks=True, headers=HTML)
        if user is not None:
            self.client.force_login(user)

    def page(self, address):
        answer = self.client.get(address)
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        return answer.text

    def fields(self, address, form):
        """What the form would send if nobody typed anything."""
        page = self.page(address).partition(f'id="{form}-object-form"')[2].partition("</form>")[0]
        values = {}
        for tag, name in re.findall(r'(<input name="([^"]+)"[^>]*)', page):
            text = (re.findall(r' value="([^"]*)"', tag) or [""])[0]
            if text or "data-optional" not in tag:  # what is optional and empty, the page's script leaves out
                values[name] = text
        values |= dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
        for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
            chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
            values[name] = chosen[1]
        return values | dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL))

    def json_to_send(self, page):
        """What stands ready under "as JSON"."""
        return json.loads(
            html.unescape(re.search(r'<textarea name="_content"[^>]*>(.*?)</textarea>', page, re.DOTALL)[1])
        )

    def post(self, address, **typed):
        return self.client.post(address, self.fields(address, "post") | typed)

    def put(self, address, **typed):
        """The page's script sends it with the token in a header."""
        form = self.fields(address, "put") | typed
        token = self.client.cookies["csrftoken"].value
        body = "&".join(f"{name}={value}" for name, value in form.items())
        content_type = "application/x-www-form-urlencoded"
        return self.client.put(address, body, content_type, headers=HTML | {"X-CSRFToken": token})
