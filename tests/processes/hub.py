"""A hub of real processes for tests: web, workers and beat over a database of its own."""

import json
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
import requests

from tests import places

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent


class Hub:
    """Started processes die with `stop`. Without DATABASE_URL it lives on SQLite and files in `folder`."""

    def __init__(self, folder: Path, **environment: str):
        self.folder, self.processes, self.created, self._connection = folder, [], "", None
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = os.environ | {
            "DATA_DIR": str(folder / "var"),
            "HUB_PORT": str(self.port),
            "SITE_URL": self.url,
            "PYTHONUNBUFFERED": "1",
            # What a test changes takes effect at once.
            "REMEMBER_SECONDS": "0",
            **environment,
        }
        if url := self.env.get("DATABASE_URL"):
            self.server, self.created = url, f"hub_{secrets.token_hex(4)}"
            self._sql(f"CREATE DATABASE {self.created}")
            self.env["DATABASE_URL"] = urlunsplit(urlsplit(url)._replace(path=f"/{self.created}"))
        if url := self.env.get("REDIS_URL"):
            self.env["REDIS_URL"] = places.redis_database(url, places.HUB)
            # What an earlier hub left there, messages and marks, is not this one's.
            redis.Redis.from_url(self.env["REDIS_URL"]).flushdb()
        self.manage("migrate", "--no-input", "--verbosity", "0")
        self.first_run = self.manage("first_run")

    def manage(self, *arguments: str, stdin: str = "") -> str:
        ran = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def ask(self, code: str):
        """Run Python inside the hub; `answer` is what it leaves in that name, through JSON."""
        wrapped = (
            f"from affiliate.models import *\n{code}\nimport json; print('ANSWER' + json.dumps(answer, default=str))"
        )
        out = self.manage("shell", "--verbosity", "0", "-c", wrapped)
        return json.loads(out.rsplit("ANSWER", 1)[1])

    def rows(self, sql: str) -> list[tuple]:
        """Read from the database past the hub, over a connection that is kept. A server that is away is waited for."""
        for _try in range(600):
            try:
                self._connection = self._connection or self._connect()
                return list(self._connection.execute(sql))
            except psycopg.OperationalError:
                self._connection = None
                time.sleep(0.1)
        raise AssertionError("the database did not come back")

    def _connect(self):
        if url := self.env.get("DATABASE_URL"):
            return psycopg.connect(url, autocommit=True)
        return sqlite3.connect(f"file:{self.folder}/var/hub.sqlite3?mode=ro", uri=True, timeout=30)

    @property
    def demo_key(self) -> str:
        return (self.folder / "var" / "demo-key").read_text()

    def web(self, app: str = "project.wsgi", *, port: int = 0, workers: int = 1, threads: int = 12) -> subprocess.Popen:
        port = port or self.port
        options = [
            "--bind",
            f"127.0.0.1:{port}",
            "--worker-class",
            "gthread",
            "--workers",
            workers,
            "--threads",
            threads,
        ]
        process = self._start("web", BIN / "gunicorn", app, *options, "--no-control-socket")
        wait_for(lambda: reachable(port), "the web process", seconds=30)
        return process

    def worker(self, name: str = "worker") -> subprocess.Popen:
        options = ["--without-gossip", "--without-mingle", "--loglevel", "INFO", "--hostname", f"{name}@%h"]
        return self._start(name, BIN / "celery", "--app", "project", "worker", *options)

    def beat(self) -> subprocess.Popen:
        return self._start("beat", BIN / "celery", "--app", "project", "beat", "--pidfile=")

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def kill(self, process: subprocess.Popen, signal_number: int = signal.SIGKILL) -> None:
        try:
            os.killpg(process.pid, signal_number)
        except ProcessLookupError:
            return
        process.wait(timeout=60)

    def stop(self) -> None:
        for process in self.processes:
            self.kill(process)
        if self._connection:
            self._connection.close()
        if self.created:
            self._sql(f"DROP DATABASE {self.created} WITH (FORCE)")

    def _start(self, name: str, *command) -> subprocess.Popen:
        with open(self.folder / f"{name}.log", "a") as log:
            process = subprocess.Popen(
                [str(part) for part in command], cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
            )
        self.processes.append(process)
        return process

    def _sql(self, statement: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(statement)

    def post_lead(self, key: str = "", **data) -> dict:
        """Post a lead to the API; the JSON of the answer."""
        headers = {"Authorization": f"Bearer {key or self.demo_key}"}
        answer = requests.post(f"{self.url}/api/leads", json=data, headers=headers, timeout=30)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()


@contextmanager
def whole(folder: Path, **environment: str):
    """Yields a hub with web, a worker and beat."""
    hub = Hub(folder, **environment)
    try:
        hub.web()
        hub.worker()
        hub.beat()
        yield hub
    finally:
        hub.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def reachable(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(condition, what: str, *, seconds: float = 60):
    """The first true value of `condition`, asked every tenth of a second."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {seconds} s")
