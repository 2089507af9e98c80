"""The signals of the product."""

from django.dispatch import Signal

# Sent for each operation that is written, in its transaction, with its `reason`.
booked = Signal()
