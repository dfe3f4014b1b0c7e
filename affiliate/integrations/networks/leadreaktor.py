"""LeadReaktor, https://leadreaktor.com. Orders API: a multipart form, the key in the query; no confirmed status method.

Sources: the network's sample order page, handlers that read the answer, a tracker's template. No answer was seen whole: the
sample unwraps `response` when there is one and looks at `msg` and `order_id`, other clients at `status_code`.
"""

import re

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Refused
from affiliate.vocabulary import Evidence, Status


class LeadReaktor(Integration):
    slug, title, site = "leadreaktor", "LeadReaktor", "https://leadreaktor.com"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://api-new.leadreaktor.com"

    api = Credential(texts.TOKEN)
    leadreaktor = Parameter(texts.OFFER_ID)
    statuses = {"waiting": Status.WAIT, "approved": Status.APPROVE, "canceled": Status.CANCEL}

    # The site for Latin America; the other parameters and the answer were not seen.
    described_poll = {
        "url": "https://leadreaktor.lat/api/get-status",
        "method": "POST",
        "encoding": "form",
        "fields": [{"name": "api_key", "value": "{api}"}],
    }

    def push(self, lead):
        landing = re.match(r"(?:\w+://)?([^/?#]*)", lead.landing_url)[1]
        subs = {"sub1": lead.oid, "sub2": lead.sub2, "sub3": lead.sub3, "sub4": lead.sub4, "sub5": lead.sub5}
        utms = {name: getattr(lead, name) for name in ("utm_source", "utm_content", "utm_term", "utm_campaign")}
        answer = yield Request.multipart(
            self.url("/api/order/create.php"),
            {
                "goods_id": self.leadreaktor,
                "msisdn": lead.phone,
                "name": lead.name,
                "country": lead.country,
                "ip": lead.ip,
                **filled({"domain": landing}),
                "client_type": 0,
                **{f"url_params[{name}]": value for name, value in filled(subs | utms).items()},
            },
            query={"api_key": self.api},
        )
        verdict = answer.json.at("response") if answer.json.has("response") else answer.json
        said, order = verdict.text("msg"), verdict.text("order_id")
        passed = said == "success" or (not said and answer.json.integer("status_code") == 200)
        if answer.ok and passed and order:
            return Accepted(order)
        if said == "error" and (answer.ok or answer.status in (400, 409, 422)):
            return Refused(verdict.text("error") or answer.excerpt)
        return self.unexpected(answer)
