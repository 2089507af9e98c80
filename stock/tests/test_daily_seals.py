"""The seals that the worker and the command make."""

import pytest
from django.core.management import call_command

from stock.management.commands.seal import Command
from stock.models import Seal
from stock.proofs import services, sql_seals
from stock.proofs.services import seal_account, seal_due
from stock.tests.test_seals import sell
from testing.cast.people import make_product
from users import jobs
from users.access.roles import Role
from users.jobs import Round


@pytest.fixture
def a_day_later(monkeypatch):
    """Make all seals older than a day."""
    monkeypatch.setattr(services, "MAX_AGE", services.MAX_AGE * 0)


def make_job():
    return Round(seal_due, 60, sql_seals.HAS_UNSEALED.format(seconds=services.MAX_AGE.total_seconds()))


def run_job():
    """Run the worker's job until it has looked at all accounts that may be due."""
    job = make_job()
    while job.run():
        pass
    return job


def test_the_worker_seals_each_account_that_has_booked(alice, charlie, dora, kettle):
    run_job()
    assert [seal.owner for seal in Seal.objects.all()] == [alice]
    assert Seal.objects.get().sealed_by is None


def test_the_worker_seals_once_a_day(alice, kettle, monkeypatch):
    run_job()
    sell(alice, kettle)
    run_job()
    assert Seal.objects.count() == 1
    monkeypatch.setattr(services, "MAX_AGE", services.MAX_AGE * 0)
    run_job()
    assert Seal.objects.count() == 2


@pytest.mark.quick
def test_the_worker_does_not_seal_what_has_not_changed(alice, kettle, a_day_later):
    run_job()
    run_job()
    assert Seal.objects.count() == 1


def test_the_worker_asks_each_account_where_no_statement_finds_those_with_work(alice, kettle, a_day_later):
    for _ in range(2):
        Round(seal_due, 60).run()  # as on Citus
    assert Seal.objects.count() == 1


def test_the_worker_looks_at_the_accounts_again_after_a_pause(alice, kettle, a_day_later, monkeypatch):
    job = run_job()
    sell(alice, kettle)
    assert job.run() is False
    assert Seal.objects.count() == 1
    job.next_round = 0
    job.run()
    assert Seal.objects.count() == 2


def test_the_worker_gives_other_jobs_their_turn(alice, charlie, kettle, monkeypatch):
    make_product(charlie, quantity=1)
    monkeypatch.setattr(jobs, "MAX_TURN_SECONDS", -1)
    job = make_job()
    assert job.run() is True
    assert len(job.shops) == len([alice, charlie])


def test_an_account_that_fails_does_not_stop_the_others(alice, charlie, kettle, monkeypatch):
    make_product(charlie, quantity=1)

    def seal_or_fail(owner_id):
        if owner_id == charlie.pk:
            raise OSError("full")
        return seal_account(owner_id=owner_id)

    monkeypatch.setattr(services, "seal_account", seal_or_fail)
    job = make_job()
    with pytest.raises(OSError, match="full"):
        job.run()
    job.run()
    assert [seal.owner for seal in Seal.objects.all()] == [alice]


def test_the_command_seals_all_accounts_now(alice, charlie, kettle, capsys):
    for _ in range(2):
        call_command(Command())
    sell(alice, kettle)
    call_command(Command())
    assert capsys.readouterr().out.splitlines() == [
        "1 new seal of 1 account.", "0 new seals of 0 accounts.", "1 new seal of 1 account.",
    ]  # fmt: skip
    assert alice.role == charlie.role == Role.OWNER
