"""Rates of VAT in a file: those that the shop lacks are created, asked about, or left out."""

import pytest

from products.filing.tests.importing import import_file, upload
from products.models import Product, Tax
from products.taxes.services import create_tax
from testing.tables import all_cases

pytestmark = [pytest.mark.measured]

MOVING, CREATING = "?moving=true", "?create_rates=true"


def write_file(*cells):
    return "Name,Price,VAT\n" + "".join(f"Tea {line},1,{cell}\n" for line, cell in enumerate(cells))


def list_rates():
    return [*Product.objects.order_by("name").values_list("tax__rate", flat=True)]


@pytest.mark.quick
@all_cases(
    ("cells", "rates"),
    [
        *(([cell], ["20.00"]) for cell in ("20", "20 %", "20.00%", "VAT 20%", "20% (VAT on Income)")),
        (["0.19", "0.055"], ["19.00", "5.50"]),  # as spreadsheets store percentages
        (["20", "5.5", "20 %"], ["20.00", "5.50", "20.00"]),
        (["20", "Standard"], ["20.00", None]),
    ],
)  # fmt: skip
def test_rates_of_vat_are_created_if_the_client_says_so(as_alice, alice, cells, rates):
    answer = import_file(as_alice, write_file(*cells), CREATING)
    assert [rate and str(rate) for rate in list_rates()] == rates
    created = [*Tax.objects.order_by("rate").values_list("name", flat=True)]
    assert [(one["kind"], one["names"]) for one in answer["also_created"]] == [("rates", created)]
    undone = as_alice.post(f"/api/products/import/{answer['import']}/undo/").json()
    assert sorted(undone["archived"]["rates"]) == sorted(Tax.objects.values_list("id", flat=True))


def test_a_rate_is_not_created_if_one_has_its_name(as_alice, alice):
    create_tax(owner_id=alice.pk, name="20 %", rate="19")
    import_file(as_alice, write_file("VAT 20%"), CREATING)
    assert (Tax.objects.count(), [str(rate) for rate in list_rates()]) == (1, ["19.00"])


def test_a_rate_that_the_shop_lacks_is_asked_about(as_alice, alice):
    answer = upload(as_alice, write_file("20"))
    assert (answer.status_code, Tax.objects.count()) == (400, 0)
    assert [one["answers"] for one in answer.json()["questions"]] == [{"yes": "create_rates=true", "no": "columns==C:"}]


def test_a_rate_that_is_left_out_changes_no_product(as_alice, alice):
    import_file(as_alice, write_file("20"), CREATING)
    answer = import_file(as_alice, write_file("Standard", "7"), MOVING)
    assert [rate and str(rate) for rate in list_rates()] == ["20.00", None]
    assert "Rates of VAT that your shop does not have and that are left out: 7 %." in answer["notes"]
    assert "Cells that are no rates of VAT and are left out: Standard." in answer["notes"]
