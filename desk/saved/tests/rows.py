"""The rows of a shop with a row of every model: a shared view of each user who may have one, and one of the owner."""

from desk.saved.models import SavedView
from desk.saved.services import create_view
from users.access.roles import Right, may


def create_rows(shop):
    texts = {"name": f"{shop.word} view", "route": "products", "query": f"search={shop.word}", "columns": ["name"]}
    users = dict.fromkeys((shop.worker, shop.owner, *shop.others))
    savers = [user for user in users if may(user, Right.SAVE_VIEWS)]
    views = [create_view(user=user, shared=True, **texts) for user in savers]
    create_view(user=shop.owner, shared=False, **{**texts, "name": f"{shop.word} own", "columns": None})
    return {SavedView: views[0]}
