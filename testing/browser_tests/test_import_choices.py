"""What was chosen on the import page is asked once, and is still there after another page and a new sign-in."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, expect

from testing.browser_tests.test_import import PAGE
from testing.browser_tests.visitor import WIDE, Visitor

pytestmark = pytest.mark.parametrize("visitor", [WIDE], indirect=True)

KEPT = """async () => {
  const names = (await indexedDB.databases()).map(database => database.name);
  const keys = [localStorage, sessionStorage].flatMap(Object.keys).filter(key => /^(file|draft) /.test(key));
  return [...names, ...keys].length;
}"""


class ImportPage:
    """The page of the import, with files of products whose names are unique to a test.

    The files have a column stock_sequence, as those of this service, so that the import asks about all that is unknown.
    """

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.page, self.name = visitor, visitor.page, uuid4().hex[:8]
        self.visitor.open_page(PAGE)

    @property
    def result(self) -> Locator:
        return self.page.locator("main")

    def choose(self, *lines: str, header: str = "Name;Regal;Preis;Lieferant") -> None:
        text = "".join(f"{line}\r\n" for line in (f"{header};stock_sequence", *(f"{line};" for line in lines)))
        file: Any = {"name": "Preise.csv", "mimeType": "text/csv", "buffer": text.encode()}
        self.page.get_by_label("File", exact=True).set_input_files(file)

    def ignore_shelf(self) -> None:
        self.page.get_by_label("Meaning of Regal").select_option("Do not import")

    def add_missing(self) -> None:
        self.page.get_by_role("button", name=re.compile("^Add (it|them) with the import$")).click()

    def expect_ready(self, rows: int) -> None:
        expect(self.result).to_contain_text(f"Ready: {rows} product")

    def expect_restored(self, rows: int) -> None:
        expect(self.page.locator("[data-kept-file]")).to_contain_text("This is Preise.csv as you have chosen it at")
        self.expect_ready(rows)


@pytest.fixture
def form(owner: Visitor) -> Iterator[ImportPage]:
    yield ImportPage(owner)
    owner.problems = [problem for problem in owner.problems if "net::ERR_" not in problem]


def test_creating_what_is_missing_is_asked_once_for_the_corrected_file(form: ImportPage) -> None:
    form.choose(f"{form.name};A3;viel;Neu {form.name}", f"{form.name} 2;A4;2;Neu {form.name}")
    form.ignore_shelf()
    form.add_missing()
    expect(form.result).to_contain_text("1 wrong cell or line.")
    form.choose(f"{form.name};A3;1,50;Neu {form.name}", f"{form.name} 2;A4;2;Neu {form.name}")
    form.expect_ready(2)
    form.visitor.check_accessibility()
    form.choose(f"{form.name};A3;1,50;Neu {form.name}", f"{form.name} 2;A4;2;Tippfheler {form.name}")
    expect(form.result).to_contain_text("Not in your shop yet")  # nobody has agreed to this name
    form.add_missing()
    form.expect_ready(2)
    form.page.get_by_role("button", name="Import 2 products").click()
    expect(form.result).to_contain_text("2 created")
    assert form.page.evaluate("Object.keys(sessionStorage).filter(key => key.startsWith('draft ')).length") == 0


def test_what_was_chosen_is_kept_for_a_corrected_file_with_other_columns(form: ImportPage) -> None:
    form.choose(f"{form.name};A3;viel;")
    form.ignore_shelf()
    expect(form.result).to_contain_text("1 wrong cell or line.")
    form.choose(f"1,50;{form.name};A3;4", header="Preis;Name;Regal;Bestand")
    form.expect_ready(1)
    expect(form.page.locator("[data-kept-file]")).to_contain_text("as you have chosen for the one before")
    expect(form.page.get_by_label("Meaning of Regal")).to_have_value("-")
    form.visitor.check_accessibility()
    form.choose("A3;B4", header="Regal;Fach")
    expect(form.result).to_contain_text("Choose below what to do with: Fach (B).")


def test_what_was_chosen_is_kept_for_the_next_file_on_another_day(form: ImportPage) -> None:
    form.choose(f"{form.name};A3;1,50;")
    form.ignore_shelf()
    form.page.get_by_role("button", name="Import 1 product").click()
    expect(form.result).to_contain_text("1 created")
    form.page.evaluate("sessionStorage.clear()")  # another tab, later
    form.page.goto(PAGE)
    form.choose(f"{form.name};A3;1,70;")
    expect(form.result).to_contain_text("1 to change")


def test_the_file_and_its_choices_are_there_again_after_another_page(form: ImportPage) -> None:
    form.choose(f"{form.name};A3;1,50;Neu {form.name}")
    form.ignore_shelf()
    form.add_missing()
    form.expect_ready(1)
    form.page.goto("/api/suppliers/")
    form.page.go_back()
    form.expect_restored(1)
    form.visitor.check_page()
    form.page.goto("/api/suppliers/")
    form.page.goto(PAGE)
    form.expect_restored(1)
    form.page.reload()
    form.expect_restored(1)
    form.page.get_by_role("button", name="Import 1 product").click()
    expect(form.result).to_contain_text("1 created")
    form.page.reload()
    expect(form.page.locator("[data-kept-file]")).to_have_text("")


def test_the_file_is_there_again_after_the_session_has_ended(form: ImportPage) -> None:
    form.choose(f"{form.name};A3;1,50;")
    expect(form.result).to_contain_text("Choose below what to do with: Regal (B).")
    form.visitor.context.clear_cookies()
    form.ignore_shelf()
    form.result.get_by_role("link", name="Sign in").click()
    form.page.get_by_label(re.compile("user ?name", re.I)).fill("demo")
    form.page.get_by_label("Password").fill("tea-at-half-past-4")
    form.page.locator("main form button").first.click()
    form.expect_restored(1)


def test_a_sign_in_in_another_tab_goes_on_where_it_was(form: ImportPage) -> None:
    form.choose(f"{form.name};A3;1,50;")
    expect(form.result).to_contain_text("Choose below what to do with: Regal (B).")
    form.visitor.context.clear_cookies()
    tab = form.visitor.context.new_page()
    tab.goto("/api-auth/login/?next=/api/")
    tab.get_by_label(re.compile("user ?name", re.I)).fill("demo")
    tab.get_by_label("Password").fill("tea-at-half-past-4")
    tab.locator("main form button").first.click()
    tab.wait_for_url("**/api/")
    form.ignore_shelf()
    form.expect_ready(1)


def test_without_the_file_its_choices_are_there_again(form: ImportPage) -> None:
    form.page.evaluate("() => { indexedDB.open = () => { throw new Error('switched off'); }; }")
    form.choose(f"{form.name};A3;1,50;")
    form.ignore_shelf()
    form.expect_ready(1)
    form.page.reload()
    expect(form.page.locator("[data-kept-file]")).to_contain_text("Choose Preise.csv again.")
    form.choose(f"{form.name};A3;1,60;")
    form.expect_ready(1)


@pytest.mark.parametrize("leave", ["sign out", "another user"])
def test_nobody_else_finds_the_file_in_the_browser(form: ImportPage, leave: str) -> None:
    form.choose(f"{form.name};A3;1,50;", header="Name;Supplier;Price;Unit")
    expect(form.result).to_contain_text("Not in your shop yet")
    assert form.page.evaluate(KEPT) > 0
    if leave == "sign out":
        form.visitor.sign_out()
        form.page.wait_for_url(lambda address: "import" not in address)
    else:
        form.visitor.context.clear_cookies()
        form.visitor.sign_in("helper")
    form.page.wait_for_function(f"({KEPT})().then(count => count === 0)")
