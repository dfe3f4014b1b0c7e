"""MonsterLeads, https://monsterleads.pro. API v0.9: account and flow in the query, the lead in a form; statuses by a poll of ids.

Sources: the network's PDF for webmasters (first page: error codes, one request a second); ernestbrennan/affninja-backend
(push, poll, cancel reasons); landing pages (igorshmidt65/arttr4); Keitaro's template.
"""

from datetime import timedelta

from affiliate.integrations import texts
from affiliate.integrations.base import Asked, Dedupes, Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Duplicate, Misconfigured, Postponed, Refused
from affiliate.vocabulary import Evidence, Status

ERRORS = {
    "145": (Misconfigured, "the offer has no such goal"),
    "401": (Misconfigured, "not authorised"),
    "402": (Misconfigured, "unknown method"),
    "403": (Refused, "a required parameter is missing"),
    "405": (Refused, "a lead with this key exists"),
    "406": (Misconfigured, "no access"),
    "409": (Misconfigured, "the flow does not exist"),
    "439": (Postponed, "more than one request a second"),
}
# Did not order, wrong data, duplicate, wrong or unsupported country, unreachable, test, cannot speak clearly.
TRASH_REASONS = {"1", "4", "5", "6", "10", "14", "18", "19"}


class MonsterLeads(Integration):
    slug, title, site = "monsterleads", "MonsterLeads", "https://monsterleads.pro"
    evidence = Evidence.DOCUMENTED
    base_url = "https://api.monsterleads.pro"

    api = Credential(texts.TOKEN)
    monster = Parameter(texts.FLOW_ID)
    instructions = texts.FLOW_WITH_ID
    statuses = {"approved": Status.APPROVE, "aborted": Status.CANCEL}
    requests_per_second = 1.0
    dedupes = Dedupes("phone", within=timedelta(hours=4))
    poll_batch = 50
    nobody = "0"

    def push(self, lead):
        answer = yield Request.form(
            self.url("/method/order.add"),
            {
                "tel": lead.phone,
                "client": lead.name,
                "ip": lead.ip,
                **filled({"geo": lead.country.lower()}),
                "traffic_type": 0,
                **filled({"mail": lead.email, "comments": lead.comment, "adress": lead.address}),
                "subid": ":".join([lead.oid, lead.sub2, lead.sub3, lead.sub4, lead.sub5]).rstrip(":"),
            },
            query={"api_key": self.api, "format": "json", "code": self.monster},
        )
        if answer.json.text("status") == "ok" and answer.json.text("lead_hash"):
            return Accepted(answer.json.text("lead_hash"))
        if answer.json.text("error_code") == "438":
            return Duplicate(reason="this phone was sent within the last 4 hours", status=Status.TRASH)
        return self.error(answer)

    def error(self, answer):
        code = answer.json.text("error_code")
        if code not in ERRORS:
            return self.unexpected(answer)
        outcome, meaning = ERRORS[code]
        return outcome(f"code {code}: {meaning}")

    def poll(self, leads):
        asked = Asked(leads)
        if not asked.eids:
            return None
        answer = yield Request.get(
            self.url("/method/lead.list"),
            {"api_key": self.api, "format": "json", "search_by": "hash", "lead_list": ",".join(asked.eids)},
            commits=False,
        )
        rows = answer.json.items()
        if not answer.ok or rows is None:
            outcome = self.error(answer)
            return self.unexpected(answer) if isinstance(outcome, Refused) else outcome
        for row in rows:
            if lead := asked.find(eid=row.text("hash")):
                word, reason = row.text("status_name"), row.text("cancel_reason")
                status = self.status_of(word)
                if status == Status.CANCEL and reason in TRASH_REASONS:
                    status = Status.TRASH
                elif status is None and word:
                    status = Status.WAIT  # every other word means that the lead is in work
                yield self.report(lead, word, status=status, comment=reason)
        return None
