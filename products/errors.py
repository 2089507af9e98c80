"""Errors of products. The folders in products/ have their own errors."""

from core.errors import Conflict


class CodeTaken(Conflict):
    code = "code_taken"
    detail = "Another product has taken this product's {field} in the meantime. Change that of {other} first."
    when = (
        "another product has a code or the `external_id` of the product to restore; 400: a code of a kit is taken. The"
        " code is the `sku`, the `barcode` or a further code. A kit can't have the SKU or the barcode of another kit,"
        " or a code of a product"
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
    when = (
        "an upsert names an archived product, and does not say what to do with it. It names the product by its"
        " `external_id`"
    )
    also = "`product`: the id of the archived one"
