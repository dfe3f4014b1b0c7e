"""Offers and flows as a table: out into a file, and in again after a look at what it would do."""

import io

from django import forms
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget

from affiliate import sheets
from affiliate.admin import gaps
from affiliate.catalogue import export, importing, table
from affiliate.catalogue.importing import Plan
from affiliate.catalogue.table import LARGEST, MOST_ROWS, Table
from affiliate.models import Flow, Offer

RIGHTS = [f"affiliate.{verb}_{model}" for model in ("offer", "flow", "geo") for verb in ("add", "change")]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Lines of a list on the page; the counts are of all.
SHOWN = 300
_SALT = "affiliate.catalogue"


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.xlsx,.txt"}),
        help_text=_(
            "CSV or XLSX, the first row names the columns. Nothing is stored before you have seen what it does."
        ),
    )

    def clean_file(self):
        """The table of the file."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("The file is larger than 5 MB: split it into several."))
        try:
            return table.read(file)
        except sheets.Unreadable as error:
            raise forms.ValidationError(str(error)) from None


class FlowTable:
    """Adds to the flows' admin: the page “Import and export”."""

    actions_list = ("table",)

    def get_urls(self):
        view = self.admin_site.admin_view(self.download_view)
        return [path("table/offers-and-flows.<slug:kind>", view, name="affiliate_flow_download"), *super().get_urls()]

    @action(description=_("Import and export"), url_path="table", permissions=["view"])
    def table(self, request):
        may_import = request.user.has_perms(RIGHTS)
        if request.method == "POST" and not may_import:
            raise PermissionDenied
        if "agreed" in request.POST:
            return self._carry_out(request, request.POST["agreed"])
        form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
        if form.is_valid():
            read = form.cleaned_data["file"]
            return self._plan(request, read, importing.plan(read))
        return self._first(request, form)

    def _first(self, request, form, **context):
        context |= {"form": form, "may_import": request.user.has_perms(RIGHTS), "most_rows": MOST_ROWS}
        return self.page(request, "admin/affiliate/flow/table.html", title=_("Import and export"), **context)

    def _plan(self, request, read: Table, plan: Plan, **context):
        context |= _shown(plan)
        if not plan.problems and plan.changes:
            context["agreed"] = signing.dumps([read.as_json(), plan.mark()], salt=_SALT, compress=True)
        title = _("What the file would do")
        return self.page(request, "admin/affiliate/flow/plan.html", title=title, back=self._back(), **context)

    def _carry_out(self, request, agreed: str):
        try:
            kept, mark = signing.loads(agreed, salt=_SALT, max_age=86400)
        except signing.BadSignature:
            return self._first(request, UploadForm(), trouble=_("The page was too old: upload the file once more."))
        read = Table.of_json(kept)
        try:
            plan = importing.carry_out(read, shown=mark)
        except (importing.Outdated, IntegrityError):
            text = _(
                "Meanwhile somebody changed offers or flows, and nothing was stored. This is what the file would do now."
            )
            return self._plan(request, read, importing.plan(read), trouble=text)
        title = _("The file is imported")
        return self.page(
            request, "admin/affiliate/flow/plan.html", title=title, done=True, back=self._back(), **_shown(plan)
        )

    def _back(self) -> str:
        return self.url("table")

    def download_view(self, request, kind):
        if not self.has_view_permission(request):
            raise PermissionDenied
        name = f"offers-and-flows-{timezone.localdate():%Y-%m-%d}.{kind}"
        if kind == "csv":
            answer = HttpResponse(b"".join(sheets.csv_lines(export.rows())), content_type="text/csv; charset=utf-8")
        elif kind == "xlsx":
            file = io.BytesIO()
            sheets.write_xlsx(export.rows(), file, title=str(_("Offers and flows")))
            answer = HttpResponse(file.getvalue(), content_type=XLSX)
        else:
            raise Http404
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer


def _shown(plan: Plan) -> dict:
    """For the template `admin/affiliate/flow/plan.html`."""
    lacks = [(str(flow), text) for flow, geos in plan.touched for text in gaps.sentences(flow, geos)]
    return {
        "plan": plan,
        "counts": [_counts(plan, new) for new in (True, False)],
        "problems": plan.problems[:SHOWN],
        "changes": plan.changes[:SHOWN],
        "lacks": lacks[:SHOWN],
        "shown": SHOWN,
    }


def _counts(plan: Plan, new: bool) -> dict[str, int]:
    of = {Offer: "offers", Flow: "flows"}
    counts = dict.fromkeys([*of.values(), "geos"], 0)
    for change in plan.changes:
        if change.new is new:
            counts[of.get(type(change.target), "geos")] += 1
    return counts
