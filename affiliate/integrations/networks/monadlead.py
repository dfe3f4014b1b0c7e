"""MonadLead, https://monadlead.com. JSON with the key in the body; statuses by postback, found by the network's own id.

Sources: the network's sample for landing pages and two independent senders, one of which reads `order_id` and `reason`.
Postbacks bring `{click_id}` as our eid: whether it is `order_id` or another member of the answer was not seen, hence both.
Success needs HTTP 200; a refusal has another code and a `reason`, or is a JSON text alone.
"""

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter, Tail
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Refused
from affiliate.vocabulary import Evidence, Status


class MonadLead(Integration):
    slug, title, site = "monadlead", "MonadLead", "https://monadlead.com"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://api.monadlead.com"

    api = Credential(texts.TOKEN)
    monadlead = Parameter(texts.OFFER_ID)
    tails = [
        Tail("Confirmed", "&eid={click_id}&status=approve"),
        Tail("Cancelled", "&eid={click_id}&status=cancel"),
        Tail("Trash", "&eid={click_id}&status=trash"),
    ]
    statuses = {"approve": Status.APPROVE, "cancel": Status.CANCEL, "trash": Status.TRASH}

    def push(self, lead):
        answer = yield Request.json(
            self.url("/api/v1/orders/create/"),
            {
                "api_key": self.api,
                "offer_id": self.monadlead,
                "name": lead.name,
                "phone": lead.phone_digits,
                "country_code": lead.country,
                "base_url": lead.landing_url,
                "referrer": lead.referer or lead.landing_url,
                "user_ip": lead.ip,
                "sub_1": lead.oid,
                **filled({f"sub_{number}": getattr(lead, f"sub{number}") for number in range(2, 6)}),
                **lead.utm,
            },
        )
        said = answer.json
        verdict, eid = said.text("type"), said.text("click_id") or said.text("order_id")
        if answer.status == 200 and eid and verdict in ("", "success"):
            return Accepted(eid)
        reason = said.text("reason") or said.text()
        if reason and answer.status in (400, 409, 422):
            return Refused(reason)
        if answer.status == 200 and verdict not in ("", "success"):
            return Refused(reason or answer.excerpt)
        return self.unexpected(answer)
