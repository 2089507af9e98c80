"""An import plans the profiles of its rows with the other cells, and writes them after the products."""

import io
from functools import partial

import pytest

from products.filing.errors import ImportRunning, InvalidRows
from products.filing.files import open_rows
from products.models import MAX_VALUES, CustomField, Group, Product, Profile
from stock.importing import attributes
from stock.importing.services import import_products
from stock.models import Operation
from testing.cast.people import make_product
from trade.selling.services import undo_operation

pytestmark = [pytest.mark.measured]

FILE = "name,price,quantity,group,option:size,option:fit,field:brand,tags\n"


@pytest.fixture
def brand(alice):
    return CustomField.objects.create(owner=alice, key="brand", label="Brand", type="text")


def import_text(by, text):
    open_file = partial(open_rows, io.BytesIO(text.encode()), owner_id=by.pk)
    return import_products(by=by, open_file=open_file)


def list_errors(by, text):
    with pytest.raises(InvalidRows) as refused:
        import_text(by, text)
    return [(row["line"], row["column"]) for row in refused.value.as_dict()["rows"]]


def test_a_group_is_made_filled_kept_while_it_is_archived_and_left(alice, brand):
    text = FILE + 'A,1,1,Shirt,S,,Acme,"a, b"\nB,1,1,SHIRT,M,,,\nC,1,1,,,,,\n'
    import_text(alice, text)
    group = Group.objects.get()
    assert (group.name, group.axes) == ("Shirt", ["size"])
    assert import_text(alice, text)["unchanged"] == 3
    assert import_text(alice, "name,field:brand\nA,Bolt\n")["updated"] == 1
    Group.objects.update(archived_at="2026-01-01T00:00Z")
    assert import_text(alice, "name,group,option:size\nA,,\n")["unchanged"] == 1
    assert list_errors(alice, "name,option:size\nA,L\n") == [(2, "option:size")]
    Group.objects.update(archived_at=None)
    import_text(alice, "name,group,option:size\nA,,\n")
    assert list(Profile.objects.order_by("id").values_list("group", "options", "fields", "tags")) == [
        (None, {}, {"brand": "Bolt"}, ["a", "b"]), (group.pk, {"size": "M"}, {}, []),
    ]  # fmt: skip


def test_values_that_differ_in_case_are_one(alice):
    import_text(alice, "name,price,group,option:size\nA,1,Shirt,Small\n")
    import_text(alice, "name,price,group,option:size,option:fit\nB,1,Cap,Big,slim\nC,1,Cap,BIG,wide\n")
    assert list_errors(alice, "name,price,group,option:size\nD,1,Shirt,SMALL\n") == [(2, "option:size")]
    assert {*Profile.objects.values_list("options__size", flat=True)} == {"Small", "Big"}


def test_a_file_keeps_values_that_an_older_release_has_told_apart(alice):
    group = Group.objects.create(owner=alice, name="Shirt", axes=["size"])
    for size in ("Small", "Large"):
        make_product(alice, size, group=group, options={"size": size})
    Profile.objects.filter(options={"size": "Large"}).update(options={"size": "SMALL"})
    text = "name,group,option:size\nSmall,Shirt,Small\nLarge,Shirt,SMALL\n"
    assert import_text(alice, text)["unchanged"] == 2


def test_wrong_groups_and_options_are_errors_of_their_cells(alice, brand):
    import_text(alice, FILE + "A,1,0,Shirt,S,,,\n")
    rows = "B,1,0,Shirt,S,,,\nC,1,0,Shirt,L,slim,,\nD,1,0,Shirt,M,,,\nE,1,0,Shirt,M,,,\n"
    rows += f"F,1,0,{'x' * 256},M,,,\nG,1,0,,M,,,\n"
    errors = [(2, "option:size"), (3, "option:fit"), (5, "option:size"), (6, "group"), (7, "option:size")]
    assert sorted(list_errors(alice, FILE + rows)) == errors
    axes = ",".join(f"option:{axis}" for axis in "abcd")
    assert list_errors(alice, f"name,price,group,{axes}\nH,1,G,1,2,3,4\n") == [(2, "group")]


def test_an_axis_has_a_limited_number_of_values(alice):
    rows = "".join(f"P{number},1,Shirt,{number}\n" for number in range(MAX_VALUES + 1))
    assert list_errors(alice, f"name,price,group,option:size\n{rows}") == [(MAX_VALUES + 2, "option:size")]


def test_own_fields_that_change_while_the_file_is_read_refuse_it(alice, brand, monkeypatch):
    monkeypatch.setattr(attributes, "read_own_fields", lambda _owner: {})
    with pytest.raises(ImportRunning):
        import_text(alice, "name,price,field:brand\nA,1,Acme\n")
    assert not Product.objects.exists()


def test_an_import_starts_again_if_its_options_have_just_been_taken(alice, monkeypatch):
    import_text(alice, "name,price,group,option:size\nA,1,Shirt,S\n")
    other, plan, tries = make_product(alice, "B"), attributes.ProfilePlanner.plan, []

    def take(planner):
        """Plan, and then take the options in the savepoint of the first try, which its failure rolls back."""
        planned = plan(planner)
        tries.append(planned)
        if len(tries) == 1:
            Profile.objects.create(owner=alice, product=other, group=Group.objects.get(), options={"size": "M"})
        return planned

    monkeypatch.setattr(attributes.ProfilePlanner, "plan", take)
    assert import_text(alice, "name,price,group,option:size\nC,1,Shirt,M\n")["created"] == 1
    assert len(tries) == 2


def test_undoing_archives_the_new_groups(alice):
    import_text(alice, "name,price,quantity,group,option:size\nA,1,1,Shirt,S\n")
    _reversal, archived = undo_operation(by=alice, operation=Operation.objects.get(), archive_created=True)
    assert archived["groups"] == [Group.objects.get().pk]
    assert Group.objects.get().archived_at
    import_text(alice, "name,price,quantity\nB,1,1\n")
    operation = Operation.objects.order_by("-id")[0]
    assert "groups" not in undo_operation(by=alice, operation=operation, archive_created=True)[1]


def test_each_row_with_an_option_too_many_is_wrong(alice):
    rows = "".join(f"P{number},1,1,G,{number},,,\n" for number in range(MAX_VALUES + 3))
    lines = [(MAX_VALUES + number, "option:size") for number in (2, 3, 4)]
    assert list_errors(alice, FILE.replace(",field:brand", ",description") + rows) == lines


@pytest.mark.long
def test_more_groups_than_a_statement_has_parameters_are_created(alice):
    nothing = attributes.Described(None, {}, {}, [])
    planned = [
        attributes.PlannedProfile(number, None, nothing, nothing._replace(group=Group(owner=alice, name=f"G{number}")))
        for number in range(14_000)
    ]
    assert len(attributes.create_groups(alice.pk, planned)) == Group.objects.count() == 14_000
