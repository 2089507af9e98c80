from core.http.routers import make_routes
from products.offers.views import OfferViewSet

urlpatterns = make_routes(("offers", OfferViewSet, "offer"))
