"""Errors of kits."""

from core.errors import Conflict, DomainError


class KitNotFound(DomainError):
    code = "kit_not_found"
    detail = "There is no such kit. Only a kit has parts."
    when = "there is no such kit in the account, or a line has `parts` and no kit"
    also = "`kit`"


class KitArchived(Conflict):
    code = "kit_archived"
    detail = "This kit is archived. Restore it first."
    when = "a line sells a kit that is archived"
    also = "`kit`"


class KitNotHere(DomainError):
    code = "kit_not_here"
    detail = "A kit has no stock, so only a sale or an order can name one. Name its parts here."
    when = "a line names a kit, and does not sell or reserve it"
    also = "`kit`"


class KitWithoutCode(DomainError):
    code = "label_without_code"
    detail = "This kit has neither a barcode nor a SKU: give it one of them."


class KitOfWholes(DomainError):
    code = "kit_of_wholes"
    detail = "Kits are sold whole: give a whole quantity, and no lot, expected quantity or expiry date."
    when = "a line with a kit has an `amount`, a `lot` or an `expected_quantity`"
    also = "`kit`"


class UsualPartsOnly(DomainError):
    code = "usual_parts_only"
    detail = "You sell at list prices, so each kit has its usual parts: leave `parts` out."
    when = (
        "a worker or a till sells a kit with other parts, with"
        " [`workers_sell_at_list_price`](roles.md#limits-of-workers)"
    )
    also = "`kit`"


class KitInKit(DomainError):
    code = "kit_in_kit"
    detail = "A kit can't be a part of a kit. Name its parts instead."
    when = "a part of a kit is a kit"
    also = "`kit`: its id or its code"


class KitCodeTaken(DomainError):
    code = "code_taken"
    detail = '"{value}" is the {field} of a product or of another kit already. Choose another one.'


class KitPriceTooHigh(DomainError):
    code = "price_too_high"
    detail = "One kit would be sold for more than {limit}: lower the price."


class KitNotInSale(DomainError):
    code = "kit_not_in_sale"
    detail = "Operation {operation} has not sold this kit."
    when = "a return names a kit, or an `entry`, that is not in the sale. The `entry` must be one of this kit"
    also = "`kit`, `operation`"


class MoreKitsThanSold(DomainError):
    code = "more_than_sold"
    detail = "{sold} of this kit were sold: {requested} can't come back."


class KitAmbiguous(DomainError):
    code = "kit_ambiguous"
    detail = "This kit was sold with different parts: name one of the entries {entries}."
    when = (
        "a return names a kit that the sale has several times, without an `entry`. The kit has different parts each"
        " time"
    )
    also = "`kit`, `entries`: their places among the kits of the sale, from 0"
