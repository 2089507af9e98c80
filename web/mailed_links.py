"""Links in mails that open a paper of a shop for somebody without an account: a receipt, an invoice, a quote."""

from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.core import signing
from django.urls import reverse

from core.errors import LinkEnded
from core.mail import require_mail, send_mail_later
from users.models import User
from users.sign_in import rate_limits

LIFETIME = timedelta(days=90)


class MailedLink(NamedTuple):
    """The links to papers of a kind. `page` is the name of their page, and `notice` the template of the mail.

    A token has the row's owner, its id and its time, and further values: after a restore, the database may give the
    same id to another row, which was made at another time.
    """

    name: str
    salt: str
    page: str
    notice: str

    def send(self, shop: User, row: Any, to: str, *further: str) -> None:
        """Mail the link after the current transaction. Raise MailOff, EmailNotConfirmed, or Throttled after many."""
        require_mail()
        owner: Any = shop.leader
        rate_limits.count_mail(owner=owner, to=to, is_known=False)
        send_mail_later(
            template=self.notice,
            to=to,
            language=shop.shop_language,
            context={"link": self.build(row, *further), "owner_email": owner.email},
            log_fields={self.name: row.pk},
            headers={"Reply-To": owner.email},
        )

    def build(self, row: Any, *further: str) -> str:
        """Return the address for the customer. It does not depend on a request's Host header."""
        token = signing.dumps([row.owner_id, row.pk, row.created_at.timestamp(), *further], salt=self.salt)
        return settings.PUBLIC_URL + reverse(self.page, args=[token])

    def open(self, token: str, rows: Any) -> tuple[Any, User, list[str]]:
        """Return the row of the token, its shop, and the further values.

        Raise LinkEnded if the token is not valid or has expired, or if the shop is closed.
        """
        try:
            owner_id, pk, made_at, *further = signing.loads(token, salt=self.salt, max_age=LIFETIME)
        except (signing.BadSignature, ValueError, TypeError) as error:
            raise LinkEnded from error
        row = rows.filter(owner_id=owner_id, pk=pk).first()
        if row is None or row.created_at.timestamp() != made_at:
            raise LinkEnded
        shop = User.objects.get(pk=owner_id)
        if not shop.is_active_owner:
            raise LinkEnded
        return row, shop, further
