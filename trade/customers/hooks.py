"""What other apps keep beside customers."""

from core.further_fields import FurtherFields

BESIDE_CUSTOMERS = FurtherFields()
