"""The sandbox network that the hub itself serves under /sandbox/: JSON, bearer token, statuses by postback or poll."""

from django.utils.translation import gettext_lazy as _

from affiliate.integrations import texts
from affiliate.integrations.base import Asked, Dedupes, Integration
from affiliate.integrations.fields import Credential, Parameter, Tail
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Duplicate, Misconfigured, Refused
from affiliate.vocabulary import Evidence, Status


class Sandbox(Integration):
    slug, title = "sandbox", "Sandbox"
    evidence = Evidence.DOCUMENTED
    needs_base_url = practice = True

    api = Credential(texts.TOKEN)
    sandbox = Parameter(_("offer code, any text."), example="watch")
    tails = [Tail(texts.GLOBAL, "&oid={sub1}&status={status}&pay={payout}&cc={currency}")]
    statuses = {
        "pending": Status.WAIT,
        "hold": Status.HOLD,
        "approved": Status.APPROVE,
        "rejected": Status.CANCEL,
        "trash": Status.TRASH,
    }
    poll_batch = 50
    polls_by_oid = True
    nobody = "0"
    dedupes = Dedupes("oid")

    def push(self, lead):
        answer = yield Request.json(
            self.url("/api/orders"),
            {
                "offer": self.sandbox,
                "phone": lead.phone,
                "sub1": lead.oid,
                **filled({"name": lead.name, "country": lead.country, "ip": lead.ip}),
            },
            headers={"Authorization": f"Bearer {self.api}"},
        )
        number, reason = answer.json.text("id"), answer.json.text("message")
        if answer.status == 201 and number:
            return self.accepted(number, answer.json.text("status"))
        if answer.status == 409:
            return Duplicate(number, reason or "duplicate")
        if answer.status == 422 and reason:
            return Refused(reason)
        if answer.status == 401 and reason:
            return Misconfigured(reason)
        return self.unexpected(answer)

    def poll(self, leads):
        asked = Asked(leads)
        answer = yield Request.get(
            self.url("/api/orders"),
            filled({"ids": ",".join(asked.eids), "sub1": ",".join(lead.oid for lead in leads if not lead.eid)}),
            headers={"Authorization": f"Bearer {self.api}"},
            commits=False,
        )
        orders = answer.json.items("orders")
        if not answer.ok or orders is None:
            return self.unexpected(answer)
        for order in orders:
            if lead := asked.find(eid=order.text("id"), oid=order.text("sub1")):
                yield self.report(
                    lead,
                    order.text("status"),
                    eid=order.text("id"),
                    payout=order.text("payout"),
                    currency=order.text("currency"),
                )
