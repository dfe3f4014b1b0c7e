"""Lagoon, https://lagoon.me. Outsource API: JSON with the account inside the body; statuses were not found.

Sources: four landing pages' handlers made from one documentation sample. Of the answer only `result` is known, so no id
of the network's is kept: `id` is ours. The samples send a flow code beside the offer; whether it is needed is not known.
"""

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled, number_or_text
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Refused
from affiliate.vocabulary import Evidence, Status


class Lagoon(Integration):
    slug, title, site = "lagoon", "Lagoon", "https://lagoon.me"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://api.lagoon.me"

    api = Credential(texts.TOKEN)
    user = Credential(texts.USER_ID)
    lagoon = Parameter(texts.OFFER_ID)
    statuses = {
        "hold": Status.WAIT,
        "submit": Status.APPROVE,
        "decline": Status.CANCEL,
        "double": Status.TRASH,
        "trash": Status.TRASH,
    }

    def push(self, lead):
        answer = yield Request.json(
            self.url("/api/outsource"),
            {
                "method": "addRequest",
                "id": lead.oid,
                "user_id": number_or_text(self.user),
                "api_key": self.api,
                "offer_id": number_or_text(self.lagoon),
                **filled({"country": lead.country}),
                "pers_info": {"fio": lead.name, "phone": lead.phone, "ip": lead.ip},
            },
        )
        verdict = answer.json.text("result")
        if answer.ok and verdict == "success":
            return Accepted()
        if verdict and (answer.ok or answer.status in (400, 409, 422)):
            return Refused(answer.excerpt)
        return self.unexpected(answer)
