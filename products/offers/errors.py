"""Errors of offers."""

from core.errors import DomainError


class OfferTaken(DomainError):
    code = "offer_taken"
    detail = "This supplier offers the product already. Change that offer."
    when = "a product would have a second offer of the same supplier"
    also = "`offer`: the id of the one that it has, `product`, `supplier`"


class TooManyOffers(DomainError):
    code = "too_many_offers"
    detail = (
        "A product has at most {limit} suppliers, and those that are archived count. Remove one of product {product}."
    )
    when = "a product would have too many offers. Those of archived suppliers count"
    also = "`product`, `limit`"
