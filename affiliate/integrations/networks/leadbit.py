"""LeadBit, https://leadbit.com. Orders API: a form, the token in the path, plain http; statuses by postback.

Sources: the network's sample for landing pages, an open CRM (job and postback controller), trackers' templates. No answer
was seen whole: `status` decides, and the CRM names the codes 403 (invalid parameter) and 438 (duplicate) without saying
where they stand, so they are looked for as the HTTP code and as a value of the body.
"""

import re
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter, Tail
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Duplicate, Misconfigured, Refused
from affiliate.vocabulary import Evidence, Status

INVALID, DUPLICATE = 403, 438
SITE = "https://leadbit.com"


class LeadBit(Integration):
    slug, title, site = "leadbit", "LeadBit", SITE
    evidence = Evidence.CLIENT_CODE
    base_url = "http://wapi.leadbit.com"

    api = Credential(texts.TOKEN)
    leadbit = Parameter(_("flow hash (the four characters of the flow link right after the domain)."))
    leadsite = Parameter(_("domain of the landing page chosen in the flow's settings."))
    tails = [Tail(texts.GLOBAL, "&oid={sub1}&status={status}")]
    statuses = {
        "new": Status.WAIT,
        "confirm": Status.APPROVE,
        "decline": Status.CANCEL,
        "reject": Status.TRASH,
        "invalid": Status.TRASH,
        "trash": Status.TRASH,
    }

    def push(self, lead):
        answer = yield Request.form(
            self.url(f"/api/pub/new-order/{quote(self.api, safe='')}"),
            {
                "flow_hash": self.leadbit,
                "landing": self.leadsite,
                "phone": lead.phone,
                "name": lead.name,
                "country": lead.country,
                **filled({"referrer": lead.referer, "ip": lead.ip, "address": lead.address, "email": lead.email}),
                **filled({"comment": lead.comment}),
                "sub1": lead.oid,
                **filled({"sub2": lead.sub2, "sub3": lead.sub3, "sub4": lead.sub4, "sub5": lead.sub5}),
            },
        )
        verdict = answer.json.text("status")
        if not verdict or not (answer.ok or answer.status in (400, INVALID, 409, 422, DUPLICATE)):
            return self.unexpected(answer)
        if answer.ok and verdict == "success":
            return Accepted()
        if answer.status == DUPLICATE or re.search(rf':\s*"?{DUPLICATE}\b', answer.text):
            return Duplicate(reason=answer.excerpt)
        return Refused(answer.excerpt)

    def check(self, nobody):
        answer = yield Request.get(self.url("/api/offer/list", host=SITE), {"token": self.api}, commits=False)
        verdict = answer.json.text("status")
        if answer.ok and verdict == "success" and answer.json.items("data") is not None:
            return None
        return Misconfigured(answer.excerpt) if answer.ok and verdict else self.unexpected(answer)
