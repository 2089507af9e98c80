"""The refusals of webhooks."""

from core.errors import DomainError


class AddressNotPublic(DomainError):
    code = "address_not_public"
    detail = "The host of this URL has an address that is not public, and webhooks are sent to public ones only."
    when = (
        "a webhook's `url` has no [public address](events.md#which-addresses). In a demo, it is an http URL of another"
        " machine"
    )


class AddressNotLocal(AddressNotPublic):
    detail = "Over http, a demo sends to its own machine only, such as http://127.0.0.1:9000/. Write https:// instead."


class TooManyWebhooks(DomainError):
    code = "too_many_webhooks"
    detail = "A shop has at most {limit} webhooks. Delete one first."
    when = "the shop has ten webhooks already"
    also = "`limit`"
