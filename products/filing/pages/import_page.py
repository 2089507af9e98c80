"""The page of the import, and what it says about wrong cells: a group for each kind, and a file with all of them.

People choose a file, check how it is read, choose columns, correct it, import it, and undo it.
"""

import re
from collections.abc import Callable, Collection, Iterable
from typing import Any
from urllib.parse import quote

from django.urls import reverse
from django.utils.translation import gettext

from core.files.writers import format_lines
from core.http.downloads import get_dialect
from core.pages.columns import Display, PageColumn, Row
from core.pages.import_page import ImportPage
from core.pages.links import Action, link_to_file, link_to_files
from core.pages.tables import DetailPage, TablePage, TableSection
from core.pages.wording import reword
from core.sentences import fill, fill_plural
from core.translation import gettext_noop as _
from products.attributes.services import read_own_fields
from products.filing.columns import LABELS, name_by_titles
from products.filing.errors import NO_LOCATION, NO_SUPPLIER, Body, InvalidFile, InvalidRows
from products.filing.files import MAX_ROWS
from products.filing.pages.columns_page import (
    UNKNOWN,
    add_samples,
    describe_columns,
    describe_encoding,
    describe_header,
    list_asked,
    list_names,
    list_questions,
    read_answers,
)
from products.filing.pages.result_page import (
    count_lines,
    count_products,
    describe_changes,
    describe_choices,
    describe_conflicts,
    describe_file,
    join_names,
    list_also_created,
    list_kept,
    list_left_out,
)
from products.models import CustomField

NUMBERS = re.compile(r"\d+")
MAX_EXAMPLES = 3  # the most lines and cells that a group of errors shows


def find_heading(name: str, columns: list[Body]) -> dict[str, str]:
    """Return how the file names the column of an error, and the column's letter, which is empty if it has none."""
    column = next((column for column in columns if name and column["chosen"] == name), None)
    heading = column["name"] if column else title_column(name)
    return {"heading": heading, "letter": column["letter"] if column else ""}


def title_column(name: str) -> str:
    """Return the title of the column of an error, which may be that of a place: `quantity [Shop]`."""
    column, bracket, place = name.partition(" [")
    return f"{gettext(LABELS[column]) if column in LABELS else column}{bracket}{place}"


def group_errors(rows: list[Body]) -> list[Body]:
    """Group the errors by column and reason, and return the groups, the most frequent first.

    There are none if all errors are different. Numbers and the text of the cell do not make reasons different.
    """
    groups: dict[tuple[str, str], list[Body]] = {}
    for row in rows:
        reason = row["reason"].replace(row["cell"], "") if row["cell"] else row["reason"]
        groups.setdefault((row["heading"], NUMBERS.sub("", reason)), []).append(row)
    if len(groups) == len(rows):
        return []
    return [
        {
            **found[0], "number": len(found), "lines": join_first(str(row["line"]) for row in found),
            "cells": join_first(row["cell"] for row in found if row["cell"]),
        }
        for found in sorted(groups.values(), key=len, reverse=True)
    ]  # fmt: skip


def join_first(texts: Iterable[str]) -> str:
    """Return the first of the texts, each once, with dots behind them if there are more."""
    different = [*dict.fromkeys(texts)]
    return join_names(different[:MAX_EXAMPLES], len(different))


def write_errors(rows: list[Body], dialect: str) -> str:
    """Return a data URL that contains the errors as a CSV file."""
    lines: list[tuple[Any, ...]] = [tuple(map(gettext, ("line", "column", "cell", "reason")))]
    lines += [(row["line"], row["heading"], row["cell"], row["reason"]) for row in rows]
    text = "".join(format_lines(lines, dialect, is_marked=True))
    return f"data:text/csv;charset=utf-8,{quote(text)}"


PAGE_TITLE = "Import products"
# The steps of an import, with the addresses of their parts of the page.
STEPS = (
    (_("File"), "#field-file"), (_("Columns"), "#import-columns"), (_("Check"), "#import-check"),
    (_("Done"), "#import-check"),
)  # fmt: skip
MAX_REFUSED_SHOWN = 5
REFUSED_COLUMNS = (
    PageColumn("timestamp", "When", kind="moment", page="refused-import-detail"),
    PageColumn("file_name", "File"),
    PageColumn("performed_by_username", "Who"),
    PageColumn("rows", "Rows", kind="number"),
    PageColumn("detail", "Why"),
)
REFUSED_IMPORTS = TablePage(REFUSED_COLUMNS, empty=_("No import was refused in the last 90 days."))
REFUSED_LINES = (
    PageColumn("line", "Line", kind="number"),
    PageColumn("column", "Column", write=lambda row: title_column(row["column"])),
    PageColumn("cell", "Cell"), PageColumn("reason", "What to do"),
)  # fmt: skip


def link_to_rows(file_format: str) -> Callable[[Row], str]:
    """Return a function that returns the address of the rows which an import has left out, or "" without any."""
    return lambda row: link_to_file(row["file"], file_format) if row["file"] else ""


REFUSED_IMPORT = DetailPage(
    lambda row: row["file_name"] or PAGE_TITLE,
    REFUSED_COLUMNS,
    sections=(TableSection("refused", "What is wrong", REFUSED_LINES, empty="", is_optional=True),),
    actions=(
        Action("Save these rows, to correct and import them", link_to_rows("xlsx"), style="primary"),
        Action("CSV", link_to_rows("csv")),
    ),
)
LAST_REFUSED = TableSection("refused", "Refused imports", REFUSED_COLUMNS, empty="", is_optional=True)


class ImportFilePage(ImportPage):
    """The page of the import of a file with columns that people choose."""

    template = "products/import.html"
    max_rows = MAX_ROWS

    def describe(self, context: Body, body: Body | None) -> Body:
        answered, result = read_answers(context["request"]), None
        if body is not None:
            with name_by_titles(is_page=True):
                result = self.describe_result(context["request"], body, answered)
        return {"answered": answered, "result": result}

    def describe_result(self, request: Any, body: Body, answered: dict[str, str]) -> Body:
        """Return the variables that show a response."""
        raise NotImplementedError


def describe_reading(
    user: Any, body: Body, answered: dict[str, str], own: dict[str, CustomField], labels: Any = None
) -> Body:
    """Return the variables that show how a file is read and what is wrong in it. See describe_columns()."""
    columns = describe_columns(body, answered.get("columns", ""), own, labels)
    add_samples(columns, body)
    left_out, missing = body.get("refused") or {}, {gettext(NO_SUPPLIER), gettext(NO_LOCATION)}
    errors = body.get("rows") or left_out.get("rows", [])
    wrong = [
        row | find_heading(row["column"], columns) | {"reason": reword(row["reason"])}
        for row in errors
        if row["reason"] not in missing
    ]
    questions = [*list_questions(body, answered, columns)]
    return {
        "data": body,
        "questions": questions,
        "is_blocked": any(question["is_booked"] for question in questions),
        "columns": columns,
        "is_dry_run": body.get("dry_run") is True,
        "is_imported": body.get("dry_run") is False,
        "rows_left_out": left_out.get("total", 0),
        "files_of_rows": link_to_files(reverse("refused-import-file", args=[left_out["id"]]))
        if left_out.get("id")
        else {},
        "wrong_rows": wrong,
        # Without suppliers and locations that are missing.
        "wrong_total": body.get("total", 0) - len(errors) + len(wrong),
        "wrong_groups": group_errors(wrong),
        # The suppliers and locations that the shop does not have, each once.
        "missing": list(dict.fromkeys(row["cell"] for row in errors if row["reason"] in missing)),
        # Whether the list has only the first errors.
        "is_cut": body.get("total", 0) > len(errors) or len(errors) == InvalidRows.MAX_ROWS_LISTED,
        "errors_address": write_errors(wrong, get_dialect(user)),
    }


class ImportProductsPage(ImportFilePage):
    def describe(self, context: Body, body: Body | None) -> Body:
        described, view = super().describe(context, body), context["view"]
        refused = {"refused": view.list_refused() if context["may_import"] else []}
        return described | {
            "name": gettext(PAGE_TITLE),
            "template_address": link_to_file(reverse("product-import-template")),
            "export_address": link_to_file(reverse("product-export")),
            "earlier": LAST_REFUSED.table(view, refused, Display.of(context["request"].user)),
            "steps": list_steps(described["result"]),
        }

    def describe_result(self, request: Any, body: Body, answered: dict[str, str]) -> Body:
        """Return the variables that show a response: the counts of an import, or a refusal, maybe with a preview."""
        own = read_own_fields(request.user.account_id or 0)
        read = describe_reading(request.user, body, answered, own)
        columns, system = read["columns"], (body.get("recognised") or {}).get("system")
        return read | {
            "messages": list_messages(body, columns, list_asked(body), read["wrong_total"]),
            "unknown_count": sum(column["chosen"] == UNKNOWN for column in columns),
            "product_count": count_products(body),
            "sentence": describe_file(body),
            "choices": [
                *describe_choices(body, count_lines(read["wrong_rows"])),
                *describe_encoding(body),
                *describe_header(body),
            ],
            "also_created": list_also_created(body),
            "kept": list_kept(body),
            "left_out": list_left_out(body),
            "changes": describe_changes(body, own),
            "conflicts": describe_conflicts(body, own),
            "hides_columns": bool(system) and not (read["questions"] or any(column["is_open"] for column in columns)),
        }


def list_steps(result: Body | None) -> list[Body]:
    """Return the steps of an import. The address of a step that was reached is that of its part of the page."""
    if not (result and result["columns"]):
        current = 0
    elif result["is_imported"]:
        current = 3
    else:
        is_open = any(column["is_open"] for column in result["columns"])
        current = 1 if is_open or result["data"].get("code") == InvalidFile.code else 2
    return [
        {"title": gettext(title), "address": address if at <= current else "", "is_current": at == current}
        for at, (title, address) in enumerate(STEPS)
    ]


def list_messages(body: Body, columns: list[Body], asked: Collection[str], wrong_total: int) -> list[str]:
    """Return the messages of a refusal and its fields, in the words of the page.

    `asked` has the letters of the columns about which the page asks a question.
    """
    if any(question["of"] == "header" for question in body.get("questions", [])):
        return []  # with another header, something else is wrong or nothing
    if unknown := [column for column in columns if column["chosen"] == UNKNOWN]:
        others = [column for column in unknown if column["letter"] not in asked]
        return [fill("Choose below what to do with: {names}.", names=list_names(others))] if others else []
    if repeated := [column for column in columns if column["is_repeated"]]:
        said = _("Several columns have the same meaning: {names}. Choose below which one to import.")
        return [fill(said, names=list_names(repeated))]
    if body.get("code") == InvalidRows.code and not wrong_total:
        return [gettext("Nothing was imported.")]
    if body.get("code") == InvalidRows.code:
        return [
            fill_plural(
                "{number} wrong cell or line. Nothing was imported.",
                "{number} wrong cells or lines. Nothing was imported.",
                wrong_total,
            )
        ]
    if "detail" in body:
        return [reword(body["detail"])]
    if "created" in body:
        return []
    return [
        f"{'' if name == 'file' else f'{name}: '}{message}"
        for name, messages in body.items() for message in (messages if isinstance(messages, list) else [messages])
    ]  # fmt: skip
