"""Read the pages of tasks in tests."""

import html
import re

KEY = "_idempotency_key"


def read_message(browser, response):
    """Follow the redirect of a form, and return the message on the next page."""
    assert response.status_code == 303
    page = browser.get_page(response.headers["Location"])
    return html.unescape(re.search(r'<div class="message">\s*<p>(.*?)</p>', page, re.DOTALL)[1])


def find_cell_errors(response, name, number=0):
    """Return the errors at the cell of this name in the line of this number."""
    cell = response.text.partition(f'id="{name}-{number}"')[2].partition('<div class="')[0]
    return find_errors(cell)


def find_field_errors(response, name):
    """Return the errors at a field outside of the lines."""
    field = response.text.partition(f'id="field-{name}"')[2].partition('<div class="field')[0]
    return find_errors(field)


def find_line_errors(response):
    """Return the errors of whole lines."""
    return find_errors(response.text.partition('<div class="task-lines')[2].partition('<div class="send-task')[0])


def find_refusals(response):
    """Return what is said above the form."""
    return [html.unescape(text) for text in re.findall(r'<p class="refusal">(.*?)</p>', response.text)]


def find_errors(text):
    return [html.unescape(error) for error in re.findall(r'<p class="error"[^>]*>(.*?)</p>', text)]


def find_choices(response):
    """Return the buttons that choose one of several products."""
    return [html.unescape(value) for value in re.findall(r'name="chosen" value="([^"]*)"', response.text)]
