"""The signals of the product."""

from django.dispatch import Signal

# Sent for each operation that is written, in its transaction, with its `reason`.
booked = Signal()
# Sent when a user signs in. Receivers return sentences for the user. `is_told` says that it reads them on a page.
signed_in = Signal()
