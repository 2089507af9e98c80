"""The tables of the ledger."""

from stock.models.deliveries import MAX_EXTRA_NAME_LENGTH, Delivery, ExtraCost, ExtraShare
from stock.models.imports import MAX_FILE_NAME_LENGTH, Import
from stock.models.ledger import (
    LATE,
    MAX_NOTE_LENGTH,
    MAX_REFERENCE_LENGTH,
    REASONS_TO_RESPECT_RESERVATIONS,
    SALT_BYTES,
    SERVICE_REASONS,
    LedgerRow,
    Movement,
    MovementType,
    Operation,
    OperationReason,
    Performer,
)
from stock.models.making import MAX_PARTS, Making, MakingRole, Recipe, RecipePart, describe_made
from stock.models.payments import Payment, PaymentKind
from stock.models.places import MAX_CODE_LENGTH, MAX_NAME_LENGTH, Holding, Location, Lot, Portion, StockCount
from stock.models.sales import RETURNED_TYPES, PriceSource, Return, Returned, Sold
from stock.models.seals import DIGEST_BYTES, NONCE_BYTES, OctetLength, Seal, Verification
