"""CPA.house, https://cpa.house. Method API: a form with the key and the partner's id; statuses by postback.

Sources: two Laravel controllers and a production lander (the fields, `status` and `msg`), a tracker's template and
https://docs.bemob.com/en/cpahouse-settings for the postback. `county_code` is spelled so on the wire. The name of the id in
the success answer was not seen, so postbacks find the lead by our id.
"""

from django.utils.translation import gettext_lazy as _

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter, Tail
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Refused
from affiliate.vocabulary import Evidence, Status


class CPAHouse(Integration):
    slug, title, site = "cpahouse", "CPA.house", "https://cpa.house"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://api.cpa.house"

    user = Credential(texts.USER_ID)
    api = Credential(texts.TOKEN)
    cpah = Parameter(texts.OFFER_ID)
    cpahs = Parameter(_("source ID."))
    cpahst = Parameter(texts.FLOW_ID)
    tails = [Tail(texts.GLOBAL, "&oid={sub_id_1}&status={status}&stt=fake&stw=in_processing")]
    statuses = {
        "new": Status.WAIT,
        "in_processing": Status.WAIT,
        "accepted": Status.APPROVE,
        "fake": Status.TRASH,
    }

    def push(self, lead):
        answer = yield Request.form(
            self.url("/method/send_order"),
            {
                "api_key": self.api,
                "id_webmaster": self.user,
                "name": lead.name,
                "phone": lead.phone_digits,
                "id_offer": self.cpah,
                "id_source": self.cpahs,
                "id_stream": self.cpahst,
                "user_agent": lead.user_agent,
                "ip_address": lead.ip,
                "county_code": lead.country,
                "sub_id_1": lead.oid,
                **filled({"sub_id_2": lead.sub2, "sub_id_3": lead.sub3, "sub_id_4": lead.sub4}),
            },
        )
        word = answer.json.text("status")
        if word == "success":
            return Accepted()
        if word and answer.status in (200, 400, 409, 422):
            return Refused(answer.json.text("msg") or word)
        return self.unexpected(answer)
