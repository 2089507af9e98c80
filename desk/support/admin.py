"""The support desk's pages of imports, verifications and workers."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet
from django.db.models.functions import Left, Length
from django.http import HttpRequest
from django.template.defaultfilters import linebreaksbr
from django.utils.html import format_html

from core.support.admin import LogAdmin, ReadOnlyAdmin, ServiceAdmin, column, show_rows
from desk.support import ledger_admin  # noqa: F401, registers its pages
from desk.support.models import WorkerProcess
from stock.models import Import, Verification
from stock.proofs.verification import describe_change

MAX_TEXT_SHOWN = 10_000  # the most characters of a file that a page shows


@admin.register(Import)
class ImportAdmin(LogAdmin):
    group = "What was booked"
    of_account = True
    list_display = ("id", "account", "created_at", "performed_by", "file_name", "rows", "code", "operation")
    list_select_related = ("owner", "performed_by", "operation")
    fields = ("account", "created_at", "performed_by", "file_name", "rows", "operation", "code", "refused", "left_out")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Defer the ids of what the imports have created, and the rows that they have left out: both can be large."""
        return super().get_queryset(request).defer("created", "skipped")

    @admin.display(description="what was refused")
    def refused(self, obj: Import) -> str:
        rows = (obj.refusal or {}).get("rows", [])
        lines = [f"Line {row['line']}, {row['column']}: {row['cell']}. {row['reason']}" for row in rows]
        return linebreaksbr("\n".join([(obj.refusal or {}).get("detail", "-"), *lines]))

    @admin.display(description="rows left out, as a CSV file")
    def left_out(self, obj: Import) -> str:
        """Return the beginning of the file. Only this part of it is read."""
        row = Import.objects.filter(owner_id=obj.owner_id, pk=obj.pk)
        [(text, length)] = row.values_list(Left("skipped", MAX_TEXT_SHOWN), Length("skipped"))
        if not text:
            return "-"
        more = f"The first {MAX_TEXT_SHOWN:,} of {length:,} characters." if length > MAX_TEXT_SHOWN else ""
        return format_html('<pre style="overflow: auto; max-height: 24rem">{}</pre>{}', text, more)


show_rows(
    Verification,
    "account verified_at movements result database_server",
    None,
    base=ReadOnlyAdmin,
    title="Checks of the ledger",
    group="What was booked",
    ordering=("-broken", "verified_at"),
    readonly_fields=("database_server",),
    exclude=("newest_product", "newest_sequence", "servers", "server_changes"),
    result=column("result", lambda verification: verification.broken or "holds"),
    database_server=column(
        "changes of the database server",
        lambda verification: " ".join(map(describe_change, verification.server_changes or [])) or "none",
    ),
)
show_rows(WorkerProcess, "host pid started_at seen_at", base=ServiceAdmin, ordering=("-seen_at",), group="The service")

show_rows(
    LogEntry,
    "action_time user action_flag content_type object_repr change",
    None,
    base=ServiceAdmin,
    title="What staff did",
    list_filter=("action_flag",),
    search_fields=("user__username", "object_repr"),
    change=column("what", LogEntry.get_change_message),
    group="The service",
)
