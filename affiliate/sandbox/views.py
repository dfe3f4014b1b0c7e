import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from affiliate.delivery.preview import ANSWER_HEADER, mirrored
from affiliate.sandbox import orders as network
from affiliate.sandbox.behaviours import BEHAVIOURS, DECIDES_AFTER, DEFAULT
from affiliate.sandbox.orders import Reply


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    context = {
        "default": DEFAULT,
        "behaviours": BEHAVIOURS,
        "seconds": DECIDES_AFTER.seconds,
        "api": request.build_absolute_uri("api/orders"),
    }
    return render(request, "sandbox.html", context)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def orders(request: HttpRequest) -> HttpResponse:
    """`POST {"offer", "name", "phone", "sub1"…}` takes an order; `GET ?ids=…&sub1=…` tells what became of orders."""
    account = network.account_of(request.headers.get("Authorization", ""))
    if account is None:
        return _http(Reply(401, {"error": "token", "message": "send your token: Authorization: Bearer …"}))
    if request.method == "GET":
        asked = {name: request.GET.get(name, "").split(",") for name in ("ids", "sub1")}
        return _http(network.find(account, numbers=asked["ids"], subs=asked["sub1"]))
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        return _http(Reply(400, {"error": "json", "message": "send a JSON object"}))
    return _http(network.take(account, data))


@csrf_exempt
def mirror(request: HttpRequest) -> HttpResponse:
    """Plays any network for a trial: whatever comes is answered as its X-Sandbox-Answer header says. Keeps nothing."""
    try:
        status, body = mirrored(request.headers.get(ANSWER_HEADER, ""))
    except ValueError:
        return _http(Reply(400, {"error": "answer", "message": f"send {ANSWER_HEADER}: the answer you want back"}))
    kind = "application/json" if body.lstrip().startswith(("{", "[")) else "text/plain"
    return HttpResponse(body, status=status, content_type=f"{kind}; charset=utf-8")


def _http(reply: Reply) -> HttpResponse:
    if isinstance(reply.body, dict):
        return JsonResponse(reply.body, status=reply.status, headers=dict(reply.headers))
    return HttpResponse(reply.body, status=reply.status, headers=dict(reply.headers))
