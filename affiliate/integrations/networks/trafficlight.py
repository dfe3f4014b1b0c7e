"""Traffic Light (T-Light, CPA.tl), https://cpa.tl. A form; statuses by a poll of the feed over dates.

A success has no status: it is JSON with an id and without `errmsg`; an `error` beside the id means that the network has the
lead and its advertiser not yet. The feed tells how many rows there are in all but not how to page: a span that does not
come whole is asked again in halves.
Sources: https://cpa.tl/help/api/, the network's PHP sample; shadyplus/test-29-12-2023, artemchik6868-ctrl/recenze-ceny.cz;
a client of the twin platform (push and feed).
"""

from datetime import timedelta

from affiliate.integrations import texts
from affiliate.integrations.base import Asked, Integration, windows
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Postponed, Refused
from affiliate.vocabulary import Evidence, Status

LONGEST = 100


class TrafficLight(Integration):
    slug, title, site = "trafficlight", "Traffic Light (T-Ligth, CPA.tl)", "https://cpa.tl"
    evidence = Evidence.DOCUMENTED
    base_url = "https://api.cpa.tl"
    poll_batch = 100
    polls_by_oid = True

    api = Credential(texts.TOKEN)
    cpatl = Parameter(texts.OFFER_ID)
    cpatls = Parameter(texts.FLOW_ID)
    instructions = texts.FLOW_WITH_ID
    statuses = {
        "new": Status.WAIT,
        "holded": Status.HOLD,
        "held": Status.HOLD,
        "confirmed": Status.APPROVE,
        "confirmed_compensation": Status.APPROVE,
        "canceled": Status.CANCEL,
        "cancelled": Status.CANCEL,
        "trash": Status.TRASH,
        "10": Status.APPROVE,  # this and the next: the feed's codes
        "15": Status.APPROVE,
    }

    def push(self, lead):
        subs = {f"sub{number}": getattr(lead, f"sub{number}")[:LONGEST] for number in range(1, 6)}
        person = {"comments": lead.comment, "address": lead.address, "email": lead.email}
        answer = yield Request.form(
            self.url("/api/lead/send"),
            {
                "key": self.api,
                "id": lead.oid,
                "offer_id": self.cpatl,
                "stream_hid": self.cpatls,
                "name": lead.name,
                "phone": lead.phone,
                "country": lead.country,
                "ip_address": lead.ip,
                **filled({"user_agent": lead.user_agent} | person | subs),
                **{name: mark[:LONGEST] for name, mark in lead.utm.items()},
            },
        )
        # Errors come with any HTTP code; these four say by themselves what is wrong.
        if answer.json.at("errmsg").value and answer.status not in (401, 403, 429, 503):
            return Refused(answer.json.text("errmsg") or answer.excerpt)
        if answer.ok and answer.json.text("id") and not answer.json.at("errmsg").value:
            return Accepted(answer.json.text("id"))
        return self.unexpected(answer)

    def poll(self, leads):
        asked, missing, cut = Asked(leads), {lead.oid for lead in leads}, None
        spans = [(start.date(), end.date()) for start, end in windows(leads, longest=timedelta(days=90))]
        while spans and missing:
            start, end = spans.pop(0)
            answer = yield self.feed(start, end)
            rows = answer.json.items("leads")
            if not answer.ok or rows is None:
                return self.unexpected(answer)
            for row in rows:
                if lead := asked.find(oid=row.text("id2")) or asked.find(eid=row.text("id")):
                    missing.discard(lead.oid)
                    yield self.report_of(lead, row)
            if not missing or (answer.json.integer("total") or 0) <= len(rows):
                continue
            if start == end:
                cut = Postponed(f"the feed of {start} is longer than one answer")
                continue
            middle = start + (end - start) // 2
            spans += [(start, middle), (middle + timedelta(days=1), end)]
        return cut

    def check(self, nobody):
        answer = yield self.feed(day := nobody.since.date(), day)
        return None if answer.ok and answer.json.items("leads") is not None else self.unexpected(answer)

    def feed(self, start, end):
        fields = {"key": self.api, "date[]": [start, end], "date_to_with": "true"}
        return Request.get(self.url("/api/lead/feed"), fields, commits=False)

    def report_of(self, lead, row):
        word = row.text("status")
        # What follows a brace in the comment is a dump of the advertiser's answer.
        comment = row.text("comment").partition("{")[0].strip()
        status = self.status_of(word) or self.status_of(row.text("status_code"))
        return self.report(lead, word, eid=row.text("id"), status=status, comment=comment)
