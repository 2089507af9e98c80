"""The work for a file grows no faster than its rows, whatever they have in common."""

from itertools import count

import pytest

from products.filing.systems.translation import Family, name_group
from products.filing.tests.importing import upload
from stock.importing import attributes, planner, services
from testing.laws.work import counted

ROWS = 120
MAX_RATIO = 2.5  # twice the rows may take so many times the work; comparing each row with all others would take 4
MOVING, SKIP = "?dry_run=1&moving=true", "?dry_run=1&wrong_rows=skip"
SHOPIFY = "Handle,Title,Option1 Name,Option1 Value,Variant Price,Variant SKU\n"


def write_rows(header, row, number):
    return header + "".join(row.format(i=i, half=i // 2, pair=i % 2) for i in range(number))


FILES = {
    "equal families": (SHOPIFY, "k{half},Tea,Size,S{pair},1,s{i}\n", MOVING),
    "new groups": ("name,price,group,option:size\n", "Tea {i},1,Group {half},{i}\n", "?dry_run=1"),
    "too many values of an axis": ("name,price,group,option:size\n", "Tea {i},1,Tea,{i}\n", SKIP),
    "equal names, with and without a barcode": ("name,price,barcode\n", "Tea,1,b{i}\nTea,1,\n", "?dry_run=1"),
    "codes that are barcodes": ("name,price,sku,barcode,codes\n", "T{i},1,s{i},b{i},b1\n", "?dry_run=1"),
    "codes of a wrong file": ("name,price,sku,barcode,codes\n", "T{i},x,s{i},b,b\n", "?dry_run=1"),
    "wrong rows": ("name,price,barcode\n", "Tea {half},{pair}x,\"4006381333931,x{i}\"\n", SKIP + "&no_price=zero"),
    "barcodes of products of the shop": ("name,price,barcode\n", "Pan {half},1,taken{i}\n", SKIP),
    "quantities to add": ("name,price,sku,quantity\n", "Tea,1,s{pair},1\n", "?dry_run=1&repeated=add"),
    "places": ("name,price,sku,location,quantity\n", "Tea,1,s{half},Place {i},1\n", "?dry_run=1&create_missing=1"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_with_twice_the_rows_is_at_most_twice_the_work(as_alice, alice, monkeypatch, name):
    """PostgreSQL may plan nested loops for small files, so these count as large ones."""
    monkeypatch.setattr(services, "MAX_ROWS_IN_LOOPS", 10)
    monkeypatch.setattr(planner, "MIN_WRITTEN", 10)
    header, row, query = FILES[name]
    upload(as_alice, write_rows(header, row, 2), query)  # what the process remembers from its first request
    done = []
    for number in (ROWS, 2 * ROWS):
        with counted() as work:
            upload(as_alice, write_rows(header, row, number), query)
        done.append(work)
    once, twice = done
    few = twice.calls < MAX_RATIO * once.calls, twice.rows < MAX_RATIO * once.rows
    assert few == (True, True), [vars(one) for one in done]


def test_no_two_families_try_the_same_number_to_get_a_name():
    key, numbers = "k" * 100, count(2)
    names = {f"a ({key} {number})": Family() for number in range(2, 1002)}
    found = {name_group(Family(name="A"), f"{key}{number}", names, numbers) for number in range(500)}
    assert (len(found), next(numbers) < 1000 + 3 * 500) == (500, True)


def test_what_is_wrong_with_a_column_of_options_is_said_once_for_all_its_rows(as_alice, monkeypatch):
    said = []
    monkeypatch.setattr(attributes, "OptionUnknown", lambda **values: said.append(values["option"]))
    file = write_rows("name,price,option:size,option:colour\n", "Tea {i},1,{i},{i}\n", 30)
    assert upload(as_alice, file, "?dry_run=1").json()["total"] == 60
    assert sorted(said) == ["colour", "size"]
