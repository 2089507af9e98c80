"""The pictures of the first products of the demo shop: drawn tins, which are the same in each shop."""

import io

from PIL import Image, ImageDraw

from core.files.pictures import read_picture
from products.pictures.services import set_picture
from users.models import User

SIZE = 480
# The colours of the tins and their lids. The first products get a picture, one for each pair.
COLOURS = (
    ("#3f7d4e", "#2c5937"), ("#27477d", "#1b3157"), ("#d9a441", "#9c7427"), ("#7aa58f", "#557a68"),
    ("#a83f39", "#742b27"), ("#5c4a7d", "#3f3357"),
)  # fmt: skip


def add_pictures(owner: User, products: list[int]) -> None:
    """Give the first of these products their pictures."""
    for product_id, (colour, lid) in zip(products, COLOURS, strict=False):
        picture = read_picture(io.BytesIO(draw_tin(colour, lid)), owner.pk)
        set_picture(by=owner, product_id=product_id, picture=picture)


def draw_tin(colour: str, lid: str) -> bytes:
    """Return the PNG of a tea tin with a white label."""
    image = Image.new("RGB", (SIZE, SIZE), "#f3efe7")
    draw = ImageDraw.Draw(image)
    draw.ellipse((110, 390, 370, 440), fill="#d8d2c5")
    draw.rounded_rectangle((130, 110, 350, 420), 18, fill=colour)
    draw.rounded_rectangle((118, 70, 362, 130), 14, fill=lid)
    draw.ellipse((170, 190, 310, 330), fill="white")
    draw.ellipse((225, 215, 255, 305), fill=colour)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
