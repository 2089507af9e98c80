"""What the form of the picture on a product's page sends. It works without a script, and leads back to that page."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from core.translation import gettext_noop
from desk.shop.api import Answer, call_api
from desk.shop.task_page import OLD_PAGE, TaskPage, has_old_token

SAVED, REMOVED = gettext_noop("Saved the picture."), gettext_noop("Removed the picture.")


class PicturePage(TaskPage):
    route, method = "product-picture", "PUT"
    title = gettext_lazy("Picture")

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Lead to the page of the product, which has the form."""
        return HttpResponseRedirect(reverse("product-detail", args=[kwargs["pk"]]))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Save or remove the picture, and say so on the page of the product."""
        if has_old_token(request):
            messages.error(request, OLD_PAGE)
        else:
            is_removed = "remove" in request.POST
            answer = self.call("DELETE") if is_removed else self.call("PUT", self.read_file())
            if answer.is_success:
                messages.success(request, gettext(REMOVED if is_removed else SAVED))
            else:
                messages.error(request, answer.data["detail"])
        return HttpResponseRedirect(reverse("product-detail", args=[kwargs["pk"]]), status=303)

    def call(self, method: str, file: bytes | None = None) -> Answer:
        return call_api(self.request, self.route, method=method, file=file, product_id=self.kwargs["pk"])

    def read_file(self) -> bytes:
        """Return the content of the file that was sent. It is empty without one."""
        file: Any = self.request.FILES.get("file")
        return file.read() if file else b""
