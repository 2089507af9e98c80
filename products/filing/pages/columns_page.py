"""What the page of the import says about the columns of a file: what each is read as, with examples, and questions."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext

from core.fields import MAX_QUOTED_LENGTH
from core.files.encodings import BY_PARAMETER
from core.files.shown_cells import parse_column_letters
from core.sentences import fill
from products.filing.column_names import OF_PLACE, Mapping, name_stock, normalize_column_name, parse_mapping
from products.filing.columns import FIELD, LABELS, NAME_PART, TITLES
from products.filing.errors import Body, InvalidFile
from products.filing.pages.result_page import NO_VALUE, ROLES, is_kept, is_own
from products.filing.questions import NONE
from products.filing.states import IGNORE
from products.filing.surveys import make_key
from products.models import CustomField

IGNORED, UNKNOWN = "-", "?"
LETTERS = re.compile(r"=([A-Z]+):")
READ = re.compile(r"=([A-Z]+):[^,]")  # a column that an answer reads as something
BOOKED = re.compile(r":(?:price|cost_price|quantity|location|option)|^(?:header|decimal_sign)")
ANSWERED = ("columns", "header", "create_rates")  # the parameters by which questions are answered
MAX_SAMPLES = 3  # the most cells of a column that the page shows
# The questions beside which cells are shown. Others have them in their text or their answers.
SHOWN = (("columns", True), ("header", False))


def describe_columns(
    body: Body, mapping: str, own: dict[str, CustomField], labels: dict[str, str] | None = None
) -> list[Body]:
    """Return the columns of the file with their choices. `chosen` is a column of products, IGNORED or UNKNOWN.

    `own` has the shop's own fields by key. `labels` are the columns that can be chosen, by default those of products.
    `role` is what a column without choices is in the file of another system.
    """
    header = body["columns"] if "preview" in body else []
    system, targets = bool((body.get("recognised") or {}).get("system")), read_targets(mapping)
    names = [each["column"] for each in header if each["column"]]
    titles = {name: gettext(title) for name, title in (labels or LABELS | {NAME_PART: TITLES[NAME_PART]}).items()}
    titles |= {f"{FIELD}:{key}": field.label for key, field in own.items()}
    is_ignored = any((each["name"], each["value"]) == ("unknown", IGNORE) for each in body.get("choices", []))
    offers_fields = not (labels or is_ignored or (header and is_own(body)))
    columns = []
    for each in header:
        name, column, key = each["name"], each["column"], normalize_column_name(each["name"])
        target = targets.get(parse_column_letters(each["letter"]) - 1, targets.get(key))
        of_place, is_mapped, is_left = OF_PLACE.fullmatch(target or ""), target is not None, each["role"] == "left"
        named = name_stock(of_place[1]) if of_place else str(target or "") if each["role"] in ROLES else ""
        role = gettext(ROLES[each["role"]]) if each["role"] in ROLES and not named else ""
        chosen = named or column or (IGNORED if is_mapped or is_left or role or not name else UNKNOWN)
        is_repeated = names.count(column) > 1
        # The page does not send what these columns mean, because the user has not chosen it: the import may still ask
        # about ids, and reads unknown columns and those of other systems by its own rules.
        is_new_field = is_kept(each) and column not in titles
        is_id = key == "id" and chosen == "external_id"
        stock_at = of_place[1] if of_place else "" if labels else name
        choices = list_choices(
            each | {"column": column or named}, titles, offers_fields=offers_fields, stock_at=stock_at
        )
        columns.append({
            **each, "chosen": chosen, "is_repeated": is_repeated, "is_open": chosen == UNKNOWN or is_repeated,
            "title": name or fill("column {letter}, which has no name", letter=each["letter"]), "choices": choices,
            "role": role, "is_assumed": not is_mapped and (is_id or is_new_field or system or is_left),
            "meaning": role or dict(choices).get(chosen, ""),
        })  # fmt: skip
    return columns


def list_choices(column: Body, titles: dict[str, str], *, offers_fields: bool, stock_at: str) -> list[tuple[str, str]]:
    """Return what the column may be read as, with titles: also as the stock at the place `stock_at`, if it has a name.

    With `offers_fields`, it may become a new own field.
    """
    key = make_key(column["name"]) if offers_fields and not column["column"] else ""
    other = column["column"] or (key and f"{FIELD}:{key}")
    title = gettext("New own field") if other.startswith(FIELD) else column["name"]
    place = {name_stock(stock_at): fill("The stock at {place}", place=stock_at)} if stock_at else {}
    return [*(({other: title} if other and other not in titles else {}) | titles | place).items()]


def read_targets(mapping: str) -> Mapping:
    """Return the parameter `columns`. It is empty if it is malformed, for which the import is refused."""
    try:
        return parse_mapping(mapping)
    except InvalidFile:
        return {}


def add_samples(columns: list[Body], body: Body) -> None:
    """Give each column some of its cells in the first rows, the wrong ones first."""
    errors = body.get("rows") or (body.get("refused") or {}).get("rows", [])
    reasons = {(row["line"], row["column"]): row["reason"] for row in errors}
    for place, column in enumerate(columns):
        cells = [describe_cell(row, place, column["column"], reasons) for row in body.get("preview", [])]
        shown = [cell for cell in cells if cell["text"] or cell["error"]]
        column["samples"] = sorted(shown, key=lambda cell: not cell["error"])[:MAX_SAMPLES]


def describe_cell(row: Body, place: int, name: str | None, reasons: dict[tuple[int, str], str]) -> Body:
    """Return a cell with its value and its error.

    A value is changed if it differs from the cell. A text that the preview has cut does not differ.
    """
    text = row["cells"][place] if place < len(row["cells"]) else ""
    value, error = row["values"].get(name), reasons.get((row["line"], name), "") if name else ""
    is_cut = len(text) == MAX_QUOTED_LENGTH and (value or "").startswith(text)
    return {"text": text, "value": value, "error": error, "is_changed": bool(value) and value != text and not is_cut}


def read_answers(request: Any) -> dict[str, str]:
    """Return the answers that were sent with the file, or with the address of the page, by their parameter."""
    sent = request.data if request.method == "POST" else {}
    given = {name: request.query_params.get(name) or sent.get(name) for name in ANSWERED}
    return {name: str(value) for name, value in given.items() if value}


def list_questions(body: Body, answered: dict[str, str], columns: list[Body]) -> Iterator[Body]:
    """Yield the questions of the response, each with its answers: the parameter, the title, the address and samples.

    `answered` are the answers that were sent. A browser without JavaScript sends the form to the address: it has the
    answer and those that were sent before. An answer about one of several columns has samples of it. With `is_booked`,
    the answer changes prices, stock or which products there are.
    """
    samples = {column["letter"]: ", ".join(cell["text"] for cell in column["samples"]) for column in columns}
    for question in body.get("questions", []):
        is_one = "column" in question
        is_yes_or_no = NONE in question["answers"] and len(question["answers"]) == 2
        named = gettext("Yes: {column}") if is_yes_or_no else "{column}"
        none = gettext("No") if is_yes_or_no else gettext("None of them")
        titles = {"yes": gettext("Yes"), "no": gettext("No"), NONE: none}
        yield {
            "text": question["text"],
            "samples": ", ".join(question["samples"]) if (question["of"], is_one) in SHOWN else "",
            "answers": [
                (
                    given, titles.get(name) or named.replace("{column}", name), write_address(answered, given),
                    "" if is_one or len(read := READ.findall(given)) != 1 else samples.get(read[0], ""),
                )
                for name, given in question["answers"].items()
            ],
            "other": LETTERS.findall(given)[0] if (given := question["answers"].get(NONE, "")) else "",
            "is_booked": any(map(BOOKED.search, question["answers"].values())),
        }  # fmt: skip


def write_address(answered: dict[str, str], given: str) -> str:
    """Return the address that checks the file with this answer. What columns mean is added to what is chosen."""
    name, _sign, value = given.partition("=")
    if name == "columns" and answered.get(name):
        value = f"{answered[name]},{value}"
    return f"?{urlencode(answered | {name: value, 'dry_run': 'true'})}"


def list_asked(body: Body) -> set[str]:
    """Return the letters of the columns about which the response has a question."""
    answers = [given for question in body.get("questions", []) for given in question["answers"].values()]
    return {*LETTERS.findall(" ".join(answers))}


def list_names(columns: list[Body]) -> str:
    return ", ".join(f"{column['name']} ({column['letter']})" for column in columns)


def describe_encoding(body: Body) -> Iterator[Body]:
    """Yield the choice of the encoding, for a file that is not UTF-8. If it is unknown, each has a sample."""
    value, samples = body.get("encoding") or "", body.get("encodings", {})
    if samples or value not in ("", "utf-8", "utf-16"):
        names = samples or BY_PARAMETER
        options = [(name, f"{name}: {samples[name]}" if samples else name) for name in names]
        yield {
            "name": "encoding", "title": gettext("How the letters of the file are read"), "value": value,
            "options": options if value else [("", NO_VALUE), *options],
        }  # fmt: skip


def describe_header(body: Body) -> Iterator[Body]:
    """Yield the choice of the row with the names of the columns, if there is a doubt."""
    if rows := body.get("first_rows"):
        yield {
            "name": "header", "title": gettext("The row with the names of the columns"),
            "value": str(body["header_line"] or NONE),
            "options": [
                *((str(row["line"]), f"{row['line']}: {', '.join(filter(None, row['cells']))}") for row in rows),
                (NONE, gettext("None: the first row is a product")),
            ],
        }  # fmt: skip
