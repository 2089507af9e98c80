"""A test client that signs in by a session, reads pages, and submits their forms.

django-webtest does not do it: it reads no suggestions of a `datalist`, takes the last of two attributes of a name,
sends disabled fields, and signs in past the session, which has the time of the last proof.
"""

import html
import json
import re
import time
from html.parser import HTMLParser
from urllib.parse import urlencode

from django.test import Client
from django.urls import resolve

from core.pages.links import find_form_page

HTML = {"Accept": "text/html"}


def begin_session(client, user):
    """Sign the user in by a session, as after a sign-in of this moment."""
    client.force_login(user)
    session = client.session
    session["proved_at"] = time.time()
    session.save()


class Browser:
    """A client that is signed in by a session. It submits forms as browsers do, with the CSRF token."""

    def __init__(self, user=None):
        self.client = Client(enforce_csrf_checks=True, headers=HTML)
        if user is not None:
            begin_session(self.client, user)

    def get_page(self, address):
        """Return the text of an HTML page."""
        answer = self.client.get(address)
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        return answer.text

    def form_values(self, address, form):
        """Return the values that the form would submit unchanged."""
        if (page := find_form(address, form)) != address:
            return {name: texts[-1] for name, texts in self.task_values(page).items() if texts}
        page = self.get_page(address).partition(f'id="{form}-object-form"')[2].partition("</form>")[0]
        values = {}
        for tag, name in re.findall(r'(<input name="([^"]+)"[^>]*)', page):
            values[name] = (re.findall(r' value="([^"]*)"', tag) or [""])[0]
        values |= dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
        for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
            chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
            values[name] = chosen[1]
        values |= dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL))
        return {html.unescape(name): html.unescape(text) for name, text in values.items()}

    def task_values(self, address):
        """Return a list of values for each name of a task's form, because lines have cells of the same names."""
        return read_task(self.get_page(address))

    def send_task(self, address, *lines, **typed):
        """Submit a task with these fields, and with these lines in place of its own. A cell may be left out."""
        names = {name for line in lines for name in line}
        cells = {name: [str(line.get(name, "")) for line in lines] for name in names}
        return self.client.post(address, self.task_values(address) | cells | typed)

    def list_buttons(self, address):
        """Return the titles of the buttons of the page that lead to forms."""
        buttons = self.get_page(address).partition('<nav class="actions"')[2].partition("</nav>")[0]
        return re.findall(r'href="/shop/[^"]*">([^<]+)</a>', buttons)

    def prepared_json(self, page):
        """Return the prepared body under "as JSON"."""
        return json.loads(
            html.unescape(re.search(r'<textarea name="_content"[^>]*>(.*?)</textarea>', page, re.DOTALL)[1])
        )

    def post(self, address, **typed):
        """Submit the form with these values changed."""
        return self.client.post(find_form(address, "post"), self.form_values(address, "post") | typed)

    def delete(self, address):
        """Submit the DELETE form."""
        values = self.form_values(address, "delete")
        if (page := find_form(address, "delete")) != address:
            return self.client.post(page, values)
        return self.client.delete(address, headers=HTML | {"X-CSRFToken": values["csrfmiddlewaretoken"]})

    def put(self, address, **typed):
        """Submit the PUT form."""
        return self.send_put(address, self.form_values(address, "put"), **typed)

    def send_put(self, address, form, **typed):
        """Submit these values of a PUT form. The token is in a header, where the page's script sends it."""
        if (page := find_form(address, "put")) != address:
            return self.client.post(page, {**form, **typed})
        headers = HTML | {"X-CSRFToken": self.client.cookies["csrftoken"].value}
        body = urlencode({**form, **typed}, doseq=True)
        return self.client.put(address, body, "application/x-www-form-urlencoded", headers=headers)


def find_form(address, form):
    """Return the address of the page with the form of a route: "post", "put" or "delete"."""
    function = resolve(address.partition("?")[0]).func
    view = getattr(function, "cls", None)
    has_pages = bool(getattr(view, "verbs", {})) and view.has_form_pages
    has_pages = getattr(function, "initkwargs", {}).get("has_form_pages", has_pages)
    return find_form_page(address, form.upper()) if has_pages else address


def read_task(page):
    """Return the values of the task's form on this page, by name."""
    reader = TaskReader()
    reader.feed('<form class="task' + page.partition('<form class="task')[2].partition("</form>")[0])
    return reader.values


class TaskReader(HTMLParser):
    """Collects the values that a browser would submit."""

    def __init__(self):
        super().__init__()
        self.values, self.select, self.is_multiple, self.text = {}, "", False, ""

    def handle_starttag(self, tag, attributes):
        found = dict(reversed(attributes))  # browsers take the first of several attributes with the same name
        name, value = found.get("name", ""), found.get("value") or ""
        is_off = found.get("type") in ("radio", "checkbox") and "checked" not in found
        if tag == "input" and name and not is_off:
            self.values.setdefault(name, []).append(value)
        elif tag == "select":
            self.select, self.is_multiple = name, "multiple" in found
        elif tag == "datalist":
            self.select = ""  # its options are suggestions
        elif tag == "option" and not self.select:
            return
        elif tag == "option" and self.is_multiple:
            self.values.setdefault(self.select, []).extend([value] * ("selected" in found))
        elif tag == "option" and (self.select not in self.values or "selected" in found):
            self.values[self.select] = [value]
        elif tag == "textarea":
            self.text = name
            self.values[name] = [""]

    def handle_data(self, data):
        if self.text:
            self.values[self.text] = [data]

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.text = ""
