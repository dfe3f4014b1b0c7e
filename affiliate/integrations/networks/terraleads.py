"""TerraLeads, https://terraleads.com. API of generation 2: JSON signed in the query; statuses by a poll, one lead a request.

The signature is SHA-1 of the very bytes of the body and the key. The network's white list takes IPv4 only.
Sources: the network's PHP connector as used by Quiesss/forwarding_bot; artemchik6868-ctrl/recenze-ceny.cz;
ernestbrennan/affninja-backend (status words); Keitaro's template. `expect` as hold is a reading of an advertiser's client.
The optional `tz` (an offset in hours) is left out: a lead knows its zone by name only.
"""

import hashlib

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled, number_or_text
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Misconfigured, Refused
from affiliate.vocabulary import Evidence, Status


class TerraLeads(Integration):
    slug, title, site = "terraleads", "TerraLeads", "https://terraleads.com"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://t-api.org"

    user = Credential(texts.USER_ID)
    api = Credential(texts.TOKEN)
    terra = Parameter(texts.OFFER_ID)
    statuses = {
        "accept": Status.WAIT,
        "expect": Status.HOLD,
        "confirm": Status.APPROVE,
        "reject": Status.CANCEL,
        "fail": Status.CANCEL,
        "trash": Status.TRASH,
        "error": Status.TRASH,
    }
    poll_batch = 1

    def push(self, lead):
        subs = {f"sub_id_{number}": getattr(lead, f"sub{number}") for number in range(1, 5)}
        place = {"address": lead.address, "region": lead.region, "city": lead.city, "zip": lead.zip}
        person = {"email": lead.email, "user_comment": lead.comment}
        visit = {"ip": lead.ip, "user_agent": lead.user_agent, "referer": lead.referer}
        answer = yield self.signed(
            "/api/lead/create",
            {
                "offer_id": number_or_text(self.terra),
                "name": lead.name.strip(),
                "phone": lead.phone,
                "country": lead.country,
                "sub_id": lead.oid,
                "count": lead.quantity,
                **filled(subs | place | person | visit),
                **lead.utm,
            },
        )
        if answer.status == 403:
            return self.unexpected(answer)
        if answer.json.text("status") == "ok" and answer.json.text("data.id"):
            return self.accepted(answer.json.text("data.id"), answer.json.text("data.status"))
        if answer.json.text("status") == "error":
            return Refused(answer.json.text("error") or answer.excerpt)
        return self.unexpected(answer)

    def poll(self, leads):
        for lead in leads:
            if not lead.eid:
                continue
            answer = yield self.signed("/api/lead/status", {"id": number_or_text(lead.eid)}, commits=False)
            said = answer.json.at("data")
            # `error` stands for a lead that is not found and for a bad signature alike.
            if answer.json.text("status") != "ok" or not said.text("status"):
                return self.unexpected(answer)
            yield self.report(lead, said.text("status"), comment=said.text("comment"))
        return None

    def check(self, nobody):
        # What a list of offers looks like was not seen: `ok` says that the signature is right.
        answer = yield self.signed("/api/offer/list", [], commits=False)
        if answer.ok and answer.json.text("status") == "ok":
            return None
        if answer.ok and answer.json.text("status") == "error":
            return Misconfigured(answer.json.text("error") or answer.excerpt)
        return self.unexpected(answer)

    def signed(self, path, data, *, commits=True):
        request = Request.json(self.url(path), {"user_id": number_or_text(self.user), "data": data}, commits=commits)
        return request.with_query(check_sum=hashlib.sha1(request.body + self.api.encode()).hexdigest())
