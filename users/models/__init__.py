"""The tables of users: their API keys, security events and sign-ins, and the shops that were closed."""

from users.models.keys import DIGEST_BYTES, MAX_KEY_NAME_LENGTH, PREFIX_LENGTH, ApiKey, KeyQuerySet, KeyScope
from users.models.sign_ins import (
    MAX_FACTOR_NAME_LENGTH,
    MAX_REASON_LENGTH,
    AttemptCounter,
    Challenge,
    ClosedAccount,
    EventKind,
    Factor,
    FactorKind,
    KnownNetwork,
    Purpose,
    RefreshFamily,
    SecurityEvent,
)
from users.models.users import (
    AUTO,
    BARCODE,
    LABEL_CODES,
    LABEL_SIZES,
    MAX_EMAIL_LENGTH,
    MAX_RECEIPT_NOTE_LENGTH,
    MAX_SHOP_ADDRESS_LENGTH,
    MAX_SHOP_NAME_LENGTH,
    MAX_TAX_NUMBER_LENGTH,
    MAX_TILES,
    MAX_USERNAME_LENGTH,
    OFF,
    ON,
    QR,
    STAFF,
    SWITCHED,
    SWITCHES,
    CSVFormat,
    Notices,
    User,
)
