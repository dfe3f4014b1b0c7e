"""What the lead APIs say in headers: the limit, and which sites' pages may read an answer."""

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from affiliate.delivery.remembered import Remembered
from affiliate.intake.access import origin
from affiliate.models import Source
from affiliate.models.source import split_sites

_PLACES = ("/api/leads", "/api/offers", "/api/wm/", "/api/ext/", "/api/comp/", "/wm/", "/ext/", "/comp/")
_ALLOWED = {
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
    "Access-Control-Max-Age": "600",
}
_EXPOSED = "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After"
_remembered = Remembered()


class IntakeHeaders:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(_PLACES):
            return self.get_response(request)
        asks = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        answer = HttpResponse(status=204) if asks else self.get_response(request)
        if rate := getattr(request, "rate", None):
            answer["RateLimit-Limit"], answer["RateLimit-Remaining"] = rate.most, rate.left
            answer["RateLimit-Reset"] = rate.reset
        if site := origin(request):
            patch_vary_headers(answer, ["Origin"])
            if site in _remembered.get("sites", _sites):
                answer["Access-Control-Allow-Origin"] = site
                answer["Access-Control-Expose-Headers"] = _EXPOSED
                for name, value in _ALLOWED.items() if asks else ():
                    answer[name] = value
        return answer


def _sites() -> frozenset[str]:
    """Of every source: a browser's question before the call carries no key, and the call's own is checked then."""
    listed = Source.objects.filter(enabled=True).exclude(sites="").values_list("sites", flat=True)
    return frozenset(site for text in listed for site in split_sites(text))
