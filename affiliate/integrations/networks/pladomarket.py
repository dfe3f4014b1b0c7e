"""PladoMarket, https://plado.market. JSON with a bearer token; no method that returns statuses is known.

Sources: three PHP landing pages of different webmasters. They read no answer, so its members are not known: a JSON object
with a 2xx code is taken for a success. Our id goes in the two places where they carry their click id.
"""

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted
from affiliate.vocabulary import Evidence


class PladoMarket(Integration):
    slug, title, site = "pladomarket", "PladoMarket", "https://plado.market"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://api.plado.market"

    api = Credential(texts.BEARER_TOKEN)
    plado = Parameter(texts.OFFER_ID)

    def push(self, lead):
        answer = yield Request.json(
            self.url("/lead/create"),
            {
                "name": lead.name,
                "phone": lead.phone,
                "country": lead.country.lower(),
                "offer_id": self.plado,
                **filled({"price": "" if lead.price is None else str(lead.price)}),
                "quantity": str(lead.quantity),
                **filled({"ipaddr": lead.ip, "lead_information": lead.comment}),
                **lead.utm,
                "utm_source": lead.oid,
                "subid": lead.oid,
                **filled({"subid2": lead.sub2, "subid3": lead.sub3}),
            },
            headers={"Authorization": f"Bearer {self.api}"},
        )
        if answer.ok and answer.json.entries() and not (answer.json.has("error") or answer.json.has("errors")):
            return Accepted()
        return self.unexpected(answer)
