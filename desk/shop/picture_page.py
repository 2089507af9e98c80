"""What the form of the picture on a product's page sends. It works without a script, and leads back to that page."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from core.http.calls import Answer, call_api
from core.http.etags import Changed
from core.translation import gettext_noop
from desk.shop.task_page import OLD_PAGE, TaskPage, has_old_token

CHANGED = gettext_noop(
    "Somebody else has changed the picture meanwhile, so nothing was saved. The page shows what is there now."
)
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
                is_changed = answer.data.get("code") == Changed.code
                messages.error(request, gettext(CHANGED) if is_changed else answer.data["detail"])
        return HttpResponseRedirect(reverse("product-detail", args=[kwargs["pk"]]), status=303)

    def call(self, method: str, file: bytes | None = None) -> Answer:
        product = self.kwargs["pk"]
        return call_api(self.request, self.route, method=method, file=file, headers=self.expect(), product_id=product)

    def expect(self) -> dict[str, str]:
        """Return the header by which the API refuses to replace another picture than the one that the form shows."""
        if "shown" not in self.request.POST:
            return {}
        digest = self.request.POST["shown"].partition("?v=")[2]
        return {"HTTP_IF_MATCH": f'"{digest}"'} if digest else {"HTTP_IF_NONE_MATCH": "*"}

    def read_file(self) -> bytes:
        """Return the content of the file that was sent. It is empty without one."""
        file: Any = self.request.FILES.get("file")
        return file.read() if file else b""
