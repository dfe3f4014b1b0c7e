import hashlib
import hmac
import re
import time

SECRET = "SECRET"


def is_genuine(header: str, body: bytes) -> bool:
    """`header` is Hub-Signature, `body` the request's bytes as they came."""
    moment = re.search(r"t=(\d+)", header)
    if not moment or abs(time.time() - int(moment[1])) > 300:
        return False
    wanted = hmac.new(SECRET.encode(), moment[1].encode() + b"." + body, hashlib.sha256).hexdigest()
    return any(hmac.compare_digest(wanted, one) for one in re.findall(r"v1=([0-9a-f]{64})", header))
