"""AffStar, https://affstar.com. Own API: JSON, the key in the ApiKey header; statuses by a described poll or by postback.

Sources: a publisher's lander and a Python sender, the load tool of the same platform (github.com/Kushkaftar/leadCannon: the
whole lead and the answers), the network's landing script (the envelope of answers), a tracker's template for the
postback's words. No method that reads statuses was found, nor the answers for a duplicate and for a wrong key.
"""

from django.utils.translation import gettext_lazy as _

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Misconfigured, Refused
from affiliate.vocabulary import Evidence, Status


class AffStar(Integration):
    slug, title, site = "affstar", "AffStar", "https://affstar.com"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://api.affstar.com"

    api = Credential(texts.TOKEN)
    affstar = Parameter(texts.FLOW_ID)
    instructions = _("A flow has to be created for each offer. Take the flow's UUID from its settings.")
    statuses = {
        "new": Status.WAIT,
        "approved": Status.APPROVE,
        "rejected": Status.CANCEL,
        "trash": Status.TRASH,
    }

    def push(self, lead):
        visit = {"user_agent": lead.user_agent, "referer": lead.referer, "comment": lead.comment}
        subs = {"sub_id1": lead.oid, "sub_id2": lead.sub2, "sub_id3": lead.sub3, "subaccount": lead.sub4}
        answer = yield Request.json(
            self.url("/api/lead/create/publisher"),
            {
                "flow_uuid": self.affstar,
                "country_code": lead.country,
                "phone": lead.phone,
                "name": lead.name,
                "ip": lead.ip,
                **filled(visit | subs),
                **lead.utm,
            },
            headers={"ApiKey": self.api},
        )
        success, eid = answer.json.text("success"), answer.json.text("data.lead_uuid")
        if success == "true" and eid:
            return Accepted(eid)
        if success != "false" or answer.status not in (200, 400, 409, 422):
            return self.unexpected(answer)
        faults = answer.json.items("errors") or []
        said = [": ".join(filter(None, (fault.text("field"), fault.text("text")))) for fault in faults]
        reason = "; ".join(filter(None, said)) or answer.excerpt
        wrong_flow = any(fault.text("field") == "flow_uuid" for fault in faults)
        return Misconfigured(reason) if wrong_flow else Refused(reason)
