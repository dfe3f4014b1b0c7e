"""The wire of Everad and its sister RocketProfit: a form to the tracker, no credential, the HTTP code is the verdict.

Sources: Everad/cpa-everad-book; the networks' standard order.php (igorshmidt65/arttr4); ernestbrennan/affninja-backend.
"""

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Tail
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Duplicate, Misconfigured, Refused
from affiliate.vocabulary import Status

VERDICTS = {
    400: (Refused, "order data invalid, or this number has ordered already"),
    401: (Misconfigured, "campaign_id is missing"),
    403: (Refused, "the country is not allowed, or the client is on the network's black list"),
}


class Tracker(Integration):
    """Subclasses declare the flow parameter and a property `campaign` that reads it."""

    instructions = texts.FLOW_WITH_ID
    tails = [Tail(texts.GLOBAL, "&oid={sid1}&status={status}&pay={payout}&cc={currency}")]
    statuses = {
        "pending": Status.WAIT,
        "approved": Status.APPROVE,
        "rejected": Status.CANCEL,
        "trash": Status.TRASH,
    }

    def extra(self, lead) -> dict:
        """Optional fields that only this network takes."""
        return {}

    def push(self, lead):
        answer = yield Request.form(
            self.url("/conversion/new"),
            {
                "campaign_id": self.campaign,
                "name": lead.name,
                "phone": lead.phone,
                "ip": lead.ip,
                **filled({"country_code": lead.country}),
                "sid1": lead.oid,
                **filled({f"sid{number}": getattr(lead, f"sub{number}") for number in range(2, 6)}),
                **filled(self.extra(lead)),
            },
        )
        if answer.status == 200 and answer.json.text("id"):
            return Accepted(answer.json.text("id"))
        if answer.status == 423:
            return Duplicate(reason="HTTP 423: this client has an order in work")
        if answer.status in VERDICTS:
            outcome, meaning = VERDICTS[answer.status]
            return outcome(f"HTTP {answer.status}: {answer.excerpt or meaning}")
        return self.unexpected(answer)
