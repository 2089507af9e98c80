"""Kits as a kind of goods: what sales, orders, returns, labels, scans, tiles and tills know of them."""

from core.translation import gettext_noop
from records.history.models import Kind
from trade.kits import look_ups
from trade.kits.errors import KitNotHere, KitOfWholes
from trade.kits.fields import make_own_fields
from trade.kits.models import KIT, Kit, SoldKit
from trade.kits.selling import check_kit, check_label, choose_entries, find_total, read_sold_parts
from trade.kits.serializers import CatalogueKitSerializer, KitSerializer, ReservedKitSerializer, SoldKitSerializer
from trade.kits.services import find_kits
from trade.kits.sql import CATALOGUE, TILE
from trade.reservations.models import ReservedKit
from trade.selling.goods import GoodsKind

KITS = GoodsKind(
    name=KIT,
    names="kits",
    title=gettext_noop("Kit"),
    heading=gettext_noop("Kits"),
    open_text=gettext_noop("Open the kit"),
    recorded=Kind.KIT,
    model=Kit,
    look_up=look_ups.KITS,
    sold=SoldKit,
    reserved=ReservedKit,
    catalogue=CATALOGUE,
    catalogue_serializer=CatalogueKitSerializer,
    tile=TILE,
    serializer=KitSerializer,
    sold_serializer=SoldKitSerializer,
    reserved_serializer=ReservedKitSerializer,
    make_own_fields=make_own_fields,
    not_here=KitNotHere,
    not_whole=KitOfWholes,
    is_used=lambda shop: shop.has_kits,
    find=find_kits,
    read_parts=read_sold_parts,
    check_label=check_label,
    check=check_kit,
    find_total=find_total,
    choose_entries=choose_entries,
)
