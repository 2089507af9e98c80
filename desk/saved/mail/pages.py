"""The page that the link in the mail of a view opens."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View

from core.errors import LinkEnded
from desk.saved.mail.services import end_mail, find_view_of_link


@method_decorator([csrf_exempt, never_cache], name="dispatch")
class ViewMailOffPage(View):
    """Ends the mail of a view by one POST, which mail programs send without cookies (RFC 8058).

    A GET shows the button.
    """

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        view = find_view_of_link(token)
        if view is None:
            raise LinkEnded
        is_off = request.method == "POST"
        if is_off:
            end_mail(view)
        return render(request, "accounts/view_mail_off.html", {"view_name": view.name, "is_off": is_off})

    post = get
