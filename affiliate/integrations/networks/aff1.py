"""Aff1, https://aff1.com (the AffNinja platform). API v3: a form with the key among the fields; statuses by `lead.info`.

Sources: the network's own PHP clients for publishers v2 and v3 (fields, HTTP 200 and 202 as success), its re-sender (422 is
final), the platform's server code (github.com/ernestbrennan/affninja-backend, routes/api.php) for the errors and for
`lead.info` of v1. A v3 answer was seen only as far as its `status`. The poll tells neither payout nor comment.
"""

from django.utils.translation import gettext_lazy as _

from affiliate.integrations import texts
from affiliate.integrations.base import Asked, Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Duplicate, Misconfigured, Refused
from affiliate.vocabulary import Evidence, Status

LONGEST_DATA = 32


class Aff1(Integration):
    slug, title, site = "aff1", "Aff1", "https://aff1.com"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://api.aff1.com"
    poll_batch = 50
    nobody = "0"

    api = Credential(texts.TOKEN)
    aff1 = Parameter(_("target_hash ID of the flow."))
    instructions = _(
        "A flow has to be created for each offer. Get the value of target_hash with the API button in the flow's settings."
    )
    statuses = {
        "new": Status.WAIT,
        "approved": Status.APPROVE,
        "cancelled": Status.CANCEL,
        "trashed": Status.TRASH,
        "lead_add": Status.WAIT,
        "lead_approve": Status.APPROVE,
        "lead_cancel": Status.CANCEL,
    }

    def push(self, lead):
        # A longer data field would cost the lead: the server's own rule refuses it.
        subs = {f"data{number}": getattr(lead, f"sub{number}")[:LONGEST_DATA] for number in range(1, 5)}
        person = {"email": lead.email, "user_agent": lead.user_agent, "referer": lead.referer, "ip": lead.ip}
        place = {"address": lead.address, "city": lead.city, "state": lead.region, "zipcode": lead.zip}
        order = {"price": lead.price, "quantity": lead.quantity, "comment": lead.comment, "tz_name": lead.timezone}
        speech = {"language": lead.language, "call_language": lead.language}
        answer = yield Request.form(
            self.url("/v3/lead.create"),
            {
                "api_key": self.api,
                "target_hash": self.aff1,
                "country_code": lead.country,
                "name": lead.name,
                "phone": lead.phone,
                "clickid": lead.oid,
                **filled(subs | person | place | order | speech),
            },
        )
        said = answer.json
        eid, word = said.text("response.lead_hash") or said.text("lead_hash"), said.text("status")
        if answer.ok and (word == "success" or (eid and not word)):
            return Accepted(eid)
        faults = said.entries("errors")
        if answer.status != 422 or not faults:
            return self.unexpected(answer)
        if "double" in _lines(said.at("errors.phone")):
            return Duplicate(said.text("errors.lead_hash.0"))
        reason = "; ".join(f"{field}: {', '.join(_lines(node))}" for field, node in faults.items())
        ours = {"api_key", "target_hash", "flow_hash"} & set(faults)
        return Misconfigured(reason) if ours else Refused(reason)

    def poll(self, leads):
        asked = Asked(leads)
        if not asked.eids:
            return None
        answer = yield Request.get(
            self.url("/v1/lead.info"), {"api_key": self.api, "hashes": ",".join(asked.eids)}, commits=False
        )
        rows = answer.json.items("response")
        if not answer.ok or rows is None:
            return self.unexpected(answer)
        for row in rows:
            if lead := asked.find(eid=row.text("hash")):
                yield self.report(lead, row.text("status"))
        return None


def _lines(node) -> list[str]:
    """The texts of one field's faults: a list, or a text alone."""
    return [line.text() for line in node.items() or [node]]
