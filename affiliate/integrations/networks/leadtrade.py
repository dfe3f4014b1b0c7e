"""LeadTrade, https://leadtrade.ru. Lead form: the flow's hash names the account; no status method is known.

Sources: the network's own landing page (it reads `mm_number` and `is_spam` and takes an empty number for a refusal, at any
HTTP code), other landing pages, a tracker's template. No client sends the account's token.
"""

from django.utils.translation import gettext_lazy as _

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Refused
from affiliate.vocabulary import Evidence


class LeadTrade(Integration):
    slug, title, site = "leadtrade", "LeadTrade", "https://leadtrade.ru"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://leadtrade.ru"

    api = Credential(texts.TOKEN)
    leadtrade = Parameter(texts.FLOW_ID)
    leadaim = Parameter(_("goal ID, if it is needed."), required=False)
    instructions = texts.FLOW_WITH_HASH

    def push(self, lead):
        answer = yield Request.form(
            self.url("/api/send_lead"),
            {
                "hash": self.leadtrade,
                "name": lead.name,
                "phone": lead.phone,
                "ip": lead.ip,
                **filled({"aim": self.leadaim, "country": lead.country, "productsum": lead.price}),
                "subid1": lead.oid,
                **filled({"subid2": lead.sub2, "subid3": lead.sub3, "subid4": lead.sub4}),
                **filled({"description": lead.comment, "data[address]": lead.address}),
            },
            headers=filled({"User-Agent": lead.user_agent, "Referer": lead.landing_url}),
        )
        number = answer.json.text("mm_number")
        if answer.json.has("is_spam"):
            return Refused(answer.excerpt)
        # "0" is empty for the PHP of the network's own page.
        if number not in ("", "0"):
            return Accepted(number)
        if answer.ok and answer.json.entries():
            return Refused(answer.excerpt)
        return self.unexpected(answer)
