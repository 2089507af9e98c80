"""`manage.py record_missing_events` after an upgrade, during which the earlier release has booked without events."""

from io import StringIO

from django.core.management import call_command

from events.models import Event
from stock import sql
from stock.management.commands.record_missing_events import Command
from testing.cast import make_product


def run():
    output = StringIO()
    call_command(Command(), stdout=output)
    return output.getvalue()


def test_records_the_operations_of_the_earlier_release(alice, monkeypatch):
    without = sql.BOOK_ONE.replace(f",\n    event AS ({sql.EVENT})", "")
    assert without != sql.BOOK_ONE
    with monkeypatch.context() as patched:
        patched.setattr(sql, "BOOK_ONE", without)
        make_product(alice, quantity=3)
    assert list(Event.objects.values_list("type", flat=True)) == ["product.created"]
    assert run() == "Recorded events of 1 operations.\n"
    assert Event.objects.latest("id").operation


def test_records_nothing_twice(alice, kettle):
    assert run() == "Recorded events of 0 operations.\n"
    assert Event.objects.filter(operation__isnull=False).count() == 1
