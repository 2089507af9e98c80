"""The workers at the support desk: those that run, and those that were not seen for five minutes."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from desk.support.figures import make_worker_panel
from desk.support.models import WorkerProcess
from ops.jobs import Presence
from testing.tables import all_cases

pytestmark = pytest.mark.django_db


@pytest.fixture
def presence():
    running = Presence()
    running.report()
    return running


def test_a_worker_reports_in_one_row_and_deletes_it_when_it_stops(presence):
    [before] = WorkerProcess.objects.values()
    presence.report()
    [after] = WorkerProcess.objects.values()
    assert before["id"] == after["id"]
    presence.end()
    assert not WorkerProcess.objects.exists()


def test_a_worker_whose_row_was_deleted_writes_a_new_one(presence):
    WorkerProcess.objects.all().delete()
    presence.report()
    assert WorkerProcess.objects.count() == 1


def test_workers_that_ended_a_day_ago_are_forgotten(presence):
    WorkerProcess.objects.create(host="old", pid=1, seen_at=Now() - timedelta(hours=25))
    WorkerProcess.objects.create(host="young", pid=1, seen_at=Now() - timedelta(hours=23))
    presence.report()
    assert not WorkerProcess.objects.filter(host="old").exists()
    assert WorkerProcess.objects.filter(host="young").exists()


def test_the_desk_says_that_a_worker_runs(presence):
    panel = make_worker_panel()
    assert (panel.number, panel.alarm, panel.notes) == ("1 running", False, [])


def test_the_desk_warns_of_a_service_without_worker():
    panel = make_worker_panel()
    assert (panel.number, panel.alarm) == ("0 running", True)


@all_cases(("minutes", "is_lost"), [(4, False), (6, True)])
def test_the_desk_names_a_worker_that_was_not_seen_for_five_minutes(minutes, is_lost):
    WorkerProcess.objects.create(host="shed", pid=7, seen_at=Now() - timedelta(minutes=minutes))
    panel = make_worker_panel()
    assert panel.alarm is is_lost
    assert [note.split(" was last seen ")[0] for note in panel.notes] == (["process 7 on shed"] if is_lost else [])


def test_another_worker_that_runs_is_enough(presence):
    WorkerProcess.objects.create(host="shed", pid=7, seen_at=Now() - timedelta(minutes=6))
    panel = make_worker_panel()
    assert (panel.number, panel.alarm, len(panel.notes)) == ("1 running", False, 1)
