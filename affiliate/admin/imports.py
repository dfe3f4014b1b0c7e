"""Imports of leads: upload a file, say what its columns are, look at what is wrong with it, take it in, watch."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponseRedirect, StreamingHttpResponse
from django.urls import path
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from affiliate import sheets
from affiliate.admin import countries, looks, personal
from affiliate.admin.filters import ChoicesDropdownFilter, SourceFilter
from affiliate.admin.hub import HubAdmin
from affiliate.intake.imports import columns, files, run
from affiliate.models import LeadImport, Offer, Source
from affiliate.models.lead_import import ImportState

SHOWN_ERRORS = 100
COLOURS = {
    ImportState.UPLOADED.value: looks.CARE,
    ImportState.CHECKING.value: looks.NEWS,
    ImportState.CHECKED.value: looks.CARE,
    ImportState.RUNNING.value: looks.NEWS,
    ImportState.DONE.value: looks.GOOD,
    ImportState.FAILED.value: looks.BAD,
    ImportState.CANCELLED.value: looks.PLAIN,
}


def _select(empty: str = "—", **kwargs):
    return forms.ModelChoiceField(widget=UnfoldAdminSelectWidget(), empty_label=empty, **kwargs)


class UploadForm(forms.Form):
    source = _select(label=gettext_lazy("Source"), queryset=Source.objects.filter(enabled=True))
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
        help_text=gettext_lazy("CSV or XLSX, its first row names the columns. A phone column is all it must have."),
    )
    offer = _select(
        label=gettext_lazy("Offer"),
        queryset=Offer.objects.filter(enabled=True),
        required=False,
        help_text=gettext_lazy("Of rows that name none in a column of the file."),
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        choices=lambda: [("", "—"), *((code, countries.with_name(code)) for code in countries.names())],
        widget=UnfoldAdminSelectWidget(),
        required=False,
        help_text=gettext_lazy("Of rows that name none. National phone numbers need it."),
    )


class ColumnsForm(forms.Form):
    """A choice for each column of the file, and the offer of rows that name none."""

    def __init__(self, *args, one: LeadImport, **kwargs):
        super().__init__(*args, **kwargs)
        self.one = one
        choices = columns.choices()
        for number, header in enumerate(one.headers):
            self.fields[f"column{number}"] = forms.ChoiceField(
                label=header,
                choices=choices,
                required=False,
                initial=one.columns.get(header, columns.EXTRA),
                widget=UnfoldAdminSelectWidget(attrs={"aria-label": header}),
            )

    def clean(self):
        cleaned = super().clean()
        chosen = {header: cleaned.get(f"column{number}", "") for number, header in enumerate(self.one.headers)}
        columns.check(chosen, has_offer=bool(self.one.offer_id))
        return cleaned | {"columns": chosen}

    def lines(self):
        """Each column with its choice and what stands in the first rows."""
        for number, header in enumerate(self.one.headers):
            values = [row.get(header, "") for row in self.one.sample]
            yield {
                "header": header,
                "field": self[f"column{number}"],
                "sample": [value for value in values if value][:3],
            }


@admin.register(LeadImport)
class LeadImportAdmin(HubAdmin):
    list_display = ("file_name", "source", "offer", "state_badge", "taken", "repeated", "refused", "uploaded")
    list_filter = (("state", ChoicesDropdownFilter), SourceFilter)
    list_select_related = ("source", "offer")
    search_fields = ("file_name",)
    ordering = ("-id",)

    def get_urls(self):
        view = self.admin_site.admin_view(self.errors_view)
        return [path("<int:number>/errors/", view, name="affiliate_leadimport_errors"), *super().get_urls()]

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        listing = request.resolver_match.url_name == "affiliate_leadimport_changelist"
        return rows.defer("headers", "sample", "columns") if listing else rows

    def has_view_permission(self, request, obj=None):
        """Rows and errors are full of phones and names."""
        return super().has_view_permission(request, obj) and personal.may_see(request.user)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and personal.may_see(request.user)

    def has_add_permission(self, request):
        return super().has_add_permission(request) and personal.may_see(request.user)

    def has_delete_permission(self, request, obj=None):
        return False

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None, initial=request.GET.dict())
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            file = given.pop("file")
            try:
                one = files.open_import(name=file.name, pieces=file.chunks(), person=request.user, **given)
            except sheets.Unreadable as error:
                form.add_error("file", str(error))
            else:
                return HttpResponseRedirect(self.url("change", one.pk))
        return self.page(request, "admin/affiliate/leadimport/upload.html", title=_("Import leads"), form=form)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        one = LeadImport.objects.select_related("source", "offer").filter(pk=object_id).first()
        if one is None:
            return self.not_found(request)
        form = ColumnsForm(request.POST or None, one=one) if one.state in run.WAITING else None
        if request.method == "POST":
            if not self.has_change_permission(request):
                raise PermissionDenied
            if self._act(request, one, form):
                return HttpResponseRedirect(self.url("change", one.pk))
        context = {
            "one": one,
            "object": one,
            "form": form,
            "badge": self.state_badge(one),
            "working": one.state in run.WORKING,
            # A page that asks does not reload itself under the question.
            "stopping": one.state in run.WORKING and "stop" in request.GET,
            "errors": one.errors.all()[:SHOWN_ERRORS],
            "same": files.same_file(one) if form else None,
            "may_change": self.has_change_permission(request),
        }
        return self.page(request, "admin/affiliate/leadimport/page.html", title=one.file_name, **context)

    def errors_view(self, request, number):
        if not self.has_view_permission(request):
            raise PermissionDenied
        one = LeadImport.objects.filter(pk=number).first()
        if one is None:
            return self.not_found(request)
        errors = one.errors.values_list("row", "column", "message").iterator(chunk_size=2000)
        head = [_("row"), _("column"), _("error")]
        answer = StreamingHttpResponse(sheets.csv_lines([head, *errors]), content_type="text/csv; charset=utf-8")
        name = get_valid_filename(one.file_name.rpartition(".")[0] or "leads")
        answer["Content-Disposition"] = f'attachment; filename="errors-{name.encode("ascii", "ignore").decode()}.csv"'
        return answer

    def _act(self, request, one, form) -> bool:
        """Do what a button asks for; False when the columns must be looked at again."""
        action = request.POST.get("action")
        try:
            if action == "cancel":
                run.cancel(one)
            elif form is not None:
                if not form.is_valid():
                    return False
                changed = form.cleaned_data["columns"] != one.columns
                one.columns = form.cleaned_data["columns"]
                one.save(update_fields=["columns"])
                # What was checked with other columns says nothing about these.
                begin = (
                    run.start if action == "start" and one.state == ImportState.CHECKED and not changed else run.check
                )
                begin(one)
        except (run.NotNow, ValidationError) as error:
            self.message_user(request, str(error), messages.WARNING)
        return True

    @display(description=gettext_lazy("state"))
    def state_badge(self, one):
        return looks.badge(one.get_state_display(), f"{COLOURS[one.state]} hub-nowrap")

    @display(description=gettext_lazy("uploaded"), ordering="created_at")
    def uploaded(self, one):
        return looks.moment(one.created_at)
