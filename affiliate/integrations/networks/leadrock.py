"""LeadRock, https://leadrock.com. API v2 in two steps: the flow's link gives a track id, then a signed form.

The signature is SHA-1 of PHP's http_build_query of all fields in their order and of the secret; absent fields are left out
of both. The answer of v2 was not seen: clients take HTTP 200 for success; `is_error` and `data.id` are those of v1.
Sources: the network's sample as used by Quiesss/forwarding_bot and invinceable-it/invinceable-it.github.io, the older
variant in igorshmidt65/arttr4; ernestbrennan/affninja-backend (API v1). Statuses by postback.
"""

import hashlib
import re

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter, Tail
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Refused
from affiliate.integrations.php import http_build_query
from affiliate.vocabulary import Evidence, Status


class LeadRock(Integration):
    slug, title, site = "leadrock", "LeadRock", "https://leadrock.com"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://leadrock.com"

    key = Credential(_("main token from your account."))
    secret = Credential(_("key for the signature of requests."))
    leadrock = Parameter(
        _("full link of the flow, of the form https://leadrock.com/URL-XXXXX-XXXXX."),
        pattern=r"https?://[A-Za-z0-9.-]+(/\S*)?",
        example="https://leadrock.com/URL-XXXXX-XXXXX",
    )
    instructions = _("A flow has to be created for each offer. Take the flow's URL from its settings.")
    tails = [
        Tail(pgettext_lazy("event", "Conversion"), None),
        Tail(pgettext_lazy("event", "Approval"), "&oid={sub1}&status=approve"),
        Tail(pgettext_lazy("event", "Rejection"), "&oid={sub1}&status=cancel"),
        Tail(pgettext_lazy("event", "Trash"), "&oid={sub1}&status=trash"),
    ]
    statuses = {"approve": Status.APPROVE, "cancel": Status.CANCEL, "trash": Status.TRASH}

    def push(self, lead):
        place = {"address": lead.address, "city": lead.city, "zipcode": lead.zip}
        other = filled(place | {"quantity": lead.quantity, "note": lead.comment})
        fields = {
            "flow_url": self.leadrock,
            "user_phone": lead.phone,
            "user_name": lead.name,
            **{f"other[{name}]": value for name, value in other.items()},
            "ip": lead.ip,
            "ua": lead.user_agent,
            "api_key": self.key,
            "sub1": lead.oid,
            **filled({name: getattr(lead, name) for name in ("sub2", "sub3", "sub4", "sub5")}),
            "ajax": 1,
        }
        visitor = filled({"User-Agent": lead.user_agent})
        answer = yield Request.get(self.leadrock, fields, headers=visitor, commits=False, follow_redirects=True)
        # Errors of this step are a page or nothing.
        if not answer.ok or not re.fullmatch(r"[\w.:-]{1,100}", answer.text):
            return self.unexpected(answer)

        fields["track_id"] = answer.text
        fields["sign"] = hashlib.sha1((http_build_query(fields) + self.secret).encode()).hexdigest()
        answer = yield Request.form(self.url("/api/v2/lead/save"), fields, headers=visitor, encode=http_build_query)
        if answer.status != 200 or answer.json.has("error") or answer.json.has("errors"):
            return self.unexpected(answer)
        if answer.json.truthy("is_error"):
            return Refused(answer.excerpt)
        if answer.is_json or not answer.text.startswith(("<", "{", "[")):
            return Accepted(answer.json.text("data.id"))
        return self.unexpected(answer)
