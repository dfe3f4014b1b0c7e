"""WebVork, https://webvork.com. API v1: a form; statuses by a poll of ids.

Two hosts take leads. `requestId` lets them drop the second copy of a lead, so the spare host is asked when the first one
did not answer, and a lead may be sent again after an unclear attempt.
Sources: the network's two instruction texts and a client in ernestbrennan/affninja-backend; its order.php for two hosts;
Quiesss/forwarding_bot; Keitaro's template.
"""

import hashlib

from affiliate.integrations import texts
from affiliate.integrations.base import Asked, Dedupes, Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Misconfigured, Refused, Unclear
from affiliate.vocabulary import Evidence, Status

SPARE = "https://api2.webvork.com"


class WebVork(Integration):
    slug, title, site = "webvork", "WebVork", "https://webvork.com"
    evidence = Evidence.DOCUMENTED
    base_url = "https://api.webvork.com"

    api = Credential(texts.TOKEN)
    webvork = Parameter(texts.OFFER_ID)
    statuses = {"confirmed": Status.APPROVE, "rejected": Status.CANCEL, "trash": Status.TRASH}
    dedupes = Dedupes("oid")
    poll_batch = 50
    nobody = "00000000-0000-0000-0000-000000000000"

    def push(self, lead):
        fields = {
            "token": self.api,
            "offer_id": self.webvork,
            "name": lead.name,
            "phone": lead.phone,
            "country": lead.country,
            "ip": lead.ip,
            **lead.utm,
            **filled({"utm_campaign": lead.oid or lead.utm_campaign}),
            "requestId": hashlib.sha1(lead.oid.encode()).hexdigest(),
        }
        failures = []
        for host in ("", SPARE):
            answer = yield Request.form(self.url("/v1/new-lead", host=host), fields)
            if answer.json.text("status") == "ok" and answer.json.text("guid"):
                return Accepted(answer.json.text("guid"))
            if answer.json.text("status") == "error":
                return self.rejected(answer)
            failures.append(self.unexpected(answer))
            if answer.is_json and answer.status < 500:
                break
        # One host that may have taken the lead outweighs the other's clear failure.
        return next((failure for failure in failures if isinstance(failure, Unclear)), failures[-1])

    def rejected(self, answer):
        reason = answer.json.text("msg") or answer.excerpt
        return Misconfigured(reason) if "token" in reason.lower() else Refused(reason)

    def poll(self, leads):
        asked = Asked(leads)
        if not asked.eids:
            return None
        answer = yield Request.get(
            self.url("/v1/get-lead-status"), {"token": self.api, "guids[]": asked.eids}, commits=False
        )
        rows = answer.json.items()
        if answer.json.text("status") == "error":
            outcome = self.rejected(answer)
            return outcome if isinstance(outcome, Misconfigured) else self.unexpected(answer)
        if not answer.ok or rows is None:
            return self.unexpected(answer)
        for row in rows:
            if lead := asked.find(eid=row.text("guid")):
                # Money is told for rejected leads too, where nothing is paid.
                paid = self.status_of(row.text("status")) == Status.APPROVE
                money = {"payout": row.text("money"), "currency": row.text("currency")} if paid else {}
                yield self.report(lead, row.text("status"), **money)
        return None
