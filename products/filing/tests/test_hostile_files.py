"""Files of products that are small but expensive to read are refused quickly, by the web process and by its reader."""

import io
import resource
import time
from contextlib import closing
from urllib.parse import quote

import pytest
from django.db import transaction

from core.files import numbers
from core.files.limits import MAX_CELL_LENGTH, MAX_LINE_BYTES
from products.filing import column_names
from products.filing.errors import InvalidFile
from products.filing.header_cells import read_names
from products.filing.header_rows import MAX_CELLS_SEARCHED, MAX_HEADER_LINES, MAX_ROWS_SEARCHED, find_header
from products.filing.judging import judge_columns
from products.filing.questions import MAX_OFFERED
from products.filing.samples import Sample
from products.filing.source import Source
from products.filing.tests.importing import upload
from products.filing.tests.spreadsheets import build_ods, build_ods_row, build_ods_text, build_xlsx
from products.models import CustomField, Product
from testing.cast import hostile_files
from testing.laws.hostile import TRY_ALL, deal

# The CPU time of this process and of the readers, which does not depend much on how busy the machine is. Most files
# take less than a second, and a file whose cost grows with its square takes minutes.
MAX_CPU_SECONDS = 5
LARGE = ("120 MB", "19 million", "more than the archive")  # building these files takes seconds
FILES = hostile_files.HEADERS | hostile_files.CELLS | hostile_files.ARCHIVES


def measure_cpu():
    """Return the seconds of CPU time that this process and its children have used."""
    readers = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time(), readers.ru_utime + readers.ru_stime


@pytest.mark.parametrize("name", [name for name in FILES if TRY_ALL or not any(word in name for word in LARGE)])
def test_a_file_that_is_expensive_to_read_is_refused_quickly(as_alice, name):
    file = FILES[name]()
    before = measure_cpu()
    answer = upload(as_alice, file)
    seconds = [after - start for start, after in zip(before, measure_cpu(), strict=True)]
    assert (answer.status_code, answer.json()["code"]) in [(400, "invalid_file"), (400, "invalid_rows")]
    assert max(seconds) < MAX_CPU_SECONDS
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("name," + "x" * 256, "Ensure this field has no more than 255 characters."),
        ("name,a" + "\u0301" * 31, "Use at most 30 combining marks in a row."),
    ],
)
def test_a_name_of_a_column_that_no_text_may_have_is_refused(as_alice, header, reason):
    answer = upload(as_alice, f"{header}\nTea,1\n")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_file")
    assert "The name of column B" in answer.json()["reason"]
    assert reason in answer.json()["reason"]
    assert [column["name"] for column in answer.json()["columns"]] == ["name", header[5:260]]


def test_a_mapping_of_a_name_that_no_column_can_have_is_refused(as_alice):
    answer = upload(as_alice, "name\nTea\n", f"?columns={'x' * 256}:price")
    assert (answer.status_code, "no more than 255 characters" in answer.json()["reason"]) == (400, True)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
def test_a_cell_longer_than_those_of_excel_is_refused_by_its_line(as_alice, kind):
    text = "x" * 32_768
    row = '<row r="{0}"><c r="A{0}" t="s"><v>{1}</v></c></row>'
    file = {
        "csv": f"name\n{text}\n",
        "xlsx": build_xlsx(row.format(1, 0) + row.format(2, 1), ("name", text)),
        "ods": build_ods("".join(build_ods_row(build_ods_text(each)) for each in ("name", text))),
    }[kind]
    answer = upload(as_alice, file)
    [wrong] = answer.json()["rows"]
    assert (wrong["line"], wrong["reason"]) == (2, "This cell has 32768 characters: shorten it to 32767 or fewer.")


@pytest.mark.parametrize("cell", ["http://" + "." * 130_000 + ",x", "<p>&#" + "1" * 5000 + ";</p>"])
def test_a_cell_that_no_pattern_may_read_slowly_comes_in_or_is_refused(as_alice, cell):
    before = measure_cpu()
    upload(as_alice, f'name,price,description,page\nTea,1,"{cell}","{cell}"\n', "?moving=true")
    assert max(after - start for start, after in zip(before, measure_cpu(), strict=True)) < MAX_CPU_SECONDS


# The texts that the cells below repeat: each is what some pattern looks for, or goes on with.
PARTS = (
    "1", " ", ",", '"', "'", "(", "[", ".", "-", "&#", "<", "<a", "<!--", "http://", "http://a.", "=", '="', "a:",
    "a=", "sku=", "option:", "|", "1.", "1,", "1e", "1e+", "e\u0301", "\u0301", "\u200b", "\0", "\n", "x", "\u20ac",
    "a=1,A=2,",
)  # fmt: skip
COLUMNS = (
    "name", "sku", "barcode", "codes", "external_id", "description", "category", "supplier", "tags", "price",
    "cost_price", "quantity", "expiration_date", "group", "option:size", "lot", "expires_on", "location", "link",
    "field:size", "field:choice", "field:day", "field:page", "image", "rate",
)  # fmt: skip
MAGENTO = "sku,attribute_set_code,product_type,product_websites,name,price,configurable_variations,categories"


def write_cells(part, number, length=MAX_CELL_LENGTH):
    """Return a row of cells that repeat the part, up to the maximum length of a row.

    Line ends are repeated less often, because each one adds a line to the file.
    """
    most = MAX_LINE_BYTES // number // len(part.replace('"', '""').encode()) * len(part) - 4
    length = min(length // (8 if part == "\n" else 1), most)
    text = (part * length)[:length].replace('"', '""')
    return ",".join([f'"{text}"'] * number) + "\n"


def write_cells_of_all_columns(part):
    return ",".join(COLUMNS) + "\n" + write_cells(part, len(COLUMNS)) * 2, "?moving=true&repeated=add"


# Further places of a long text: each returns a file and a query.
WRITERS = (
    lambda part: (f"{MAGENTO}\n{write_cells(part, 8)}", "?moving=true"),
    lambda part: (write_cells(part, 20) + write_cells("1", 20, 5), "?moving=true&columns==A:name,=B:price"),
    lambda part: ("name,price\nTea,1\n", f"?columns={quote((part * 10_000)[:10_000])}"),
)


def test_no_kind_of_cell_or_name_reads_a_long_text_slowly(as_alice, alice):
    for kind, key in (("number", "size"), ("choice", "choice"), ("date", "day"), ("link", "page")):
        CustomField.objects.create(owner=alice, key=key, label=key, type=kind, choices=["a"] * (kind == "choice"))
    columns = [(part, write_cells_of_all_columns) for part in PARTS]
    for part, write in [*columns, *deal(PARTS, WRITERS, len(PARTS))]:
        file, query = write(part)
        with transaction.atomic():
            before = measure_cpu()
            assert upload(as_alice, file, query).status_code < 500, part
            seconds = [after - start for start, after in zip(before, measure_cpu(), strict=True)]
            transaction.set_rollback(True)
        assert max(seconds) < MAX_CPU_SECONDS, part


def test_reading_a_file_has_a_budget_of_processor_time(as_alice, monkeypatch):
    monkeypatch.setattr("products.filing.source.MAX_CPU_SECONDS", -1)
    answer = upload(as_alice, "name,price\nTea,1\n")
    assert (answer.status_code, "seconds of processor time" in answer.json()["detail"]) == (400, True)


def write_lines(number, width=50):
    """Return rows of names that are unknown, long and different, below which there is none of a product."""
    return [(line, [f"größe {line} {column} {'é' * 150}" for column in range(width)]) for line in range(1, number + 1)]


def test_each_cell_of_a_possible_header_is_normalised_once(monkeypatch):
    """Two, three and four lines together may be a header, too, so of each cell there are four names at most."""
    normalised = []
    normalize = column_names.normalize_name
    monkeypatch.setattr(column_names, "normalize_name", lambda name: (normalised.append(name), normalize(name))[1])
    column_names.normalize_column_name.cache_clear()
    rows = write_lines(MAX_ROWS_SEARCHED + MAX_HEADER_LINES)
    find_header(rows, {}, iter)
    assert len(normalised) == len(set(normalised)) <= MAX_HEADER_LINES * sum(len(cells) for _line, cells in rows)


@pytest.mark.parametrize(
    "read",
    [
        lambda watch: find_header(write_lines(3), {}, watch),
        lambda watch: judge_columns(read_names(["Odai", "Ware"], {}), Sample([(2, ["Tea", "5"])].__iter__), watch),
    ],
)
def test_finding_the_header_and_judging_columns_end_with_the_time_of_the_file(read):
    def watch(items):
        yield from [*items][:1]
        raise TimeoutError

    with pytest.raises(TimeoutError):
        read(watch)


def test_the_first_rows_are_read_in_the_time_of_the_file():
    source = Source(io.BytesIO(b"name\nTea\n"), owner_id=1)
    source.ends_at = 0
    with closing(source), pytest.raises(InvalidFile, match="processor time"):
        source.read_first(1)


@pytest.mark.parametrize("title", ["stock", "price", "name"])
def test_a_question_about_many_columns_is_of_the_size_of_the_file(as_alice, title):
    names = ["name", *[f"{title} {number}" for number in range(400)]]
    file = "\n".join([",".join(names), *[",".join([f"Tea {row}", *["7.50"] * 400]) for row in "123"]])
    answer = upload(as_alice, file, "?moving=true&dry_run=true")
    for question in answer.json()["questions"]:
        assert len(question["answers"]) <= MAX_OFFERED + 2
    assert len(answer.content) < 20 * len(file)


def test_each_cell_is_judged_once_until_the_header_is_found(monkeypatch):
    judged, find = [], numbers.drop_tax
    monkeypatch.setattr(numbers, "drop_tax", lambda text: judged.append(text) or find(text))
    for width in (150, 1000):
        find_header([(line, [f"{width}a{line}b{place}" for place in range(width)]) for line in range(1, 55)], {}, iter)
        assert len(judged) == len({*judged}) == min(54 * width, MAX_CELLS_SEARCHED)
        judged.clear()
