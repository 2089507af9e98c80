"""What other apps keep beside locations."""

from core.further_fields import FurtherFields

BESIDE_LOCATIONS = FurtherFields()
