"""Whether a lot has expired. Its date is the last day on which it may be used, in the shop's time zone.

The `expiration_date` of a product is different: it is the first day on which its stock without a dated lot has expired.
"""

from datetime import date

from django.db.models import Q

LOT_HAS_EXPIRED = "lot.expires_on < %(today)s::date"  # NULL for a lot without a date


def has_expired(expires_on: date | str | None, today: date) -> bool:
    """Return whether the date is over. A serializer may have written it as a text."""
    return bool(expires_on) and str(expires_on) < today.isoformat()


def is_expired(today: date, field: str = "expires_on") -> Q:
    """Return the condition that the date in this field is over."""
    return Q(**{f"{field}__lt": today})
