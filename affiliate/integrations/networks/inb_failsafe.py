"""INB, https://inb.bio. Failsafe Order API: a multipart form, a bearer token in a header of its own; statuses by postback.

Sources: a PHP handler of a landing page; `source_id` comes back in the postback's macro `{source_id}`. Of the answer only
`status` is known. The token is a number, a pipe and 40 characters, and all of it belongs to the token.
"""

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter, Tail
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Refused
from affiliate.vocabulary import Evidence, Status


class InbFailsafe(Integration):
    slug, title, site = "inb_failsafe", "INB (Failsafe Order API)", "https://inb.bio"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://api.inb.bio"

    api = Credential(texts.BEARER_TOKEN)
    inb = Parameter(texts.OFFER_ID)
    tails = [Tail(texts.GLOBAL, "&oid={source_id}&status={event_name}&stw=Processing")]
    tails_intro = texts.ADD_EVENT_POSTBACK
    statuses = {"Processing": Status.WAIT}

    def push(self, lead):
        answer = yield Request.multipart(
            self.url("/r/v1/order/store"),
            {
                "oid": self.inb,
                "name": lead.name[:254],
                "phone": f"+{lead.phone_digits}",
                "geo": lead.country,
                "source_id": lead.oid,
                # PHP's false in a multipart body is an empty text.
                "scheduled": "",
                **filled({"sub1": lead.sub1, "lang": lead.language}),
                "test": "0",
            },
            headers={"X-INB-Par-Key": f"Bearer {self.api}", "Cache-Control": "no-cache"},
        )
        verdict = answer.json.text("status")
        if answer.ok and verdict == "success":
            return Accepted()
        if verdict and (answer.ok or answer.status in (400, 409, 422)):
            return Refused(answer.excerpt)
        return self.unexpected(answer)
