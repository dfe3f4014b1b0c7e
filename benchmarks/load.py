"""A client that keeps connections busy with ready requests, over plain sockets: it takes little from what it measures."""

import asyncio
import itertools
import time
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Measured:
    """`rate` answers a second; `slow` the 99th percentile in seconds; `bad` answers without HTTP 2xx or the wanted words."""

    rate: float
    slow: float
    bad: int
    first_bad: bytes = b""


def run(url: str, queries: Iterable[str], *, connections: int, seconds: float, wanted: bytes) -> Measured:
    """GET `url` with one query after another, each connection waiting for its answer before it goes on."""
    parts = urlsplit(url)
    asked = (f"GET {parts.path}?{query} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode() for query in queries)
    return asyncio.run(_run(parts, itertools.cycle(asked), connections, seconds, wanted))


def post(
    url: str, bodies: Iterable[bytes], *, headers: dict, connections: int, seconds: float, wanted: bytes
) -> Measured:
    """POST one body after another, none twice."""
    parts = urlsplit(url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    head = "".join(f"{name}: {value}\r\n" for name, value in {"Host": parts.netloc, **headers}.items())
    start = f"POST {path} HTTP/1.1\r\n{head}"
    asked = (f"{start}Content-Length: {len(body)}\r\n\r\n".encode() + body for body in bodies)
    return asyncio.run(_run(parts, asked, connections, seconds, wanted))


async def _run(parts, asked, connections, seconds, wanted) -> Measured:
    times, bad = [], []
    until = time.perf_counter() + seconds

    async def talk():
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        while (started := time.perf_counter()) < until:
            writer.write(next(asked))
            head = await reader.readuntil(b"\r\n\r\n")
            body = await _body(head.lower(), reader)
            times.append(time.perf_counter() - started)
            if not head.startswith(b"HTTP/1.1 20") or wanted not in body:
                bad.append(body)
            if b"\r\nConnection: close" in head:
                writer.close()
                reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.close()

    await asyncio.gather(*(talk() for _number in range(connections)))
    times.sort()
    return Measured(len(times) / seconds, times[int(len(times) * 0.99)], len(bad), bad[0] if bad else b"")


async def _body(head: bytes, reader: asyncio.StreamReader) -> bytes:
    if b"transfer-encoding: chunked" in head:
        body = b""
        while size := int(await reader.readuntil(b"\r\n"), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
        return body
    return await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r")[0]))
