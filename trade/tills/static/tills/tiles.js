// The tiles: what the shop has chosen, or sells most. A tap adds one.
import { listTiles } from "./catalogue.js";
import { writePrice } from "./money.js";
import { drawPicture } from "./pictures.js";
import { withPrice } from "./prices.js";
import { fill, find } from "./screen.js";

export function drawTiles(cart, take) {
  const tiles = cart.kind === "sell" ? listTiles() : [];
  find("#tiles").hidden = !tiles.length;
  find("#tiles").replaceChildren(...tiles.map((product) => {
    const tile = fill("tile", { name: product.name, details: writePrice(withPrice(product)) });
    drawPicture(find("img", tile), product);
    tile.addEventListener("click", () => take(product));
    return tile;
  }));
}
