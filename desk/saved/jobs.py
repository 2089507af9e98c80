"""Mail the views that are due to their users. This is a job of the worker."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone, translation
from rest_framework.exceptions import APIException

from core import mail
from core.due_work import Job, Waiting
from core.errors import DomainError
from core.fields import show_costs
from core.sentences import writing_numbers
from core.texts.locales import ENGLISH
from core.time_zones import get_zone
from desk.saved.models import MailFormat, SavedView
from desk.saved.pages import TYPES, Content, read_content
from desk.saved.services import MAX_FAILURES, build_off_link, claim, end_mail, note_failure, note_success
from users.access.roles import Right, may_act_for
from users.models import User
from users.sign_in.rate_limits import require_confirmed_email

logger = logging.getLogger("saved.mail")

MAX_MAILS = 200  # the most in one run; the next run continues


def send_due_views() -> int:
    """Mail the views that are due, the longest due first. Return the number of mails that were accepted at once."""
    if not settings.MAIL_ON:
        return 0
    due = SavedView.objects.filter(next_mail_at__lte=timezone.now()).order_by("next_mail_at", "pk")
    return sum(map(send_view, due[:MAX_MAILS]))


def send_view(view: SavedView) -> bool:
    """Mail the view, unless another worker does. Return whether the mail server has accepted it at once.

    It is claimed before it is sent: after a crash in between, this mail is missing, and none is sent twice.
    """
    user: Any = User.find(view.user_id)
    if user is None or not may_act_for(user, view.owner_id, Right.READ):
        end_mail(view)
        return False
    if view.mail_failures >= MAX_FAILURES:  # the worker ended three times while it wrote the mail
        note_failure(view)
        return False
    due = claim(view, user.shop_zone, timezone.now())
    # The user may have changed the view since this run has found it, or deleted it since it was claimed.
    claimed = SavedView.objects.filter(owner_id=view.owner_id, pk=view.pk).first() if due else None
    return due is not None and claimed is not None and mail_view(user, claimed, due)


def mail_view(user: User, view: SavedView, due: datetime) -> bool:
    try:
        require_confirmed_email(user)
        with act_for(user):
            content = read_content(user, view)
    except (APIException, DomainError) as error:
        fields = {"view": view.pk, "error": type(error).__name__, "failures": view.mail_failures}
        logger.warning("view was not mailed", extra={"fields": fields})
        note_failure(view)
        return False
    if content.is_empty and not view.mail_when_empty:
        note_success(view)
        return False
    return send_content(user, view, due, content)


@contextmanager
def act_for(user: User) -> Iterator[None]:
    """Write texts and numbers in the block as pages of the user do. Hide costs after it: calls of the API show them."""
    try:
        with translation.override(user.shown_language or ENGLISH), writing_numbers(user.shop_decimal_sign):
            yield
    finally:
        show_costs(False)


def send_content(user: User, view: SavedView, due: datetime, content: Content) -> bool:
    """Send the mail with one id for its due time, and with headers that end the mails (RFC 8058)."""
    address, day = build_off_link(view), due.astimezone(get_zone(user.shop_zone)).date()
    name = f"{view.route.rpartition('/')[2]}-{day}.{view.mail_format}"
    return mail.send_mail(
        mail.PAUSES_SECONDS,
        accepted=partial(note_success, view),
        refused=partial(note_failure, view),
        template="view",
        to=user.email,
        language=user.shown_language,
        context={"user": user, "view": view, "day": day, "content": content, "off": address},
        log_fields={"user": user.pk, "view": view.pk},
        headers={
            "Message-ID": f"<view.{view.owner_id}.{view.pk}.{due.timestamp():.0f}@{mail.find_domain()}>",
            "List-Unsubscribe": f"<{address}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        attachments=[] if content.file is None else [(name, content.file, TYPES[MailFormat(str(view.mail_format))])],
    )


def list_jobs(_is_stopping: Callable[[], bool]) -> list[Job]:
    return [Job(send_due_views)]


def measure_waiting() -> dict[str, Waiting]:
    """Return the views that are due. They wait until mail is on: then a worker sends the latest."""
    due = SavedView.objects.filter(next_mail_at__lte=Now()) if settings.MAIL_ON else SavedView.objects.none()
    return {"view_mails": Waiting.of(due, "next_mail_at")}
