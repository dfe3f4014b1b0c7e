"""The history of a row on its own page, and the way back to an earlier state."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponseRedirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from affiliate.admin import change_words, looks
from affiliate.delivery import record, revert
from affiliate.models import SettingChange
from affiliate.models.change import Kind, page_key

PER_PAGE = 50
COLOURS = {
    Kind.ADDED.value: looks.GOOD,
    Kind.CHANGED.value: looks.NEWS,
    Kind.DELETED.value: looks.BAD,
    Kind.DONE.value: looks.PLAIN,
}
AGO = {
    Kind.CHANGED: gettext_lazy("goes back"),
    Kind.ADDED: gettext_lazy("is made again"),
    Kind.DELETED: gettext_lazy("is deleted"),
}
OUTDATED = gettext_lazy("The settings have changed meanwhile. Look at the list once more.")


class Called:
    """A row under the name that pages have for it: the theme's headings ask the row itself."""

    def __init__(self, row, title: str):
        self._row, self._title = row, title

    def __getattr__(self, name):
        return getattr(self._row, name)

    def __str__(self):
        return self._title


class History:
    """Adds to an admin the record of its rows' changes; Django's own log is not written beside it."""

    def log_addition(self, request, obj, message):
        pass

    def log_change(self, request, obj, message):
        pass

    def log_deletions(self, request, queryset):
        pass

    @property
    def keeps_history(self) -> bool:
        return self.opts.label_lower in record.RECORDED

    def get_urls(self):
        if self.opts.label_lower not in revert.REVERTIBLE:
            return super().get_urls()
        view = self.admin_site.admin_view(self.back_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_back"
        return [path("<int:number>/back/<int:change>/", view, name=name), *super().get_urls()]

    def title_of(self, row) -> str:
        """What the row is called on its pages."""
        return str(row)

    def render_change_form(self, request, context, *args, **kwargs):
        context["show_history"] = self.keeps_history
        if row := context.get("original"):
            context |= {"subtitle": self.title_of(row), "original": Called(row, self.title_of(row))}
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(self, request, object_id, extra_context=None):
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if not self.keeps_history:
            raise Http404
        row = self.get_object(request, object_id)
        if row is None:
            return self.not_found(request)
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        changes = SettingChange.objects.filter(page=page_key(self.model, row.pk))
        found = Paginator(changes, PER_PAGE).get_page(request.GET.get("p"))
        may = self.opts.label_lower in revert.REVERTIBLE and self.has_change_permission(request, row)
        context = {
            "object": row,
            "original": Called(row, self.title_of(row)),
            "called": self.title_of(row),
            "page_obj": found,
            "changes": [shown(one) | {"back": may and revert.may_go_back(one)} for one in found],
            "back_url": self.opts.label_lower in revert.REVERTIBLE
            and f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_back",
        }
        return self.page(
            request, "admin/hub/history.html", title=_("History: %(row)s") % {"row": context["called"]}, **context
        )

    def back_view(self, request, number, change):
        row = self.changeable(request, number)
        if row is None:
            return self.not_found(request)
        change = SettingChange.objects.filter(pk=change, page=page_key(self.model, number)).first()
        if change is None or not revert.may_go_back(change):
            raise Http404
        if request.method == "POST":
            return self._go_back(request, row, change)
        return self._ask_back(request, row, change)

    def _ask_back(self, request, row, change):
        steps = revert.plan(change)
        return self.page(
            request,
            "admin/hub/back.html",
            title=_("Go back to before a change"),
            object=row,
            original=row,
            change=shown(change),
            steps=_step_groups(steps, change.integration),
            seen=revert.fingerprint(steps),
            back=self.url("history", row.pk),
        )

    def _go_back(self, request, row, change):
        try:
            revert.go_back(change, seen=request.POST.get("seen", ""))
        except revert.Outdated:
            self.message_user(request, OUTDATED, messages.WARNING)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        else:
            return self.back_to(request, row, _("The settings are as they were before the change."))
        return HttpResponseRedirect(self.url("history", row.pk))


def shown(change: SettingChange) -> dict:
    """For the templates of the history: who, what, which values."""
    return {
        "row": change,
        "who": change.person_name or _("the hub itself"),
        "badge": looks.badge(change.get_kind_display(), COLOURS[change.kind]),
        "note": _(change.note) if change.note else "",
        "part": change_words.title_of(change) if change.page != f"{change.model}:{change.row}" else "",
        "kind_of_settings": change_words.kind_of_settings(change.model),
        "lines": change_words.lines(change),
    }


def _step_groups(steps: list[revert.Step], integration: str) -> list[dict]:
    groups: dict[tuple[str, str], dict] = {}
    for step in steps:
        group = groups.setdefault(
            (step.model, step.row),
            {
                "title": step.title,
                "model": change_words.kind_of_settings(step.model),
                "words": AGO[step.kind],
                "lines": [],
            },
        )
        field = change_words.field_of(step.model, step.field) if step.field else None
        if field is not None and not field.remote_field:
            group["lines"].append(
                {
                    "label": change_words.label_of(step.model, integration, step.field, step.key),
                    "old": change_words.value_words(field, step.now),
                    "new": change_words.value_words(field, step.then),
                }
            )
    return list(groups.values())
