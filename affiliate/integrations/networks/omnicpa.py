"""OmniCPA, https://cpaomni.com. API User 3.0: JSON signed over the text that PHP writes for the secret and the data.

The server decodes `data` and encodes it again before it compares the signature, so values go as texts or whole numbers.
Sources: the network's own PHP SDK 3.34 (createOrder, the signature, the error texts), two landing pages that send the JSON
as the body, Keitaro's template (the words). The rows and date format of getOrderList were not seen: no poll here.
"""

import hashlib

from django.utils.translation import gettext_lazy as _

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Duplicate, Misconfigured, Refused
from affiliate.integrations.php import json_encode
from affiliate.vocabulary import Evidence, Status

DUPLICATE = "203109"
DENIED = {401: "HTTP 401: unknown token", 403: "HTTP 403: wrong signature, check the secret token"}


class OmniCPA(Integration):
    slug, title, site = "omnicpa", "OmniCPA", "https://cpaomni.com"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://jsapcreate.com"

    api = Credential(texts.TOKEN)
    key = Credential(_("secret token from your account."))
    flow = Credential(_("ID of your flow for traffic."))
    omni = Parameter(texts.OFFER_ID)
    omnisp = Parameter(_("special price, an optional parameter."), required=False)
    omnitype = Parameter(
        _("model of work (paid, confirmed or static), an optional parameter."),
        required=False,
        choices=[(word, word) for word in ("paid", "confirmed", "static")],
    )
    statuses = {
        "created": Status.WAIT,
        "sent": Status.APPROVE,
        "confirmed": Status.APPROVE,
        "paid": Status.APPROVE,
        "refused": Status.CANCEL,
    }

    def push(self, lead):
        data = {
            "product_id": self.omni,
            "traffic_flow_id": self.flow,
            "fio": lead.name,
            "phone": lead.phone,
            "country": lead.country.lower(),
            "ip": lead.ip,
            "pbid": lead.oid,
            **filled({"special_price": self.omnisp, "pay_action": self.omnitype}),
            **filled({"useragent": lead.user_agent, "email": lead.email}),
            **lead.utm,
        }
        signature = hashlib.sha1(json_encode([self.key, data]).encode("utf-8", "replace")).hexdigest()
        answer = yield Request.json(
            self.url("/api/User/3.0/createOrder"),
            {"token": self.api, "data": data, "dataSign": signature},
            dumps=json_encode,
        )
        if answer.status in DENIED:
            return Misconfigured(DENIED[answer.status])
        said = answer.json.at("data")
        if answer.ok and said.truthy("success") and said.text("result.id"):
            return Accepted(said.text("result.id"))
        if answer.ok and said.text("success") == "false":
            errors = said.entries("error") or {}
            reason = "; ".join(text.text() or f"code {code}" for code, text in errors.items()) or answer.excerpt
            return Duplicate(reason=reason, status=Status.TRASH) if DUPLICATE in errors else Refused(reason)
        return self.unexpected(answer)
