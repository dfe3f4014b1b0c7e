"""LuckyOnline, https://lucky.online. Lead Sending API, method 2: a form, the key in the query; no confirmed status method.

Sources: https://faq.lucky.online/en/articles/5700922-lead-sending-api-method-2 (fields and both answers), the network's PHP
file for landing pages. Everything of an answer stands inside `response`; an error's text is `field: what is wrong`.
"""

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Misconfigured, Refused
from affiliate.vocabulary import Evidence, Status

# What the manager typed, not the lead, is wrong: as the field before the colon or as the code.
SETTINGS = ("api_key", "campaign_hash", "401", "403")


class LuckyOnline(Integration):
    slug, title, site = "luckyonline", "LuckyOnline", "https://lucky.online"
    evidence = Evidence.DOCUMENTED
    base_url = "https://lucky.online"

    api = Credential(texts.TOKEN)
    lucky = Parameter(texts.FLOW_HASH)
    instructions = texts.FLOW_WITH_HASH
    statuses = {
        "new": Status.WAIT,
        "confirmed": Status.APPROVE,
        "rejected": Status.CANCEL,
        "trash": Status.TRASH,
    }

    # The key must not go to this host before the network confirms it.
    described_poll = {
        "url": "https://luckyshop.ru/api-webmaster/lead-status-batch.html",
        "method": "POST",
        "encoding": "query",
        "fields": [{"name": "api_key", "value": "{api}"}, {"name": "click_id", "value": "{eids|join:,}"}],
        "errors": [{"when": {"http": 404}, "then": "postponed"}],
    }

    def push(self, lead):
        answer = yield Request.form(
            self.url("/api/v1/lead-create/webmaster"),
            {
                "campaign_hash": self.lucky,
                "name": lead.name,
                "phone": lead.phone,
                "ip": lead.ip,
                "user_agent": lead.user_agent,
                "country": lead.country,
                "subid": lead.oid,
                **filled({"subid1": lead.sub1, "subid2": lead.sub2, "subid3": lead.sub3}),
                **lead.utm,
            },
            query={"api_key": self.api},
        )
        verdict, click = answer.json.text("response.status"), answer.json.text("response.content.click_id")
        if answer.ok and verdict == "success" and click:
            return Accepted(click)
        if verdict == "error" and (answer.ok or answer.status in (400, 409, 422)):
            code = answer.json.text("response.code")
            reason = answer.json.text("response.message") or f"code {code}"
            field = reason.partition(":")[0].strip()
            return Misconfigured(reason) if code in SETTINGS or field in SETTINGS else Refused(reason)
        return self.unexpected(answer)
