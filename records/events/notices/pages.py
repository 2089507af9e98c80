"""The page that the link in a notice opens."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View

from core.errors import LinkEnded
from records.events.notices.services import find_user_of_link, turn_off


@method_decorator([csrf_exempt, never_cache], name="dispatch")
class NoticesOffPage(View):
    """Turns notices off by one POST, which mail programs send without cookies (RFC 8058). A GET shows the button."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        user = find_user_of_link(token)
        if user is None:
            raise LinkEnded
        is_off = request.method == "POST"
        if is_off:
            turn_off(user)
        return render(request, "accounts/notices_off.html", {"user_name": user, "is_off": is_off})

    post = get
