"""The queries that read users."""

import functools
from typing import Any

from django.contrib.auth.models import UserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from core.database.postgres.base import fetch
from users.access.roles import Right, Role, may

# Returns a user and its employer, with the columns in the order of the model's. The ORM takes several times as long to
# compose this.
USER_WITH_EMPLOYER = """
SELECT {columns}, users.xmin, users.ctid, employer.xmin, employer.ctid
FROM users_user AS users LEFT JOIN users_user AS employer ON employer.id = users.employer_id
WHERE users.id = %(id)s::bigint
"""

# Returns only the last columns of USER_WITH_EMPLOYER, which identify the versions of both rows.
VERSIONS_WITH_EMPLOYER = """
SELECT users.xmin, users.ctid, employer.xmin, employer.ctid
FROM users_user AS users LEFT JOIN users_user AS employer ON employer.id = users.employer_id
WHERE users.id = %(id)s::bigint
"""
VERSION_COLUMNS = 4

# Returns the number of active owners per week of sign-up, among the newest `limit` ones.
JOINED_PER_WEEK = """
SELECT date_trunc('week', date_joined AT TIME ZONE 'UTC')::date AS week, count(*)
FROM (
    SELECT date_joined FROM users_user WHERE role = 'owner' AND is_active ORDER BY id DESC LIMIT %(limit)s
) AS newest
GROUP BY week
"""

# Returns the user name that a text means at sign-in. A user name comes before an e-mail address. Without either, the
# text itself is returned, so that any text takes the same statements.
FIND_SIGN_IN_NAME = """
SELECT coalesce(
    (SELECT username FROM users_user WHERE lower(username) = lower(%(name)s)),
    (
        SELECT username FROM users_user
        WHERE email <> '' AND lower(email) = lower(%(text)s) AND is_active AND NOT is_barred
    ),
    %(text)s::text
)
"""


@functools.cache
def insert_columns(statement: str, *tables: tuple[str, type[models.Model]]) -> str:
    """Return the statement. The columns of these tables, each with its alias, replace `{columns}`."""
    json = "::json"  # Django reads jsonb as a text
    columns = ", ".join(
        f"{alias}.{field.attname}{json if isinstance(field, models.JSONField) else ''}"
        for alias, model in tables
        for field in model._meta.concrete_fields
    )
    return statement.format(columns=columns)


class AccountManager(UserManager):
    """Finds users by name, ignoring case."""

    def owners(self) -> Any:
        """Return the users to whom rows belong. Their accounts may be closed."""
        return self.filter(role=Role.OWNER)

    def get_by_natural_key(self, username: str | None) -> Any:
        return self.named(username or "").get()

    def named(self, username: str) -> Any:
        return self.filter(username__lower=Lower(models.Value(self.model.normalize_username(username))))

    def is_taken(self, text: str) -> bool:
        """Return whether a user has the text as user name or e-mail address: no other one can have it as either."""
        by_email = self.exclude(email="").filter(email__lower=Lower(models.Value(text)))
        return self.named(text).exists() or by_email.exists()

    def find_sign_in_name(self, text: str) -> str:
        """Return the user name that is meant at sign-in: the text, or the name of the active user with this address."""
        [(name,)] = fetch(FIND_SIGN_IN_NAME, {"name": self.model.normalize_username(text), "text": text})
        return str(name)

    def find_reachable(self, username: str, email: str) -> list[Any]:
        """Return the users of this name or e-mail address who can get a link by mail, with their employers."""
        by_name = self.named(username) if username else self.none()
        with_email = self.exclude(email="")  # the index has this condition
        by_email = with_email.filter(email__lower=Lower(models.Value(email))) if email else self.none()
        users: list[Any] = [*by_name.select_related("employer"), *by_email.select_related("employer")]
        return list({user.pk: user for user in users if user.can_get_links}.values())

    def visible_to(self, user: Any) -> Any:
        """Return the user itself, and its workers if it may manage users."""
        return self.with_workers(user.shop_owner) if may(user, Right.MANAGE_USERS) else self.filter(pk=user.pk)

    def with_workers(self, user: Any) -> Any:
        """Return the user and everybody it employs, even if it is not an active owner."""
        return self.filter(Q(pk=user.pk) | Q(employer_id=user.pk))
