"""KMA, https://kma.biz. Lead API: a form with a bearer token; statuses by the `method=` API with the same token.

Sources: the network's own lander class KmaLead (`lead/add`), real answers kept in a client, the telegra.ph copy of the
`method=` API (statuses, 100 requests a minute, `Timeout error!` when there were more) and clients that call it with
`token`. That `getstatuses` takes the token too is inferred from `getoffers`. Words instead of letters are a tracker's.
"""

from affiliate.integrations import texts
from affiliate.integrations.base import Asked, Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Duplicate, Misconfigured, Postponed, Refused
from affiliate.vocabulary import Evidence, Status

DUPLICATE = 13
THROTTLED = "Timeout error!"


class Kma(Integration):
    slug, title, site = "kma", "KMA", "https://kma.biz"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://api.kma.biz"
    poll_batch = 50
    requests_per_second = 1.6

    api = Credential(texts.TOKEN)
    kma = Parameter(texts.FLOW_ID)
    instructions = texts.FLOW_WITH_ID
    statuses = {
        "P": Status.WAIT,
        "A": Status.APPROVE,
        "D": Status.CANCEL,
        "F": Status.TRASH,
        "pending": Status.WAIT,
        "accepted": Status.APPROVE,
        "declined": Status.CANCEL,
        "trash": Status.TRASH,
    }

    def push(self, lead):
        answer = yield Request.form(
            self.url("/lead/add"),
            {
                "channel": self.kma,
                "name": lead.name,
                "phone": lead.phone,
                "ip": lead.ip,
                "data1": lead.oid,
                **filled({"country": lead.country, "referer": lead.referer}),
                **filled({"data2": lead.sub2, "data3": lead.sub3, "data4": lead.sub4, "data5": lead.sub5}),
                **filled({"quantity": lead.quantity, "address": lead.address, "language": lead.language}),
            },
            headers={"Authorization": f"Bearer {self.api}"},
        )
        code, order = answer.json.integer("code"), answer.json.text("order")
        if answer.ok and THROTTLED in answer.text:
            return Postponed(THROTTLED)
        if not answer.ok or code is None or (code == 0 and not order):
            return self.unexpected(answer)
        if code == 0:
            # An order is made in both cases; `fake` is the network's F: held for invalid at once.
            return Accepted(order, Status.TRASH if answer.json.text("status") == "fake" else Status.WAIT)
        reason = answer.json.text("message") or f"code {code}"
        return Duplicate(reason=reason) if code == DUPLICATE else Refused(reason)

    def check(self, nobody):
        answer = yield self.method("getoffers")
        code = answer.json.integer("code")
        if answer.ok and code == 0 and answer.json.items("offers") is not None:
            return None
        if answer.ok and code:
            return Misconfigured(answer.json.text("msg") or f"code {code}")
        return self.unexpected(answer)

    def method(self, name, **values):
        common = {"method": name, "token": self.api, "return_type": "json"}
        return Request.get(self.url("/"), common | values, commits=False)

    def poll(self, leads):
        asked = Asked(leads)
        answer = yield self.method("getstatuses", ids=",".join(asked.eids))
        rows = answer.json.items("statuses")
        if not answer.ok or answer.json.integer("code") != 0 or rows is None:
            wrong = self.unexpected(answer)
            # The method is inferred: being refused there must not pause the sending.
            return wrong if isinstance(wrong, Postponed) else Postponed(wrong.reason)
        for row in rows:
            if lead := asked.find(eid=row.text("id")):
                yield self.report(lead, row.text("status"))
