"""Money4Leads, https://m4leads.com. One GET with everything in the query; HTTP is 200 in every case, the body decides.

Two envelopes are known and which is live is not, hence both: `information.statusCode` with `data` of the network's SDK, and
`status` with `id` of its newer back end. Where the first keeps the order's id, and the rows of `get-order-status`, were
not seen: no id is read from it, and there is no poll here.
Sources: rgen3/sdk-m4leads; landing pages that check the answer; a server that speaks the newer envelope; Keitaro's page on
M4Leads. Numbers among the statuses are those of the newer back end.
"""

from dataclasses import replace

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Duplicate, Misconfigured, Refused
from affiliate.vocabulary import Evidence, Status

DUPLICATE = "дубль заказа"
# One text for a bad token, a bad offer and a country that the offer does not take.
SETTINGS = "wrong country or offer or partner"


class Money4Leads(Integration):
    slug, title, site = "money4leads", "Money4Leads", "https://m4leads.com"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://api.m4leads.com"

    user = Credential(texts.USER_ID)
    api = Credential(texts.TOKEN)
    m4l = Parameter(texts.OFFER_ID)
    statuses = {
        "approved": Status.APPROVE,
        "rejected": Status.CANCEL,
        "invalid": Status.TRASH,
        "pending": Status.WAIT,
        "sale": Status.APPROVE,
        "lead": Status.WAIT,
        "0": Status.WAIT,
        "1": Status.APPROVE,
        "2": Status.CANCEL,
        "4": Status.TRASH,
        "6": Status.WAIT,
    }

    # The keys of the rows were not seen.
    described_poll = {
        "url": "{base_url}/order/get-order-status",
        "encoding": "query",
        "fields": [{"name": "access-token", "value": "{api}"}, {"name": "ordersId", "value": "{eids|join:,}"}],
        "list": "data",
    }

    def push(self, lead):
        subs = [lead.oid, *filter(None, (lead.sub2, lead.sub3, lead.sub4, lead.sub5))]
        answer = yield Request.get(
            self.url("/order/add"),
            {
                "partnerId": self.user,
                "access-token": self.api,
                "offerId": self.m4l,
                "fullName": lead.name,
                "phone": lead.phone,
                "country": lead.country,
                "price": round(lead.price or 0),
                **{f"sub_id[{number}]": value for number, value in enumerate(subs)},
                **filled({"ip": lead.ip, "comment": lead.comment}),
            },
        )
        code, verdict = answer.json.integer("information.statusCode"), answer.json.text("status")
        if not answer.ok:
            return self.unexpected(answer)
        if code == 200:
            return Accepted()
        if code is not None and 400 <= code < 600:
            return self.unexpected(replace(answer, status=code))
        if verdict == "OK" and answer.json.text("id"):
            return Accepted(answer.json.text("id"))
        if verdict == "ERROR":
            return self.rejected(answer.json.text("message") or answer.excerpt)
        return self.unexpected(answer)

    def check(self, nobody):
        answer = yield Request.get(self.url("/main/check-token"), {"access-token": self.api}, commits=False)
        code = answer.json.integer("information.statusCode")
        if answer.ok and code == 200:
            return None
        return self.unexpected(replace(answer, status=code) if answer.ok and code else answer)

    def rejected(self, reason):
        if reason == DUPLICATE:
            return Duplicate(reason=reason)
        return Misconfigured(reason) if reason == SETTINGS else Refused(reason)
