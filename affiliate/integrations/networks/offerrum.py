"""Offerrum (AD1), https://offerrum.com. Key, flow and subid in the query, the person in a form; statuses by postback.

Sources: the network's generated script for landing pages; Zlabst/cpatracker (AD1) and Keitaro's template (the postback's
macros and words); an offer importer and boo1ean/ad1-api-php (`error` and `response` of the sister methods). No client of any
year reads the push's answer: HTTP 200 without an `error` is taken for a success, and leads are found again by our id.
"""

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter, Tail
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Refused
from affiliate.vocabulary import Evidence, Status


class Offerrum(Integration):
    slug, title, site = "offerrum", "Offerrum (AD1)", "https://offerrum.com"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://api.offerrum.com"

    api = Credential(texts.TOKEN)
    ad1 = Parameter(texts.FLOW_ID)
    instructions = texts.FLOW_WITH_ID
    tails = [Tail(texts.GLOBAL, "&oid={sub1}&status={status}")]
    statuses = {
        "waiting": Status.WAIT,
        "approved": Status.APPROVE,
        "declined": Status.CANCEL,
        "trash": Status.TRASH,
    }

    def push(self, lead):
        answer = yield Request.form(
            self.url("/webmaster/order/"),
            {
                "fio": lead.name,
                "phone": lead.phone,
                **filled({"country": lead.country}),
                "user_ip": lead.ip,
                "user_agent": lead.user_agent or "API",
                "order_time": int(lead.created_at.timestamp()) if lead.created_at else None,
            },
            query={
                "key": self.api,
                "flow": self.ad1,
                "subid": ":".join([lead.oid, lead.sub2, lead.sub3, lead.sub4, lead.sub5]),
            },
            headers=filled({"Referer": lead.landing_url}),
        )
        wrong = answer.json.at("error")
        if wrong.value and (answer.ok or answer.status in (400, 409, 422)):
            return Refused(wrong.text() or answer.excerpt)
        # A page or half an answer is no verdict.
        readable = answer.json.entries() is not None or (answer.text and answer.text[0] not in "<{[")
        if answer.status == 200 and readable:
            return Accepted()
        return self.unexpected(answer)
