"""Background jobs: a thread with a bounded queue, and mail that never delays or fails a request."""

import socket
import threading
import time

import pytest
from django.core import mail as outbox
from django.db import connection, transaction

from core import background, mail
from testing.cast.people import client_of
from users.models import SecurityEvent

pytestmark = [pytest.mark.django_db(transaction=True)]
RESET = "/api/auth/password/reset/"
DEADLINE_SECONDS = 5


def wait_for(condition):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def wait_for_jobs():
    """Wait until all queued jobs have run."""
    done = threading.Event()
    background.run_later(done.set)
    assert done.wait(DEADLINE_SECONDS)


def test_runs_a_job_later_in_another_thread(real_background):
    ran = []
    background.run_later(lambda: ran.append(threading.current_thread()))
    assert not ran
    wait_for(lambda: ran)
    assert ran[0] is not threading.current_thread()


def test_a_failed_job_is_logged_and_the_next_one_runs(real_background, caplog):
    background.run_later(lambda: 1 / 0)
    wait_for_jobs()
    assert "background job failed" in caplog.text


def test_discards_jobs_beyond_the_limit(real_background, monkeypatch, caplog):
    monkeypatch.setattr(background, "places", threading.BoundedSemaphore(2))
    ran = []
    for number in range(4):
        background.run_later(lambda number=number: ran.append(number))
    wait_for(lambda: len(ran) == 2)
    assert caplog.text.count("background queue is full") == 2
    wait_for(lambda: background.places.acquire(blocking=False))
    background.places.release()


def test_a_job_that_waits_lets_others_run(real_background):
    ran = []
    background.run_after(60, lambda: ran.append("waited"))
    background.run_later(lambda: ran.append("ran"), delay=0)
    wait_for(lambda: len(ran) == 2)
    assert ran == ["ran", "waited"]


def test_discards_jobs_that_wait_beyond_the_limit(real_background, monkeypatch, caplog):
    monkeypatch.setattr(background, "waiting", threading.BoundedSemaphore(1))
    ran = []
    for number in range(2):
        background.run_after(60, lambda number=number: ran.append(number))
    wait_for(lambda: ran)
    wait_for_jobs()
    assert ran == [0]
    assert caplog.text.count("too many background jobs are waiting") == 1
    assert background.waiting.acquire(blocking=False)


def test_the_thread_mails_the_link_after_the_response(real_background, alice):
    assert client_of(None).post(RESET, {"username": "alice"}).status_code == 202
    assert not outbox.outbox
    wait_for(lambda: outbox.outbox)
    assert outbox.outbox[0].to == ["alice@example.org"]
    assert SecurityEvent.objects.get().user == alice
    wait_for_jobs()


@pytest.fixture
def silent_server():
    """Return a mail server that accepts connections and never sends anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_silent_mail_server_delays_no_request(real_background, alice, settings, silent_server, caplog):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = silent_server, 1
    started = time.monotonic()
    assert client_of(None).post(RESET, {"username": "alice"}).status_code == 202
    assert time.monotonic() - started < 1
    wait_for(lambda: "mail was not sent" in caplog.text)
    wait_for_jobs()


def test_mails_only_what_commits(settings):
    settings.DEFAULT_FROM_EMAIL = "shop@example.org"
    letter = {"template": "email_changed", "to": "a@example.org", "language": "", "context": {}, "log_fields": {}}
    with transaction.atomic():
        mail.send_mail_later(**letter)
        transaction.set_rollback(True)
    assert not outbox.outbox
    with transaction.atomic():
        mail.send_mail_later(**letter)
        assert not outbox.outbox
    assert [sent.from_email for sent in outbox.outbox] == ["shop@example.org"]
    assert outbox.outbox[0].extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_mail_is_sent_outside_of_transactions(alice, monkeypatch):
    inside = []
    monkeypatch.setattr("django.core.mail.EmailMessage.send", lambda *_: inside.append(connection.in_atomic_block))
    client_of(None).post(RESET, {"username": "alice"})
    owner = client_of(alice)
    fields = {"username": "erin", "email": "erin@example.org"}
    assert owner.post("/api/users/", fields, headers={"Idempotency-Key": "1"}).status_code == 201
    assert inside == [False, False]
