"""Affise, the platform of many networks: a lead is a conversion that the affiliate imports; statuses by postback.

Source: the platform's API reference, https://api.affise.com/docs3.2/ (POST /4.0/affiliate/conversion/import) and the help page
on importing data, https://help-center.affise.com/en/articles/6522135-import-data-affiliates. A conversion has no field for a
name or a phone: each network says which of its seven custom fields hold them. The answer gives no id, so a lead is known
there by ours, `action_id`. No list of an affiliate's conversions by that id was found.
"""

from django.utils.translation import gettext_lazy as _

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Refused
from affiliate.vocabulary import Evidence, Status

CUSTOM = [(f"custom_field_{number}", f"custom_field_{number}") for number in range(1, 8)]


class Affise(Integration):
    slug, title, site = "affise", "Affise", "https://affise.com"
    evidence = Evidence.DOCUMENTED
    needs_base_url = True

    api = Credential(texts.TOKEN)
    afoffer = Parameter(texts.OFFER_ID)
    afphone = Parameter(_("custom field that takes the phone."), choices=CUSTOM)
    afname = Parameter(_("custom field that takes the name."), choices=CUSTOM)
    afgoal = Parameter(_("goal number."), required=False)
    statuses = {
        "pending": Status.WAIT,
        "hold": Status.HOLD,
        "confirmed": Status.APPROVE,
        "declined": Status.CANCEL,
    }

    def push(self, lead):
        answer = yield Request.form(
            self.url("/4.0/affiliate/conversion/import"),
            {
                "offer": self.afoffer,
                "action_id": lead.oid,
                self.afphone: lead.phone,
                self.afname: lead.name,
                **filled({"goal": self.afgoal, "ip": lead.ip, "ua": lead.user_agent, "comment": lead.comment}),
            },
            headers={"API-Key": self.api},
        )
        said = answer.json.integer("status")
        if answer.ok and said == 1:
            return Accepted()
        if said == 2 and (answer.ok or answer.status in (400, 422)):
            return Refused(answer.json.text("message") or "status 2")
        return self.unexpected(answer)
