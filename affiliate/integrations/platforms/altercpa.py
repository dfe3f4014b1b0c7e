"""AlterCPA, the panel that many networks run on: a webmaster's form and an agency's form with a list of statuses.

HTTP is 200 in every case, the body decides. Panels serve the API under /api, cpa.moe serves it without. Sources: the
vendor's pages on agencies and postbacks, its generated landing pages, clients of about ten networks, the source of version
1.1 (Epem/altercpa) and a bridge that reads ext/list. In a list's row `id` is our id and `uid` theirs in that bridge, the
other way round elsewhere, and cpa.moe's list is an object keyed by id: a row is found by whichever of them is ours.
"""

from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from affiliate.integrations import texts
from affiliate.integrations.base import Asked, Integration
from affiliate.integrations.fields import Credential, Parameter, Tail
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Duplicate, Misconfigured, Postponed, Refused
from affiliate.vocabulary import Evidence, Status

MOE = "api.cpa.moe"
OURS = {"key", "access", "noflow", "badflow", "nooffer", "offer", "no-api", "security", "app", "func"}


class _Panel(Integration):
    """What both forms share. A panel's address may be typed with /api or without."""

    site = "https://www.altercpa.pro"
    evidence = Evidence.DOCUMENTED
    needs_base_url = True

    user = Credential(texts.USER_ID)
    api = Credential(texts.TOKEN)
    altercpa = Parameter(texts.OFFER_ID)
    statuses = {str(status): status for status in Status}

    def function(self, name: str) -> str:
        typed = urlsplit(self.base_url)
        return self.url(name if typed.hostname == MOE or typed.path.endswith("/api") else f"api/{name}")

    @property
    def account(self) -> dict[str, str]:
        return {"id": f"{self.user}-{self.api}"}

    def order(self, lead) -> dict:
        """The fields that both forms take, under their short names."""
        place = {"index": lead.zip, "area": lead.region, "city": lead.city, "addr": lead.address}
        marks = {
            "us": lead.utm_source,
            "uc": lead.utm_campaign,
            "un": lead.utm_content,
            "ut": lead.utm_term,
            "um": lead.utm_medium,
        }
        person = {"name": lead.name, "email": lead.email, "country": lead.country, "ua": lead.user_agent}
        goods = {"count": lead.quantity, "base": lead.price, "currency": lead.currency, "comm": lead.comment}
        return {
            "offer": self.altercpa,
            "phone": lead.phone_digits,
            "ip": lead.ip,
            **filled(person | place | goods | marks),
        }

    def verdict(self, answer):
        said = answer.json
        if answer.ok and said.text("status") == "ok" and said.text("id"):
            return Accepted(said.text("id"))
        code = said.text("error")
        if said.text("status") != "error" or not code:
            return self.unexpected(answer)
        reason = ": ".join(filter(None, (code, said.text("bad"), said.text("info"))))
        if code == "duplicate":
            return Duplicate(reason=reason)
        if code == "db":
            return Postponed(reason)
        return Misconfigured(reason) if code in OURS else Refused(reason)


class Webmaster(_Panel):
    slug, title = "altercpa_wm", "AlterCPA (webmaster)"

    altercpaflow = Parameter(texts.FLOW_ID)
    instructions = texts.FLOW_WITH_ID
    tails = [Tail(texts.GLOBAL, "&oid={subid}&status={stage}&pay={cash}&cc={currency}")]

    def push(self, lead):
        answer = yield Request.form(
            self.function("wm/push.json"),
            {
                "flow": self.altercpaflow,
                **self.order(lead),
                **filled({"domain": lead.landing_host}),
                "subid": lead.oid,
                **filled({name: getattr(lead, name) for name in ("sub1", "sub2", "sub3", "sub4", "sub5")}),
            },
            query=self.account,
        )
        return self.verdict(answer)

    def check(self, nobody):
        """The webmaster's own list of leads, of one day."""
        answer = yield Request.get(
            self.function("wm/lead.json"), self.account | {"day": nobody.since.date()}, commits=False
        )
        if answer.ok and answer.json.items() is not None:
            return None
        return self.verdict(answer)


class Agency(_Panel):
    slug, title = "altercpa_ext", "AlterCPA (agency)"
    poll_batch = 100
    polls_by_oid = True
    nobody = "0"

    instructions = _("Ask the network's manager for an agency account (a traffic source) and its API key.")

    def push(self, lead):
        answer = yield Request.form(
            self.function("ext/add.json"),
            {"id": lead.oid, **self.order(lead), **filled({"wm": lead.sub1})},
            query=self.account,
        )
        return self.verdict(answer)

    def poll(self, leads):
        asked = Asked(leads)
        answer = yield Request.form(
            self.function("ext/list.json"),
            {"ids": ",".join(lead.oid for lead in leads)},
            query=self.account,
            commits=False,
        )
        if answer.json.text("status") == "error":
            outcome = self.verdict(answer)
            return outcome if isinstance(outcome, Misconfigured) else self.unexpected(answer)
        rows = self.rows(answer)
        if not answer.ok or rows is None:
            return self.unexpected(answer)
        for ids, row in rows:
            if lead := next(filter(None, (asked.find(oid=one, eid=one) for one in ids)), None):
                yield self.report(lead, row.text("stage") or row.text("status"))
        return None

    def rows(self, answer):
        """Pairs (the ids a row is known by, row); None where there is no list."""
        keyed = answer.json.entries()
        listed = answer.json.items()
        if keyed and all(row.entries() is not None for row in keyed.values()):
            pairs = keyed.items()
        elif listed is not None:
            pairs = [("", row) for row in listed]
        else:
            return None
        return [((key, row.text("id"), row.text("uid")), row) for key, row in pairs]
