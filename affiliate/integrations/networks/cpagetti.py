"""CPAgetti, https://cpagetti.com. Order API: a form with the key among the fields; statuses by a described poll or postback.

Sources: the network's own PHP sample, landers and modules that read `success`, `id` and `error`, a TypeScript client with
the error codes (github.com/artemchik6868-ctrl/recenze-ceny.cz), handlers of trackers for the postback's words. The list of
leads with their statuses was not found, nor the answer for a duplicate.
"""

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Misconfigured, Refused
from affiliate.vocabulary import Evidence, Status

# -2 and -3 set-up of the landing, -4 credentials, -5 offer not available; -1, -8 name, -9 phone and the rest are the lead's.
SETTINGS = (-2, -3, -4, -5)


class CPAgetti(Integration):
    slug, title, site = "cpagetti", "CPAgetti", "https://cpagetti.com"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://api.cpagetti.com"

    api = Credential(texts.TOKEN)
    cgt = Parameter(texts.OFFER_ID)
    statuses = {
        "new": Status.WAIT,
        "wait": Status.WAIT,
        "valid": Status.WAIT,
        "hold": Status.HOLD,
        "accept": Status.APPROVE,
        "confirmed": Status.APPROVE,
        "invalid": Status.TRASH,
        "trash": Status.TRASH,
        "declined": Status.CANCEL,
        "decline": Status.CANCEL,
    }

    def push(self, lead):
        answer = yield Request.form(
            self.url("/order/register"),
            {
                "api_key": self.api,
                "name": lead.name,
                "phone": lead.phone,
                "offer_id": self.cgt,
                "country": lead.country,
                # The API insists on a language; clients that do not know it repeat the country.
                "lang": lead.language or lead.country,
                "sub1": lead.oid,
                **filled({"ip": lead.ip, "sub2": lead.sub2, "sub3": lead.sub3, "sub4": lead.sub4, "sub5": lead.sub5}),
            },
        )
        said = answer.json
        success, eid = said.truthy("success"), said.text("id")
        if success and eid:
            return Accepted(eid)
        # A code is a negative number in `error`, or the whole body.
        code = said.integer("error") or said.integer() or 0
        told = said.has("success") or said.has("error") or code < 0
        if success or not told or answer.status not in (200, 400, 409, 422):
            return self.unexpected(answer)
        reason = said.text("message") or (f"code {code}" if code else said.text("error")) or answer.excerpt
        return Misconfigured(reason) if code in SETTINGS else Refused(reason)

    def check(self, nobody):
        """The account's balance: the account API takes the same key in the client that uses both."""
        answer = yield Request.get(self.url("/wm/balance"), {"token": self.api}, commits=False)
        return None if answer.ok and answer.json.has("response") else self.unexpected(answer)
