"""Errors of products. The folders in products/ have their own errors."""

from core.errors import Conflict


class CodeTaken(Conflict):
    code = "code_taken"
    detail = "Another product has taken this product's {field} in the meantime. Change that of {other} first."
    when = (
        "a product can't be restored, because another one has its `sku`, its `barcode`, its `external_id` or one of its"
        " codes now; with the status 400, a kit has the SKU or the barcode of another kit, or a code of a product"
    )
    also = (
        "`field`; `product` and `other`: the id and the name of the other one; of a kit: `value`, and `product`, or"
        " null if another kit has it"
    )


class CodeTakenByKit(CodeTaken):
    detail = "A kit has taken this product's {field} in the meantime. Change that of the kit first."


class Archived(Conflict):
    """The product with this external id is archived, so that an upsert would create a second one."""

    code = "archived"
    detail = (
        "The product with this external_id is archived. Restore it, or say what to do by the parameter archived:"
        " restore brings it back, and create makes another product."
    )
    when = "an upsert names a product by the `external_id` of an archived one, and does not say what to do with it"
    also = "`product`: the id of the archived one"
