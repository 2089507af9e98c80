"""The tables of the ledger."""

from stock.models.holdings import Holding, Portion
from stock.models.ledger import (
    LATE,
    MAX_NOTE_LENGTH,
    MAX_REFERENCE_LENGTH,
    REASONS_TO_RESPECT_RESERVATIONS,
    SERVICE_REASONS,
    LedgerRow,
    Movement,
    MovementType,
    Operation,
    Reason,
)
from stock.models.seals import DIGEST_BYTES, OctetLength, Seal, Verification, has_digest_length

__all__ = [
    "DIGEST_BYTES", "LATE", "MAX_NOTE_LENGTH", "MAX_REFERENCE_LENGTH",
    "REASONS_TO_RESPECT_RESERVATIONS", "SERVICE_REASONS", "Holding", "LedgerRow",
    "Movement", "MovementType", "OctetLength", "Operation", "Portion", "Reason", "Seal", "Verification",
    "has_digest_length",
]  # fmt: skip
