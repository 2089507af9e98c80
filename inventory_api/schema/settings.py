"""Settings of drf-spectacular, which generates the schema."""

from typing import Any

from inventory_api import __version__

# The types of events, the kinds of rows in the history and the things that a shop switches, in the order of the schema.
# Those of other apps follow these, by the `place` of their apps.
PUBLISHED_EVENTS = (
    "operation.booked", "stock.low", "stock.recovered", "product.created", "product.changed", "product.archived",
    "product.restored", "ledger.sealed", "reservation.made", "reservation.changed", "reservation.fulfilled",
    "reservation.released", "reservation.expired", "lot.expiring", "order.sent", "order.received", "order.closed",
    "till.dropped", "till.unproven", "sale.paid", "kit.created", "kit.changed", "kit.archived", "customer.merged",
    "supplier.merged",
)  # fmt: skip
PUBLISHED_KINDS = (
    "product", "supplier", "customer", "category", "group", "field", "tax", "kit", "location", "lot", "user", "shop",
)  # fmt: skip
PUBLISHED_USES = (
    "places", "lots", "orders", "purchasing", "tills", "variants", "amounts", "fields", "pictures", "kits", "making",
    "offers", "payments",
)  # fmt: skip
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Inventory API",
    "VERSION": __version__,
    "DESCRIPTION": (
        "The stock of many independent shops: products, suppliers, categories and an immutable ledger.\n\n"
        "An error is `{field: [messages]}` if fields are wrong, otherwise `{detail, code}` and the values of the case;"
        " docs/errors.md and `/api/docs/errors/` list every code."
        " An empty parameter counts as absent."
        " Every response has an `X-Request-ID`: the client's own, or a new one."
    ),
    "SERVERS": [{"url": "/", "description": "The host that served this schema"}],
    "LICENSE": {"name": "MIT", "url": "https://opensource.org/license/mit"},
    "CONTACT": {"name": "The inventory-api authors"},
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api",
    "PATH_CONVERTER_OVERRIDES": {"row_id": {"type": "integer", "format": "int64", "minimum": 1}},
    "GET_LIB_DOC_EXCLUDES": "inventory_api.schema.hooks.list_excluded_docs",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {
        "persistAuthorization": True,
        "tryItOutEnabled": True,
        "filter": True,
        "displayRequestDuration": True,
        "defaultModelsExpandDepth": 0,
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "inventory_api.schema.hooks.complete_schema",
        "inventory_api.schema.hooks.simplify_types",
        "inventory_api.schema.hooks.share_enums",
        "inventory_api.schema.hooks.share_parameters",
        "inventory_api.schema.hooks.offer_readable_forms",
        "inventory_api.schema.hooks.remove_unused_schemas",
        "inventory_api.schema.hooks.shorten_operation_ids",
        "inventory_api.schema.hooks.keep_token_only",
    ],
}
