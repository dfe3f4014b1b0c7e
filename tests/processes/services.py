"""PostgreSQL and Redis servers of a test's own, to be broken at will: the machine's shared ones serve other tests."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg
import redis

from tests.needs import need
from tests.processes.hub import free_port, wait_for


class Server:
    """A server process over a folder of its own, with `url` for its clients. It comes back on the same port."""

    user: str | None = None

    def __init__(self, folder: Path):
        self.folder, self.port = folder, free_port()
        self.start()

    def command(self) -> list[str | Path]:
        raise NotImplementedError

    def ping(self) -> None:
        """Raises one of `refusals` while the server takes no clients."""
        raise NotImplementedError

    refusals: tuple[type[Exception], ...] = ()

    def start(self) -> None:
        with open(self.folder / "server.log", "a") as log:
            self.process = subprocess.Popen(
                [str(part) for part in self.command()],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self.rights,
            )
        try:
            wait_for(self.answers, f"a start of {type(self).__name__}")
        except AssertionError:
            self.crash()
            raise

    def answers(self) -> bool:
        try:
            self.ping()
        except self.refusals:
            return False
        return True

    def crash(self) -> None:
        """Stop as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=60)

    def restart(self, *, away: float) -> None:
        """Crash, and come back after `away` seconds."""
        self.crash()
        time.sleep(away)
        self.start()

    @property
    def rights(self) -> dict:
        return {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}


class Redis(Server):
    refusals = (redis.RedisError,)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self):
        return [find("redis-server"), "--port", self.port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]

    def ping(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.ping()

    def flush(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()


class Postgres(Server):
    """Trusts every local client as `hub`. It refuses to run as root: there its processes belong to `postgres`."""

    refusals = (psycopg.OperationalError,)

    def __init__(self, folder: Path):
        if os.geteuid() == 0:
            self.user = "postgres"
            shutil.chown(folder, "postgres", "postgres")
        self.data = folder / "data"
        options = ["--username=hub", "--auth=trust", "--encoding=UTF8", "--no-sync", "--no-instructions"]
        subprocess.run(
            [find("initdb"), f"--pgdata={self.data}", *options],
            cwd=folder,
            check=True,
            capture_output=True,
            **self.rights,
        )
        super().__init__(folder)

    @property
    def url(self) -> str:
        return f"postgres://hub@127.0.0.1:{self.port}/postgres"

    def command(self):
        # The machine does not crash in a test, only the server: it need not wait for the disk.
        options = {"port": self.port, "unix_socket_directories": self.folder, "fsync": "off"}
        return [
            find("postgres"),
            "-D",
            self.data,
            *[part for pair in options.items() for part in ("-c", "=".join(map(str, pair)))],
        ]

    def ping(self) -> None:
        psycopg.connect(self.url, connect_timeout=5).close()

    def crash(self) -> None:
        """An immediate stop: clients are cut off, nothing is written, the next start recovers from the log."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(timeout=60)


def find(program: str) -> Path:
    """The newest of a program's installed versions; without any the test is skipped."""
    packaged = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: float(path.parts[-3]))
    found = packaged[-1] if packaged else shutil.which(program)
    need(found, program)
    return Path(found)


@contextmanager
def running(kind: type[Server]):
    """Yields a started server; its folder is where any user may reach it, unlike a test's own."""
    folder = Path(tempfile.mkdtemp(prefix="hub-server-"))
    try:
        server = kind(folder)
        try:
            yield server
        finally:
            server.crash()
    finally:
        shutil.rmtree(folder)
