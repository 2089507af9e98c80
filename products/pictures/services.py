"""Reads the pictures that are sent, and writes those of products."""

from collections.abc import Callable
from typing import Any

from core.database.transactions import AccountLock, atomic, lock_account
from core.files import pictures
from core.files.reader_process import ReaderBusy, ReaderFailed
from core.ownership import accept, save_fields
from products.attributes.services import ProfilePlan, find_profile, store_profile
from products.models import MAX_PICTURES, Picture, Product
from products.pictures.errors import NotAPicture, PictureTooLarge, TooManyPictures, TooManyPicturesRead
from records.events.models import Event
from records.history.models import recorded
from users.models import User


def read_picture(file: Any, owner_id: int) -> pictures.ReadPicture:
    """Return the picture in the file, or in None for an empty body.

    Raise NotAPicture, PictureTooLarge or TooManyPicturesRead.
    """
    if file is None:
        raise NotAPicture
    if file.size > pictures.MAX_BYTES:
        raise PictureTooLarge
    try:
        return pictures.read_picture(file, owner_id)
    except ReaderBusy as error:
        raise TooManyPicturesRead from error
    except ReaderFailed as error:
        raise PictureTooLarge if str(error) else NotAPicture from error


@atomic
def set_picture(
    *, by: User, product_id: int, picture: pictures.ReadPicture, check: Callable[[Any], None] = accept
) -> None:
    """Give the live product this picture in place of its own. Raise Product.DoesNotExist or TooManyPictures.

    `check` is called with the digest of the present picture, or an empty text. It raises an exception to refuse.
    """
    account: Any = by.account_id
    lock_account(account, AccountLock.CATALOGUE, shared=True)
    lock_account(account, AccountLock.PICTURES)
    product = Product.objects.for_user(by).live().get_locked(product_id)
    owned = Picture.objects.filter(owner_id=account)
    present = owned.only("owner_id", "digest").filter(product_id=product_id).first()
    check(present.digest if present else "")
    if present is None:
        if owned.count() >= MAX_PICTURES:
            raise TooManyPictures(limit=MAX_PICTURES)
        Picture.objects.create(owner_id=account, product_id=product_id, **picture._asdict())
    elif present.digest != picture.digest:
        save_fields(present, picture._asdict())
    else:
        return
    record_picture(product, picture.digest)


@atomic
def remove_picture(*, by: User, product_id: int, check: Callable[[Any], None] = accept) -> None:
    """Remove the picture of the live product. Raise Product.DoesNotExist, or Picture.DoesNotExist if it has none.

    `check` is as in set_picture().
    """
    account: Any = by.account_id
    lock_account(account, AccountLock.CATALOGUE, shared=True)
    product = Product.objects.for_user(by).live().get_locked(product_id)
    pictures_of_product = Picture.objects.filter(owner_id=account, product_id=product_id)
    check(pictures_of_product.values_list("digest", flat=True).first() or "")
    if not pictures_of_product.delete()[0]:
        raise Picture.DoesNotExist
    record_picture(product, "")


def record_picture(product: Product, digest: str) -> None:
    """Save the digest of the locked product's picture as a change of the product."""
    with recorded(Product, product.owner_id, [product.pk], is_locked=True) as changes:
        profile = find_profile(product)
        profile.picture = digest
        store_profile(product, ProfilePlan(profile, ["picture"]))
    Event.objects.record_changed(product.owner_id, changes)
