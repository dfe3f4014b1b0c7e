"""DrCash, https://dr.cash. Orders API v1: JSON, bearer token; statuses by postback.

Sources: the network's sample for landing pages (required and optional fields), Node and PHP clients that read `uuid`.
The codes and the shape of refusals were not seen; the same API also answers on affiliate.drcash.sh and
affiliate-api.drcash.pro.
"""

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter, Tail
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Refused
from affiliate.vocabulary import Evidence, Status


class DrCash(Integration):
    slug, title, site = "drcash", "DrCash", "https://dr.cash"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://order.drcash.sh"

    api = Credential(texts.BEARER_TOKEN)
    drcash = Parameter(texts.FLOW_ID)
    instructions = texts.FLOW_WITH_HASH
    tails = [Tail(texts.GLOBAL, "&oid={sub1}&status={status}&stw=hold")]
    statuses = {
        "pending": Status.WAIT,
        "hold": Status.WAIT,
        "approved": Status.APPROVE,
        "rejected": Status.CANCEL,
        "trash": Status.TRASH,
    }

    def push(self, lead):
        person = {"name": lead.name, "email": lead.email, "address": lead.address, "ip": lead.ip}
        place = {"country": lead.country, "city": lead.city, "postcode": lead.zip}
        answer = yield Request.json(
            self.url("/v1/order"),
            {
                "stream_code": self.drcash,
                "client": {"phone": lead.phone, **filled(person | place)},
                "sub1": lead.oid,
                **filled({name: getattr(lead, name) for name in ("sub2", "sub3", "sub4", "sub5")}),
            },
            headers={"Authorization": f"Bearer {self.api}"},
        )
        if answer.status == 200 and answer.json.text("uuid"):
            return Accepted(answer.json.text("uuid"))
        reason = answer.json.text("message") or answer.json.text("error")
        if reason and answer.status in (400, 409, 422):
            return Refused(reason)
        return self.unexpected(answer)
