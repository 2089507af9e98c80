"""The picture of a product: what is accepted, what is kept of it, who may read and write it, and how it is cached."""

import io

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from core.files import picture_reader, reader_process
from core.files import pictures as limits
from core.files.picture_limits import MAX_LARGE_BYTES
from core.files.reader_process import ReaderBusy
from products.models import Picture, Product
from products.pictures import services as picture_services
from products.pictures.tests.samples import RED, encode, photo, plain, png_of_size, png_with_text_bomb
from records.events.models import Event
from testing.cast.people import client_with_key, make_product
from testing.races import run_concurrently, try_concurrently
from testing.tables import all_cases

JPEG = encode(plain())
# A black PNG of 60 by 40 pixels, whose rows come in seven passes.
INTERLACED = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000003c0000002808020000015ade3e3e0000001e49444154789cedc13101000000c2a0f54f6d"
    "067fa0000000000000006e031c6b0001744b6ac20000000049454e44ae426082"
)
ORIENTATION, GPS, MAKER = 0x0112, 0x8825, 0x010F


def url_of(product):
    return f"/api/products/{product.pk}/picture/"


def put(client, product, data=JPEG, content_type="image/jpeg"):
    return client.put(url_of(product), data, content_type=content_type)


def read(client, product, **query):
    """Return the picture as an image."""
    answer = client.get(url_of(product), query)
    assert answer.status_code == 200
    return Image.open(io.BytesIO(answer.content))


def is_near(pixel, colour):
    return all(abs(one - other) < 8 for one, other in zip(pixel, colour, strict=True))


# --- What is accepted, and what is kept of it ---------------------------------------------------------------


# The colour that is left of each picture.
PICTURES = {
    "jpeg": (JPEG, RED),
    "png": (encode(plain(), "PNG"), RED),
    "webp": (encode(plain(), "WEBP", lossless=True), RED),
    "grey": (encode(plain("L", 77)), (77, 77, 77)),
    "black-and-white": (encode(plain("1", 1), "PNG"), (255, 255, 255)),
    "16-bit": (encode(plain("I;16", 32768), "PNG"), (128, 128, 128)),
    "interlaced": (INTERLACED, (0, 0, 0)),
    "cmyk": (encode(plain("CMYK", (0, 255, 255, 0))), RED),
    "palette": (encode(plain().quantize(2), "PNG", transparency=0), (255, 255, 255)),
    "one-colour-transparent": (encode(plain("RGB", RED), "PNG", transparency=RED), (255, 255, 255)),
    "transparent": (encode(plain("RGBA", (255, 0, 0, 0)), "PNG"), (255, 255, 255)),
    "webp-alpha": (encode(plain("RGBA", (255, 0, 0, 255)), "WEBP", lossless=True), RED),
    "grey-alpha": (encode(plain("LA", (0, 128)), "PNG"), (127, 127, 127)),
    "animated-webp": (encode(plain(), "WEBP", save_all=True, append_images=[plain("RGB", "blue")]), RED),
    "animated-png": (encode(plain(), "PNG", save_all=True, append_images=[plain("RGB", "blue")]), RED),
    "two-in-a-jpeg": (encode(plain(), "MPO", save_all=True, append_images=[plain("RGB", "blue")]), RED),
    "polyglot": (JPEG + b"<script>alert(1)</script>PK\x03\x04" + bytes(1000), RED),
}


@all_cases("name", PICTURES)
def test_a_picture_of_any_kind_is_kept_as_a_jpeg_on_white(name):
    data, colour = PICTURES[name]
    kept = picture_reader.encode(picture_reader.decode(data), MAX_LARGE_BYTES)
    image = Image.open(io.BytesIO(kept))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (60, 40))
    assert is_near(image.getpixel((30, 20)), colour)
    assert b"script" not in kept


NO_PICTURES = {
    "empty": lambda: b"",
    "text": lambda: b"no picture",
    "svg": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "html-before-jpeg": lambda: b"<!doctype html><script>alert(1)</script>" + JPEG,
    "gif": lambda: encode(plain(), "GIF"),
    "tiff": lambda: encode(plain(), "TIFF"),
    "bmp": lambda: encode(plain(), "BMP"),
    "cut-jpeg": lambda: JPEG[:-2],
    "truncated-jpeg": lambda: encode(photo())[:20_000],
    "truncated-png": lambda: encode(photo(), "PNG")[:20_000],
    "truncated-webp": lambda: encode(photo(), "WEBP")[:5_000],
    "lying-png": lambda: png_of_size(6000, 6000),
    "tenth-of-png": lambda: png_of_size(100, 100, bytes(301 * 10)),
    "png-without-its-last-byte": lambda: png_of_size(100, 100, bytes(301 * 100 - 1)),
    "text-bomb": png_with_text_bomb,
}


@all_cases("name", NO_PICTURES)
def test_what_is_no_whole_picture_is_refused(as_alice, kettle, name):
    answer = put(as_alice, kettle, NO_PICTURES[name]())
    assert (answer.status_code, answer.json()["code"]) == (400, "not_a_picture")
    assert not Picture.objects.exists()


TOO_LARGE = {
    "bytes": lambda: JPEG + bytes(limits.MAX_BYTES + 1 - len(JPEG)),
    "declared": lambda: png_of_size(30_000, 30_000),
    "pixels": lambda: encode(Image.new("1", (8001, 5000)), "PNG"),
    "webp": lambda: encode(Image.new("L", (5001, 5000)), "WEBP", method=0, quality=0),
}


@all_cases("name", TOO_LARGE)
def test_a_picture_above_a_limit_is_refused(as_alice, kettle, name):
    answer = put(as_alice, kettle, TOO_LARGE[name]())
    assert (answer.status_code, answer.json()["code"]) == (400, "picture_too_large")


@pytest.mark.long
@all_cases(
    ("mode", "size", "options"),
    [
        ("RGBA", (8000, 5000), {"form": "PNG", "compress_level": 1}),
        ("P", (8000, 5000), {"form": "PNG"}),
        ("RGB", (8000, 5000), {"form": "JPEG", "progressive": True, "subsampling": 0}),
        ("RGBA", (5000, 5000), {"form": "WEBP", "lossless": True, "method": 0}),
    ],
)
def test_the_reader_has_enough_memory_for_the_largest_pictures(as_alice, kettle, mode, size, options):
    assert put(as_alice, kettle, encode(Image.new(mode, size), **options)).status_code == 200


def test_a_picture_of_exactly_8_mib_is_accepted(as_alice, kettle):
    assert put(as_alice, kettle, JPEG + bytes(limits.MAX_BYTES - len(JPEG))).status_code == 200


def test_a_photo_is_turned_upright_and_loses_all_metadata(as_alice, kettle):
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = 6, "Secret phone"
    exif.get_ifd(GPS).update({1: "N", 2: (52.0, 31.0, 12.0)})
    image = plain(size=(60, 40))
    image.paste("blue", (0, 0, 30, 40))  # what is left in the file is the top of the upright picture
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encode(image, exif=exif, icc_profile=profile, comment=b"Secret comment", xmp=b"<x:xmpmeta>Secret xmp")
    assert all(word in data for word in (b"Secret phone", b"Secret comment", b"Secret xmp"))
    put(as_alice, kettle, data)
    upright = read(as_alice, kettle)
    assert upright.size == (40, 60)
    assert is_near(upright.getpixel((20, 5)), (0, 0, 255))
    assert is_near(upright.getpixel((20, 55)), RED)
    for size in ("200", "1000"):
        content = as_alice.get(url_of(kettle), {"size": size}).content
        assert not any(word in content for word in (b"Exif", b"Secret", b"ICC", b"xmp"))
        assert not {"exif", "icc_profile", "comment", "xmp"} & {*Image.open(io.BytesIO(content)).info}


@pytest.mark.quick
def test_the_texts_of_a_png_are_removed(as_alice, kettle):
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "Secret")
    put(as_alice, kettle, encode(plain(), "PNG", pnginfo=texts))
    assert b"Secret" not in as_alice.get(url_of(kettle)).content


def test_both_sizes_fit_into_their_limits(as_alice, kettle):
    put(as_alice, kettle, encode(photo(2400, 1800, noise=30), quality=85))
    sizes = {size: (read(as_alice, kettle, size=size).size, len(as_alice.get(url_of(kettle), {"size": size}).content))
             for size in ("1000", "200")}  # fmt: skip
    assert [size for size, _length in sizes.values()] == [(1000, 750), (200, 150)]
    assert sizes["1000"][1] <= 200_000
    assert sizes["200"][1] <= 12_000


def test_pure_noise_fits_into_the_limits(as_alice, kettle):
    put(as_alice, kettle, encode(Image.merge("RGB", [Image.effect_noise((1000, 1000), 250) for _ in range(3)])))
    picture = Picture.objects.get()
    assert (len(picture.large) <= 200_000, len(picture.small) <= 12_000) == (True, True)


def test_a_reader_without_memory_refuses_the_picture(as_alice, kettle, monkeypatch):
    monkeypatch.setattr(reader_process, "MAX_SECONDS", 0)
    assert put(as_alice, kettle).json()["code"] == "not_a_picture"


def test_a_picture_without_a_reader_is_a_503(as_alice, kettle, monkeypatch):
    def be_busy(*_):
        raise ReaderBusy(is_own=True)

    monkeypatch.setattr(picture_services.pictures, "run_reader", be_busy)
    answer = put(as_alice, kettle)
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "too_busy", "5")


# --- Reading, replacing and removing ------------------------------------------------------------------------


def test_a_picture_is_put_read_replaced_and_removed(as_alice, kettle):
    assert as_alice.get(url_of(kettle)).status_code == 404
    first = put(as_alice, kettle).json()["picture"]
    assert first.startswith(f"{url_of(kettle)}?v=")
    assert put(as_alice, kettle).json()["picture"] == first
    second = put(as_alice, kettle, encode(plain("RGB", "blue"), "PNG")).json()["picture"]
    assert second != first
    assert Picture.objects.count() == 1
    assert as_alice.delete(url_of(kettle)).status_code == 204
    assert not Picture.objects.exists()
    assert [client.status_code for client in (as_alice.get(second), as_alice.delete(url_of(kettle)))] == [404, 404]


def test_a_version_is_kept_for_ever_and_other_addresses_are_asked_for_again(as_alice, kettle):
    address = put(as_alice, kettle).json()["picture"]
    digest = address.partition("=")[2]
    kept, unkept, old = (as_alice.get(one) for one in (address, url_of(kettle), f"{url_of(kettle)}?v=0000"))
    assert kept.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert unkept.headers["Cache-Control"] == old.headers["Cache-Control"] == "private, no-cache"
    assert {one.headers["ETag"] for one in (kept, unkept, old)} == {f'"{digest}"'}
    assert kept.headers["Content-Type"] == "image/jpeg"
    assert kept.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in kept.headers["Content-Security-Policy"]


def test_a_client_with_the_picture_gets_it_only_if_it_has_changed(as_alice, kettle):
    put(as_alice, kettle)
    etag = as_alice.get(url_of(kettle)).headers["ETag"]
    same = as_alice.get(url_of(kettle), headers={"If-None-Match": etag})
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", etag)
    put(as_alice, kettle, encode(plain("RGB", "blue")))
    assert as_alice.get(url_of(kettle), headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.quick
@all_cases("query", [{"size": "500"}, {"sise": "200"}, {"size": ""}])
def test_unknown_parameters_and_sizes_are_refused(as_alice, kettle, query):
    put(as_alice, kettle)
    assert as_alice.get(url_of(kettle), query).status_code == (200 if query == {"size": ""} else 400)


def test_a_page_shows_the_picture_by_its_session(as_alice, alice, kettle, client):
    put(as_alice, kettle)
    client.force_login(alice)
    answer = client.get(url_of(kettle), headers={"Accept": "image/avif,image/webp,image/*,*/*;q=0.8"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")


def test_workers_read_pictures_and_do_not_change_them(as_alice, as_bob, kettle):
    put(as_alice, kettle)
    assert as_bob.get(url_of(kettle)).status_code == 200
    assert (put(as_bob, kettle).status_code, as_bob.delete(url_of(kettle)).status_code) == (403, 403)


@all_cases(("scope", "status"), [("read", 403), ("book", 403), ("manage", 200)])
def test_only_a_key_that_manages_sets_pictures(alice, kettle, scope, status):
    client = client_with_key(alice, scope)
    assert put(client, kettle).status_code == status
    assert client.get(url_of(kettle)).status_code == (200 if status == 200 else 404)


def test_the_product_of_another_shop_is_missing(as_alice, as_charlie, kettle):
    put(as_alice, kettle)
    missing = as_charlie.get("/api/products/999999999/picture/")
    for answer in (as_charlie.get(url_of(kettle)), put(as_charlie, kettle), as_charlie.delete(url_of(kettle))):
        assert (answer.status_code, answer.content) == (404, missing.content)


def test_the_picture_of_an_archived_product_is_only_read(as_alice, kettle):
    put(as_alice, kettle)
    as_alice.delete(f"/api/products/{kettle.pk}/")
    assert as_alice.get(url_of(kettle)).status_code == 200
    assert (put(as_alice, kettle).status_code, as_alice.delete(url_of(kettle)).status_code) == (404, 404)


@pytest.mark.quick
def test_a_shop_has_a_limited_number_of_pictures(as_alice, alice, as_charlie, charlie, kettle, monkeypatch):
    monkeypatch.setattr(picture_services, "MAX_PICTURES", 1)
    pot = make_product(alice, "Pot")
    put(as_alice, kettle)
    answer = put(as_alice, pot)
    assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (409, "too_many_pictures", 1)
    assert put(as_alice, kettle, encode(plain("RGB", "blue"))).status_code == 200
    assert put(as_charlie, make_product(charlie, "Pot")).status_code == 200


@pytest.mark.quick
def test_a_product_answers_the_address_of_its_picture(as_alice, kettle):
    def read_pictures():
        lists = [as_alice.get("/api/products/", query).json()["results"] for query in ({}, {"search": "kettle"})]
        return [as_alice.get(f"/api/products/{kettle.pk}/").json()["picture"], *(rows[0]["picture"] for rows in lists)]

    assert read_pictures() == [None] * 3
    address = put(as_alice, kettle).json()["picture"]
    assert read_pictures() == [address] * 3
    as_alice.delete(url_of(kettle))
    assert read_pictures() == [None] * 3


def test_the_history_of_a_product_has_its_pictures(as_alice, kettle):
    digest = put(as_alice, kettle).json()["picture"].partition("=")[2]
    as_alice.delete(url_of(kettle))
    changes = as_alice.get(f"/api/products/{kettle.pk}/changes/").json()["results"]
    assert [row["changes"] for row in changes[:2]] == [{"picture": [digest, None]}, {"picture": [None, digest]}]


def test_a_picture_stays_when_other_values_of_the_profile_change(as_alice, kettle):
    address = put(as_alice, kettle).json()["picture"]
    assert (
        as_alice.patch(f"/api/products/{kettle.pk}/", {"tags": ["steel"]}, format="json").json()["picture"] == address
    )
    put(as_alice, kettle, encode(plain("RGB", "blue")))
    assert as_alice.get(f"/api/products/{kettle.pk}/").json()["tags"] == ["steel"]


def test_a_changed_picture_is_a_change_of_the_product(as_alice, kettle):
    def count():
        return Event.objects.filter(type="product.changed", product=kettle.pk).count()

    before = Product.objects.get().updated_at
    put(as_alice, kettle)
    changed = Product.objects.get().updated_at
    assert (changed > before, count()) == (True, 1)
    put(as_alice, kettle)  # the same again
    assert (Product.objects.get().updated_at, count()) == (changed, 1)
    as_alice.delete(url_of(kettle))
    assert count() == 2


# --- At the same time ---------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_of_32_uploads_at_once_one_whole_picture_stays(as_alice, alice, kettle):
    sent = [encode(plain("RGB", (8 * number, 0, 0))) for number in range(32)]
    answers = run_concurrently(*(lambda data=data: put(as_alice, kettle, data) for data in sent))
    assert {answer.status_code for answer in answers} <= {200, 429, 503}
    kept = Picture.objects.get()
    assert kept.digest in {
        answer.json()["picture"].partition("=")[2] for answer in answers if answer.status_code == 200
    }
    assert as_alice.get(url_of(kettle)).headers["ETag"] == f'"{kept.digest}"'
    large, small = (Image.open(io.BytesIO(data)).getpixel((0, 0)) for data in (kept.large, kept.small))
    assert is_near(large, small)


@pytest.mark.django_db(transaction=True)
def test_pictures_added_at_once_do_not_exceed_the_limit(alice, monkeypatch):
    monkeypatch.setattr(picture_services, "MAX_PICTURES", 2)
    products = [make_product(alice, f"P{number}") for number in range(6)]
    picture = limits.ReadPicture(b"large", b"small", "digest")

    def add(product):
        return lambda: picture_services.set_picture(by=alice, product_id=product.pk, picture=picture)

    refused = [one for one in try_concurrently(*map(add, products)) if one is not None]
    assert (len(refused), {one.code for one in refused}) == (4, {"too_many_pictures"})
    assert Picture.objects.count() == 2
