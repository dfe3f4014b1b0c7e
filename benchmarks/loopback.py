"""A network on loopback in a process of its own: accepts every lead after a delay, knows a status for every id."""

import asyncio
import json
import multiprocessing
import re
import socket
from contextlib import contextmanager

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@contextmanager
def network(delay: float):
    """Yields the address. `delay` in seconds, for each answer."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    process = multiprocessing.get_context("fork").Process(target=_run, args=(listener, delay), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        process.terminate()
        process.join()
        listener.close()


def _run(listener, delay):
    async def serve():
        server = await asyncio.start_server(lambda reader, writer: _talk(reader, writer, delay), sock=listener)
        await server.serve_forever()

    asyncio.run(serve())


async def _talk(reader, writer, delay):
    number = 0
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            if length:
                await reader.readexactly(int(length[1]))
            await asyncio.sleep(delay)
            number += 1
            body = json.dumps({"verdict": "ok", "id": f"{id(writer)}-{number}", "orders": []}).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
