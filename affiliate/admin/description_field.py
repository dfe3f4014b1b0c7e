"""The description of a network's protocol as text: YAML or JSON in, YAML out."""

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

from affiliate.integrations import description
from affiliate.integrations.base import Integration

# What a manager may start from; every line is one to keep, change or drop.
EXAMPLE = """\
statuses: {approved: approve, rejected: cancel, trash: trash}
push:
  url: "{base_url}/api/lead"
  encoding: json
  headers: {Authorization: "Bearer {api}"}
  fields:
  - {name: name, value: "{lead.name}"}
  - {name: phone, value: "{lead.phone}"}
  - {name: country, value: "{lead.country}"}
  - {name: ip, value: "{lead.ip}", optional: true}
  - {name: click_id, value: "{lead.oid}"}
  rules:
  - {when: {http: 200-299, path: status, equals: ok}, then: accepted}
  - {when: {path: error, equals: duplicate}, then: duplicate}
  - {when: {http: "401,403"}, then: misconfigured}
  - {when: {path: error, exists: true}, then: refused}
  eid: id
  reason: error
"""


class DescriptionField(forms.CharField):
    """Cleans to the values of the description; `integration` is set by the form."""

    integration: type[Integration]
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 14, "spellcheck": "false", "style": "font-family: monospace"})

    def clean(self, raw):
        try:
            found = description.load(raw or "")
        except description.BadDescription as error:
            raise forms.ValidationError(str(error)) from None
        if problems := description.validate(found, self.integration):
            raise forms.ValidationError([str(problem) for problem in problems])
        return found


def text_of(stored: dict, integration: type[Integration]) -> str:
    """The stored description; until it says how to push or poll, with what is known of the protocol to start from."""
    known = stored if stored.keys() & {"push", "poll"} else {**stored, **description.starter(integration)}
    return description.dump(known) if known else ""


def addresses(described: dict) -> list:
    """Where a description sends requests: the URLs of its parts."""
    parts = [described.get(part) for part in ("push", "poll")] if isinstance(described, dict) else []
    return [part.get("url") if isinstance(part, dict) else None for part in parts]
