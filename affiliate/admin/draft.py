"""A protocol's description while it is typed: what is wrong with it and where, or what it would send and read."""

from django import forms
from django.http import HttpResponseNotAllowed, JsonResponse
from django.template.loader import render_to_string
from django.urls import path

from affiliate.admin.exchanges import readable
from affiliate.admin.sample import ANYWHERE, NAME
from affiliate.delivery.preview import LONGEST_ANSWER, preview
from affiliate.intake import phones
from affiliate.integrations import description, registry
from affiliate.integrations.description.files import LARGEST
from affiliate.integrations.description.places import line_of, lines
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import Lead
from affiliate.integrations.messages import Answer
from affiliate.models import Network, labels

OID = "01SAMP1ESAMP1ESAMP1ESAMP1E"


class DraftForm(forms.Form):
    integration = forms.ChoiceField()
    description = forms.CharField(required=False, max_length=LARGEST + 1, strip=False)
    base_url = forms.CharField(required=False, max_length=300)
    answer = forms.CharField(required=False, max_length=LONGEST_ANSWER)
    code = forms.IntegerField(required=False, min_value=200, max_value=599)

    def __init__(self, data):
        super().__init__(data)
        self.fields["integration"].choices = [(slug, slug) for slug in registry.integrations()]


class Drafts:
    """Adds to the networks' admin: what the editor of a description asks while somebody types."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.draft_view)
        return [path("draft/", view, name="affiliate_network_draft"), *super().get_urls()]

    def draft_view(self, request):
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            return JsonResponse({}, status=403)
        form = DraftForm(request.POST)
        context = read(**form.cleaned_data) if form.is_valid() else {"form": form}
        return JsonResponse({"html": render_to_string("admin/affiliate/network/draft.html", context, request)})


def read(*, integration: str, description: str, base_url: str, answer: str, code: int | None) -> dict:
    """For the template `admin/affiliate/network/draft.html`."""
    kind = registry.get(integration)
    problems, found = _problems(description, kind)
    if problems or not found:
        return {"problems": problems}
    talk = preview(
        _network(kind, base_url, found),
        parameters={
            name: value.default or value.example or f"<{name}>" for name, value in kind.declared(Parameter).items()
        },
        lead=Lead(oid=OID, name=NAME, phone=phones.example(ANYWHERE), country=ANYWHERE),
        answer=Answer(status=code or 200, body=answer.encode()) if answer else None,
    )
    outcome = talk.outcome and dict(labels.OUTCOME)[talk.outcome.kind.value]
    return {
        "exchanges": readable(talk.exchanges),
        "outcome": outcome,
        "eid": getattr(talk.outcome, "eid", ""),
        "reason": talk.reason,
    }


def _problems(text: str, kind) -> tuple[list[dict], dict]:
    try:
        found = description.load(text)
    except description.BadDescription as error:
        return [{"line": None, "path": "", "message": str(error)}], {}
    places = lines(text)
    return [
        {"line": line_of(places, one.path), "path": one.path, "message": one.message}
        for one in description.validate(found, kind)
    ], found


def _network(kind, base_url: str, found: dict) -> Network:
    """Stored secrets stay out of a draft: a description could turn them into something that no mask knows."""
    made_up = {name: f"<{name}>" for name in kind.declared(Credential)}
    return Network(integration=kind.slug, base_url=base_url, description=found, credentials=made_up)
