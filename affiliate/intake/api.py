"""The JSON API: leads in, their state out."""

from http import HTTPStatus

from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from ninja import NinjaAPI, Query, Status
from ninja.security.base import AuthBase

from affiliate.delivery.routing import Router
from affiliate.intake import access, bodies, failures, feed, not_taken, schema
from affiliate.intake.errors import FieldError, Invalid
from affiliate.intake.leads import take
from affiliate.intake.shapes import BatchAnswer, LeadAnswer, LeadPage, LeadQuestion, OfferAnswer, Verdict
from affiliate.models import Flow, Offer, Source, SourceKey


class BearerKey(AuthBase):
    """`Authorization: Bearer <source id>-<key>`, for calls that need one right."""

    openapi_type = "http"
    openapi_scheme = "bearer"
    openapi_description = _("The key of a source: <source id>-<key>.")

    def __init__(self, right: str):
        super().__init__()
        self.right = right

    def __call__(self, request: HttpRequest) -> SourceKey:
        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        said = key.strip() if scheme.lower() == "bearer" else ""
        try:
            return access.admit(request, said, self.right)
        except access.Denied as denied:
            if self.right == access.SEND:
                not_taken.denied(request, said, denied.code)
            raise


class HubAPI(NinjaAPI):
    def get_openapi_schema(self, **kwargs):
        return schema.translated(super().get_openapi_schema(**kwargs))


api = HubAPI(
    title="Affiliate hub",
    version="1",
    description=_(
        "Send leads, ask what became of them. Errors are problem documents (RFC 9457) whose errors name the field and "
        "the remedy. A lead that is sent again with its Idempotency-Key, or with the same content within ten minutes, "
        "is the same lead."
    ),
    urls_namespace="lead_api",
)
failures.install(api)
_may_send, _may_read = BearerKey(access.SEND), BearerKey(access.READ)


@api.post(
    "/leads",
    auth=_may_send,
    response={201: LeadAnswer, 200: LeadAnswer},
    summary=_("Send a lead"),
    description=_("201: stored and on its way; 200: the lead had come before, here it is."),
    openapi_extra=schema.operation(400, 409, 413, 415, 422, body=schema.LEAD, parameters=(schema.KEY_PARAMETER,)),
)
def send_lead(request: HttpRequest):
    key = request.headers.get("Idempotency-Key")
    taken = take(
        source=request.auth.source, data=_object(request), key=key, caller=access.browser(request, request.auth)
    )
    return Status(_status(taken), LeadAnswer.of(taken.lead))


@api.post(
    "/leads/batch",
    auth=_may_send,
    response=BatchAnswer,
    summary=_("Send many leads"),
    description=_(
        "Each lead gets its own verdict, and may carry its own idempotency_key. A wrong lead does not hold the others."
    ),
    openapi_extra=schema.operation(400, 413, 415, 422, body=schema.BATCH),
)
def send_leads(request: HttpRequest):
    leads = _object(request).get("leads")
    if not isinstance(leads, list) or not 1 <= len(leads) <= schema.BATCH_LIMIT:
        message = gettext("leads is no list of 1 to %(limit)s leads.") % {"limit": schema.BATCH_LIMIT}
        raise Invalid(FieldError("leads", "out_of_range", message, gettext("Send a list; split a longer one.")))
    router = Router()
    verdicts, refusals = [], []
    for index, data in enumerate(leads):
        verdicts.append(_verdict(request.auth.source, index, data, router, refusals))
    not_taken.note(request.auth.source_id, refusals)
    codes = [verdict.status for verdict in verdicts]
    taken, repeated = codes.count(HTTPStatus.CREATED), codes.count(HTTPStatus.OK)
    refused = len(codes) - taken - repeated
    return BatchAnswer(taken=taken, repeated=repeated, refused=refused, verdicts=verdicts)


@api.get(
    "/leads",
    auth=_may_read,
    response=LeadPage,
    summary=_("What became of leads"),
    description=_(
        "By ids, at most 100; or those whose status, delivery or money changed since a moment or since the page before, "
        "the oldest change first. A lead that changes again comes again. Changes are kept for 30 days."
    ),
    openapi_extra=schema.operation(422),
)
def list_leads(request: HttpRequest, question: Query[LeadQuestion]):
    # What is written wrong is told, whatever else is asked.
    since = None if question.changed_since is None else feed.read_moment(question.changed_since)
    after = feed.read_cursor(question.cursor) if question.cursor else None
    if question.ids:
        return LeadPage(leads=[LeadAnswer.of(lead) for lead in feed.by_ids(request.auth.source, question.ids)])
    page = feed.changed(request.auth.source, since=since, after=after, limit=question.limit)
    leads = [LeadAnswer.of(lead) for lead in page.leads]
    return LeadPage(leads=leads, next=page.cursor or None, more=page.more)


@api.get(
    "/leads/{oid}",
    auth=_may_read,
    response=LeadAnswer,
    summary=_("What became of a lead"),
    openapi_extra=schema.operation(404),
)
def show_lead(request: HttpRequest, oid: str):
    lead = feed.one(request.auth.source, oid)
    if lead is None:
        raise failures.no_lead()
    return LeadAnswer.of(lead)


@api.get(
    "/offers",
    auth=BearerKey(access.LIST_OFFERS),
    response=list[OfferAnswer],
    summary=_("Offers that take leads"),
    openapi_extra=schema.operation(),
)
def list_offers(request: HttpRequest):
    flows = Flow.objects.filter(enabled=True, network__enabled=True)
    offers = Offer.objects.filter(enabled=True).order_by("pk").prefetch_related(Prefetch("flows", queryset=flows))
    return [OfferAnswer(id=offer.pk, title=offer.title, countries=_countries(offer)) for offer in offers]


def _object(request: HttpRequest) -> dict:
    charset = (request.encoding or "utf-8").lower().replace("-", "")
    if request.content_type != "application/json" or charset != "utf8":
        raise failures.not_json()
    body = bodies.read_json(request)
    if not isinstance(body, dict):
        raise bodies.Unreadable("malformed", gettext("it is no object"))
    return body


def _status(taken) -> HTTPStatus:
    return HTTPStatus.CREATED if taken.created else HTTPStatus.OK


def _verdict(source: Source, index: int, data, router: Router, refusals: list[FieldError]) -> Verdict:
    """What became of one lead; why it was not taken joins `refusals`."""
    try:
        if not isinstance(data, dict):
            message, remedy = gettext("The lead is no object."), gettext("Send each lead as a JSON object.")
            raise Invalid(FieldError(f"leads.{index}", "wrong_type", message, remedy))
        fields = {name: value for name, value in data.items() if name != "idempotency_key"}
        key = data.get("idempotency_key")
        taken = take(source=source, data=fields, key=key, key_field="idempotency_key", router=router)
    except Invalid as error:
        refusals.append(error.errors[0])
        problem = failures.of_invalid(error)
        return Verdict(index=index, status=problem.status, problem=problem.as_dict())
    return Verdict(index=index, status=_status(taken), lead=LeadAnswer.of(taken.lead))


def _countries(offer: Offer) -> list[str]:
    """Those its flows take; none named where a flow takes every country, or there is no flow yet."""
    taken = [flow.country_codes for flow in offer.flows.all()]
    return sorted(set().union(*taken)) if all(taken) else []
