"""Views by mail: who gets which rows and files at which time, and what ends the mails."""

import threading
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from core import mail as core_mail
from desk.saved import jobs, pages, services
from desk.saved.models import SavedView
from testing.cast.people import PASSWORD, client_of, make_product
from testing.races import run_concurrently
from testing.reading.browser import Browser
from testing.reading.workbook_cells import read_workbook
from testing.tables import all_cases
from users.models import User

ADDRESS = "/api/views/"
DAILY = {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "hour": 7, "format": "text", "when_empty": False}
LOW = {"name": "Low teas", "route": "products", "query": "low_stock=true&ordering=name", "mail": DAILY}
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def mail_on(settings):
    settings.MAIL_ON, settings.PUBLIC_URL = True, "https://stock.example.org"
    settings.ALLOWED_HOSTS = ["*"]


@pytest.fixture
def tea(alice):
    return make_product(alice, "Assam", 3, sku="TEA-1", min_threshold=5)


def save_view(client, **fields):
    response = client.post(ADDRESS, {**LOW, **fields}, format="json")
    assert response.status_code == 201, response.json()
    return SavedView.objects.get(pk=response.json()["id"])


def make_due(view, ago=timedelta(minutes=1)):
    """Let the shop's hour of the mail be the present one, and the mail be due."""
    now = timezone.now()
    planned = (now - ago).replace(minute=0, second=0, microsecond=0)
    SavedView.objects.filter(pk=view.pk).update(next_mail_at=planned, mail_hour=planned.hour)
    return planned


def send(view, **options):
    make_due(view, **options)
    return jobs.send_due_views()


def test_the_mail_has_the_rows_and_the_headers_of_its_kind(as_alice, tea):
    view = save_view(as_alice, columns=["name", "quantity"])
    planned = make_due(view)
    assert jobs.send_due_views() == 1
    [sent] = mail.outbox
    assert (sent.to, sent.attachments) == (["alice@example.org"], [])
    assert sent.subject.startswith("Low teas, ")
    assert "- Assam, In stock: 3\n" in sent.body
    assert f"https://stock.example.org/api/views/{view.pk}/run/" in sent.body
    off = sent.extra_headers["List-Unsubscribe"].strip("<>")
    assert off in sent.body
    assert services.find_view_of_link(off.rstrip("/").rpartition("/")[2]) == view
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sent.extra_headers["Message-ID"].startswith(f"<view.{view.owner_id}.{view.pk}.{planned.timestamp():.0f}@")
    assert jobs.send_due_views() == 0  # each due time once


@pytest.mark.quick
def test_the_mail_has_the_language_and_the_numbers_of_its_reader(as_alice, alice, bob):
    make_product(alice, "Rice", 1_234_500, unit="kg", decimals=3)
    User.objects.filter(pk=alice.pk).update(language="de", csv_format="european")
    view = save_view(as_alice, query="", columns=["name", "quantity"])
    assert send(view) == 1
    for text in ("- Rice, Auf Lager: 1.234,500 kg", "Die Ansicht, wie sie jetzt ist:"):
        assert text in mail.outbox[0].body


@pytest.mark.quick
def test_the_longest_due_is_mailed_first(as_alice, tea, monkeypatch):
    monkeypatch.setattr(jobs, "MAX_MAILS", 1)
    for name, hours in (("Late", 1), ("Early", 3)):
        make_due(save_view(as_alice, name=name), ago=timedelta(hours=hours))
    assert jobs.send_due_views() == 1
    assert mail.outbox[0].subject.startswith("Early, ")


def test_the_text_has_twenty_rows_and_the_number_of_the_others(as_alice, alice):
    for number in range(23):
        make_product(alice, f"Tea {number:02}")
    view = save_view(as_alice, query="ordering=-name", columns=["name"])
    send(view)
    body = mail.outbox[0].body
    assert body.count("- Tea") == 20
    assert body.index("Tea 22") < body.index("Tea 21")
    assert "and 3 more." in body


@all_cases("file_format", ["xlsx", "csv"])
def test_the_file_is_that_of_the_page_with_the_columns_of_the_view(as_alice, tea, file_format):
    view = save_view(as_alice, columns=["quantity", "name"], mail={**DAILY, "format": file_format})
    assert send(view) == 1
    raw = mail.outbox[-1].message().as_bytes()
    [part] = message_from_bytes(raw, policy=policy.default).iter_attachments()
    data = part.get_payload(decode=True)
    assert part.get_filename().startswith("products-20")
    assert part.get_filename().endswith(f".{file_format}")
    if file_format == "csv":
        assert data.decode("utf-8-sig").splitlines() == ["In stock,Name", "3,Assam"]
    else:
        rows = read_workbook(data)
        assert rows[-2:] == [["In stock", "Name"], [3, "Assam"]]


def test_fields_of_json_are_not_those_of_the_mail(as_alice, tea):
    view = save_view(as_alice, query="fields=id", mail={**DAILY, "format": "csv"})
    assert send(view) == 1
    [sent] = mail.outbox
    assert "Assam" in sent.body
    assert "Assam" in sent.attachments[0][1]


def test_the_file_has_the_order_of_the_view(as_alice, alice):
    for name in ("Oolong", "Assam", "Zen"):
        make_product(alice, name)
    send(save_view(as_alice, query="ordering=-name", columns=["name"], mail={**DAILY, "format": "csv"}))
    assert mail.outbox[0].attachments[0][1].split()[-3:] == ["Zen", "Oolong", "Assam"]


def test_a_file_that_is_too_large_is_replaced_by_a_sentence(as_alice, tea, monkeypatch):
    monkeypatch.setattr(pages, "MAX_FILE_BYTES", 10)
    view = save_view(as_alice, mail={**DAILY, "format": "csv"})
    assert send(view) == 1
    assert not mail.outbox[0].attachments
    assert "too large for a mail" in mail.outbox[0].body


@pytest.mark.quick
@all_cases(("when_empty", "mails"), [(False, 0), (True, 1)])
def test_an_empty_view_is_mailed_only_if_this_is_asked_for(as_alice, when_empty, mails):
    view = save_view(as_alice, mail={**DAILY, "when_empty": when_empty, "format": "xlsx"})
    assert send(view) == mails
    view.refresh_from_db()
    assert (view.mail_failures, view.next_mail_at > timezone.now()) == (0, True)
    assert all("Nothing matches" in sent.body for sent in mail.outbox)


@pytest.mark.quick
def test_reports_are_mailed_too(as_alice, tea):
    view = save_view(as_alice, route="reports/reorder", query="", mail={**DAILY, "format": "xlsx", "when_empty": True})
    assert send(view) == 1
    assert len(mail.outbox[0].attachments) == 1


@pytest.mark.quick
@all_cases(("zone", "day"), [("Asia/Tokyo", "2026-12-01"), ("UTC", "2026-11-30"), ("America/New_York", "2026-11-30")])
def test_the_mail_names_the_day_of_the_shop(as_alice, alice, tea, zone, day):
    view = save_view(as_alice, mail={**DAILY, "format": "csv"})
    User.objects.filter(pk=alice.pk).update(time_zone=zone)
    assert jobs.mail_view(User.objects.get(pk=alice.pk), view, datetime(2026, 11, 30, 15, tzinfo=UTC))
    sent = mail.outbox.pop()
    assert [name for name, *_ in sent.attachments] == [f"products-{day}.csv"]
    assert sent.subject.endswith(day)


def test_a_worker_that_was_down_sends_only_the_latest(as_alice, tea):
    view = save_view(as_alice)
    planned = make_due(view, ago=3 * DAY + timedelta(minutes=1))
    assert jobs.send_due_views() == 1
    assert f".{(planned + 3 * DAY).timestamp():.0f}@" in mail.outbox[0].extra_headers["Message-ID"]
    view.refresh_from_db()
    assert view.next_mail_at == planned + 4 * DAY


def test_a_shop_that_moves_to_another_zone_waits_for_its_hour_there(as_alice, alice, tea):
    view = save_view(as_alice)
    planned = make_due(view)
    User.objects.filter(pk=alice.pk).update(time_zone="Etc/GMT+3")  # its hour comes three hours later
    assert jobs.send_due_views() == 0
    view.refresh_from_db()
    assert view.next_mail_at == planned + timedelta(hours=3)
    assert view.mail_failures == 0


@pytest.mark.quick
@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one_mail(as_alice, tea):
    view = save_view(as_alice)
    for _ in range(5):
        make_due(view)
        mail.outbox.clear()
        run_concurrently(jobs.send_due_views, jobs.send_due_views)
        assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_without_a_claim_two_workers_would_send_two(as_alice, tea, monkeypatch):
    """The negative control of the test above."""
    both, now = threading.Barrier(2), datetime.now(UTC)
    monkeypatch.setattr(jobs, "claim", lambda *_: both.wait(10) is not None and now)
    make_due(save_view(as_alice))
    run_concurrently(jobs.send_due_views, jobs.send_due_views)
    assert len(mail.outbox) == 2
    assert len({sent.extra_headers["Message-ID"] for sent in mail.outbox}) == 1


def test_a_view_is_mailed_as_it_is_when_it_is_claimed(as_alice, tea):
    view = save_view(as_alice)
    make_due(view)
    found = SavedView.objects.get(pk=view.pk)
    assert as_alice.patch(f"{ADDRESS}{view.pk}/", {"name": "Renamed"}).status_code == 200
    assert jobs.send_view(found)
    assert "Renamed" in mail.outbox[0].subject + mail.outbox[0].body


class Killed(BaseException):
    pass


def test_a_worker_killed_between_claim_and_mail_sends_it_never_twice(as_alice, tea, monkeypatch):
    def kill(*_, **__):
        raise Killed

    view = save_view(as_alice)
    with monkeypatch.context() as patch:
        patch.setattr(core_mail, "try_mail", kill)
        with pytest.raises(Killed):
            send(view)
    assert jobs.send_due_views() == 0
    view.refresh_from_db()
    assert view.next_mail_at > timezone.now()
    assert send(view) == 1  # the next due time
    view.refresh_from_db()
    assert view.mail_failures == 0


@pytest.mark.quick
def test_three_failures_switch_the_mail_off_and_the_user_is_told(as_alice, alice, tea):
    view = save_view(as_alice)
    SavedView.objects.filter(pk=view.pk).update(query="no_such=filter")
    credentials = {"username": "alice", "password": PASSWORD}
    for failures in (1, 2):
        assert send(view) == 0
        view.refresh_from_db()
        assert view.mail_failures == failures
    assert "notes" not in Client().post("/api/auth/login/", credentials).json()
    assert send(view) == 0
    assert as_alice.get(f"{ADDRESS}{view.pk}/").json()["mail"] is None
    assert jobs.send_due_views() == 0
    said = 'The mail of your view "Low teas" was switched off, because it failed 3 times. Open the view.'
    assert Client().post("/api/auth/login/", credentials).json()["notes"] == [said]
    browser = Client()
    page = browser.post("/api-auth/login/", credentials, follow=True, HTTP_ACCEPT="text/html")
    assert "The mail of your view" in page.content.decode()
    assert "notes" not in Client().post("/api/auth/login/", credentials).json()
    assert not mail.outbox


def test_a_refused_mail_is_a_failure_and_a_sent_one_ends_the_count(as_alice, tea, monkeypatch):
    view = save_view(as_alice)
    with monkeypatch.context() as patch:
        patch.setattr(core_mail, "try_mail", lambda **_: core_mail.Failure(core_mail.REFUSED, 550))
        send(view)
        send(view)
    view.refresh_from_db()
    assert view.mail_failures == 2
    assert send(view) == 1
    view.refresh_from_db()
    assert (view.mail_failures, view.mail_days) == (0, DAILY["days"])


def employ(bob, as_alice, role):
    User.objects.filter(pk=bob.pk).update(email="bob@example.org", confirmed_email="bob@example.org")
    assert as_alice.patch(f"/api/users/{bob.pk}/", {"role": role}).status_code == 200
    return client_of(User.objects.get(pk=bob.pk))


def leave(as_alice, bob):
    assert as_alice.patch(f"/api/users/{bob.pk}/", {"is_active": False}, format="json").status_code == 200


ENDINGS = {
    "leaver": leave,
    "inactive": lambda _, bob: User.objects.filter(pk=bob.pk).update(is_active=False),
    "barred": lambda _, bob: User.objects.filter(pk=bob.pk).update(is_barred=True),
    "closed": lambda _, bob: User.objects.filter(pk=bob.employer_id).update(is_active=False),
    "address changed": lambda _, bob: User.objects.filter(pk=bob.pk).update(email="new@example.org"),
    "counter": lambda as_alice, bob: as_alice.patch(f"/api/users/{bob.pk}/", {"role": "counter"}),
}


@all_cases("ending", ENDINGS)
def test_nobody_gets_mail_who_may_not_read_it_now(as_alice, bob, tea, ending):
    view = save_view(employ(bob, as_alice, "manager"))
    assert send(view) == 1
    ENDINGS[ending](as_alice, User.objects.get(pk=bob.pk))
    assert_mail_has_ended(view)


@pytest.mark.quick
def test_nobody_gets_mail_of_a_shop_that_it_has_left(as_alice, bob, tea):
    view = save_view(employ(bob, as_alice, "manager"))
    User.objects.filter(pk=bob.pk).update(employer=None, role="owner")
    assert_mail_has_ended(view)


def assert_mail_has_ended(view):
    mail.outbox.clear()
    for _ in range(3):
        make_due(view) if SavedView.objects.filter(pk=view.pk, mail_days__isnull=False).exists() else None
        assert jobs.send_due_views() == 0
    assert not mail.outbox
    assert not SavedView.objects.filter(pk=view.pk, mail_days__isnull=False).exists()


def test_a_lowered_role_gets_no_costs_by_mail(as_alice, alice, bob):
    make_product(alice, "Assam", 3, cost_price="4.25")
    view = save_view(employ(bob, as_alice, "manager"), query="", columns=["name", "cost_price"],
                     mail={**DAILY, "format": "csv"})  # fmt: skip
    send(view)
    assert "4.25" in mail.outbox[0].attachments[0].content
    employ(bob, as_alice, "worker")
    send(view)
    assert "4.25" not in mail.outbox[1].body
    assert "4.25" not in mail.outbox[1].attachments[0].content


def test_a_lowered_role_gets_no_report_of_others(as_alice, bob, tea):
    view = save_view(
        employ(bob, as_alice, "manager"), route="reports/margins", query="", mail={**DAILY, "when_empty": True}
    )
    send(view)
    assert len(mail.outbox) == 1
    employ(bob, as_alice, "worker")
    for _ in range(3):
        assert send(view) == 0
    view.refresh_from_db()
    assert view.mail_days is None
    assert view.mail_ended_at


def test_a_mail_program_ends_the_mail_by_one_post_without_signing_in(as_alice, tea):
    view = save_view(as_alice)
    path = services.build_off_link(view).removeprefix("https://stock.example.org")
    browser = Client(enforce_csrf_checks=True)
    assert "Turn off the mail" in browser.get(path).content.decode()
    assert as_alice.get(f"{ADDRESS}{view.pk}/").json()["mail"] == DAILY  # scanners of mail follow links
    assert "The mail is off" in browser.post(path, {"List-Unsubscribe": "One-Click"}).content.decode()
    assert as_alice.get(f"{ADDRESS}{view.pk}/").json()["mail"] is None
    assert browser.post(path).status_code == 200
    assert "notes" not in Client().post("/api/auth/login/", {"username": "alice", "password": PASSWORD}).json()
    assert browser.get(f"{path[:-3]}x/").status_code == 404


@all_cases(
    ("sent", "field"),
    [
        ({"days": None}, "days"), ({"days": ["monday"]}, "days"), ({"days": ["29"]}, "days"), ({"days": ["0"]}, "days"),
        ({"days": "mon"}, "days"), ({"hour": 24}, "hour"), ({"hour": -1}, "hour"), ({"hour": None}, "hour"),
        ({"format": "pdf"}, "format"), ({"when_empty": "perhaps"}, "when_empty"),
    ],
)  # fmt: skip
def test_a_wrong_mail_is_refused_with_its_field(as_alice, sent, field):
    refused = as_alice.post(ADDRESS, {**LOW, "mail": {**DAILY, **sent}}, format="json")
    assert refused.status_code == 400
    assert field in refused.json()["mail"], refused.json()


def test_a_mail_can_be_changed_and_ended(as_alice):
    view = save_view(as_alice, mail={"days": ["mon", "1", "mon"], "hour": 7})
    address = f"{ADDRESS}{view.pk}/"
    assert as_alice.get(address).json()["mail"] == {
        "days": ["mon", "1"], "hour": 7, "format": "xlsx", "when_empty": False
    }  # fmt: skip
    planned = SavedView.objects.get(pk=view.pk).next_mail_at
    assert as_alice.patch(address, {"name": "Teas"}, format="json").status_code == 200
    assert SavedView.objects.get(pk=view.pk).next_mail_at == planned
    assert as_alice.patch(address, {"mail": {"days": ["last"], "hour": 0}}, format="json").status_code == 200
    assert SavedView.objects.get(pk=view.pk).next_mail_at != planned
    changed = as_alice.patch(address, {"mail": {"when_empty": True}}, format="json").json()["mail"]
    assert changed == {"days": ["last"], "hour": 0, "format": "xlsx", "when_empty": True}
    assert as_alice.patch(address, {"mail": {"days": []}}, format="json").json()["mail"] is None
    assert as_alice.patch(address, {"mail": {"hour": 8}}, format="json").json() == {
        "mail": {"days": ["This field is required."]}
    }
    assert as_alice.patch(address, {"mail": None}, format="json").json()["mail"] is None
    assert SavedView.objects.get(pk=view.pk).next_mail_at is None


@pytest.mark.quick
def test_mail_needs_a_mail_server_and_a_confirmed_address(as_alice, alice, tea, settings):
    make_due(save_view(as_alice, name="Due"))
    settings.MAIL_ON = False
    assert jobs.send_due_views() == 0
    assert as_alice.post(ADDRESS, LOW, format="json").json()["code"] == "mail_off"
    assert as_alice.post(ADDRESS, {**LOW, "mail": None}, format="json").status_code == 201
    settings.MAIL_ON = True
    User.objects.filter(pk=alice.pk).update(confirmed_email="")
    assert as_alice.post(ADDRESS, {**LOW, "name": "New"}, format="json").json()["code"] == "email_not_confirmed"
    assert SavedView.objects.count() == 2


def test_a_user_has_at_most_ten_views_with_mail(as_alice):
    for number in range(10):
        save_view(as_alice, name=f"Teas {number}")
    refused = as_alice.post(ADDRESS, LOW, format="json")
    assert (refused.status_code, refused.json()["code"], refused.json()["limit"]) == (409, "too_many_views", 10)
    without = save_view(as_alice, mail=None)
    assert as_alice.patch(f"{ADDRESS}{without.pk}/", {"mail": DAILY}, format="json").status_code == 409


def test_a_list_without_files_is_mailed_as_text_only(as_alice):
    refused = as_alice.post(ADDRESS, {**LOW, "route": "categories", "query": "", "mail": {**DAILY, "format": "csv"}},
                            format="json")  # fmt: skip
    assert (refused.status_code, list(refused.json())) == (400, ["mail"])
    save_view(as_alice, route="categories", query="")


def test_another_members_view_is_not_mailed_by_reading_it(as_alice, bob, tea):
    view = save_view(as_alice, shared=True)
    assert send(view) == 1
    assert [sent.to for sent in mail.outbox] == [["alice@example.org"]]


def test_the_forms_of_the_pages_set_change_and_end_the_mail(as_alice, alice):
    browser = Browser(alice)
    typed = {name: LOW[name] for name in ("name", "route", "query")}
    chosen = {"mail.days": "mon", "mail.hour": "7", "mail.format": "csv"}
    assert browser.send_task("/shop/form/views/", **typed, **chosen).status_code == 303
    view = SavedView.objects.get()
    assert (view.mail_days, view.mail_hour, view.mail_format) == (["mon"], 7, "csv")
    assert "Monday, 07:00" in browser.get_page(f"{ADDRESS}{view.pk}/")
    form = f"/shop/form/views/{view.pk}/"
    assert browser.send_task(form, **{"mail.days": "last", "mail.hour": "9"}).status_code == 303
    view.refresh_from_db()
    assert (view.mail_days, view.mail_hour, view.mail_format) == (["last"], 9, "csv")
    assert browser.send_task(form, **{"mail.days": ""}).status_code == 303
    view.refresh_from_db()
    assert view.mail_days is None
    assert browser.send_task(form, name="Teas").status_code == 303  # a view without mail can be changed


def test_a_form_keeps_days_that_a_program_has_chosen(as_alice, alice):
    view = save_view(as_alice, mail={**DAILY, "days": ["mon", "1"]})
    browser, form = Browser(alice), f"/shop/form/views/{view.pk}/"
    assert browser.task_values(form)["mail.days"] == ["mon,1"]
    assert browser.send_task(form, **{"mail.hour": "9"}).status_code == 303
    view.refresh_from_db()
    assert (view.mail_days, view.mail_hour) == (["mon", "1"], 9)


def test_an_hour_without_a_day_is_no_mail(as_alice, alice):
    view = save_view(as_alice, mail=None)
    form = f"/shop/form/views/{view.pk}/"
    assert Browser(alice).send_task(form, name="Teas", **{"mail.hour": "9"}).status_code == 303
    view.refresh_from_db()
    assert (view.name, view.mail_days) == ("Teas", None)
