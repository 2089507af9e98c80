"""The small pictures of products at the till: shown when the network is there, and kept for when it is not."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from ops.demo.catalogue import DATA
from testing.browser_tests.tills import Device, TillShop
from testing.browser_tests.visitor import NARROW, WIDE

GREEN, RED = (DATA / "pictures" / f"{sku}.png" for sku in ("TEA-ASSAM", "TEA-MINT"))  # tins of these colours
# Returns the colour of a pixel on the tin. Fails if the picture has not arrived.
READ_PIXEL = """async (image) => {
  await image.decode();
  const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
  context.drawImage(image, image.naturalWidth / 3, image.naturalHeight / 2, 1, 1, 0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}"""


@pytest.fixture
def till_shop(till_shop: TillShop) -> TillShop:
    """Return a shop in which the pen has a picture, and the pot has none."""
    till_shop.add_picture(till_shop.pen, GREEN)
    return till_shop


def find_image(device: Device, name: str, place: str) -> Locator:
    return device.page.locator(f"{place} li", has_text=name).locator("img")


def is_green(image: Locator) -> bool:
    expect(image).to_be_visible()
    red, green, _blue = image.evaluate(READ_PIXEL)
    return bool(green > red + 20)


def save_shot(device: Device, request: pytest.FixtureRequest, name: str) -> None:
    if folder := request.config.getoption("--shots"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        device.page.screenshot(path=folder / f"{name}.png")


def test_the_results_and_the_cart_show_pictures(device: Device, request: pytest.FixtureRequest) -> None:
    device.page.locator("#find").fill("pe")
    assert is_green(find_image(device, "Pen", "#results"))
    device.page.locator("#find").fill("tea pot")
    expect(device.page.locator("#results li", has_text="Tea pot")).to_be_visible()
    expect(find_image(device, "Tea pot", "#results")).to_be_hidden()  # it has no picture
    device.page.locator("#find").fill("")
    device.scan("PEN-1")
    assert is_green(find_image(device, "Pen", "#lines"))
    for size in (NARROW, WIDE):
        device.visitor.resize(size, "light")
        device.visitor.check_width()
        save_shot(device, request, f"till-pictures-{size[0]}")
    device.visitor.check_accessibility()


def test_a_picture_that_was_shown_is_there_without_a_network(device: Device, request: pytest.FixtureRequest) -> None:
    device.scan("PEN-1")
    assert is_green(find_image(device, "Pen", "#lines"))
    device.cut()
    device.open()
    assert is_green(find_image(device, "Pen", "#lines"))
    device.page.locator("#find").fill("pen")
    assert is_green(find_image(device, "Pen", "#results"))
    save_shot(device, request, "till-pictures-offline")


def test_a_picture_that_was_never_shown_appears_when_the_network_is_back(device: Device, till_shop: TillShop) -> None:
    device.cut()
    device.page.locator("#find").fill("pen")
    expect(device.page.locator("#results li", has_text="Pen")).to_be_visible()
    expect(find_image(device, "Pen", "#results")).to_be_hidden()
    device.restore()
    device.page.locator("#find").fill("pe")
    assert is_green(find_image(device, "Pen", "#results"))


def test_a_new_picture_replaces_the_kept_one(device: Device, till_shop: TillShop) -> None:
    device.page.locator("#find").fill("pen")
    assert is_green(find_image(device, "Pen", "#results"))
    till_shop.add_picture(till_shop.pen, RED)
    device.refresh()
    device.page.locator("#find").fill("pe")
    assert not is_green(find_image(device, "Pen", "#results"))
