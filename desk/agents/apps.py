from core.shop_apps import ShopApp


class AgentsApp(ShopApp):
    name = "desk.agents"
    is_optional = True
    place = 5
    uses = {
        "agents": "users_apikey AS key JOIN users_user AS person ON person.id = key.user_id"
        " WHERE NOT key.is_device AND (person.id = %(owner)s::bigint OR person.employer_id = %(owner)s::bigint)"
    }
