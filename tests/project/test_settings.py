"""Settings: nothing is needed on one machine, production refuses to start half-set."""

import ast
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent.parent
KEY = "bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldyE="
PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": "x" * 30 + "abcdefghijklmnopqrstuvwxyz0123456789",
    "ENCRYPTION_KEYS": KEY,
    "ALLOWED_HOSTS": "hub.example.com",
    "SITE_URL": "https://hub.example.com",
}


def manage(*arguments, tmp_path, **environment):
    clean = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=clean | {"DATA_DIR": str(tmp_path / "var")} | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ENCRYPTION_KEYS", "ALLOWED_HOSTS"])
def test_production_does_not_start_without(missing, tmp_path):
    ran = manage("check", tmp_path=tmp_path, **(PRODUCTION | {missing: ""}))
    assert ran.returncode != 0
    assert f"With DEBUG=0 set {missing};" in ran.stderr


def test_production_names_everything_that_is_missing_at_once(tmp_path):
    ran = manage("check", tmp_path=tmp_path, DEBUG="0")
    assert "set SECRET_KEY, ENCRYPTION_KEYS, ALLOWED_HOSTS;" in ran.stderr


def test_a_proxy_address_that_is_none_is_named(tmp_path):
    ran = manage("check", tmp_path=tmp_path, TRUSTED_PROXIES="127.0.0.1,proxy")
    assert ran.returncode != 0 and "TRUSTED_PROXIES: 'proxy'" in ran.stderr


def test_production_settings_pass_the_deployment_check(tmp_path):
    ran = manage("check", "--deploy", "--fail-level", "WARNING", tmp_path=tmp_path, **PRODUCTION)
    assert ran.returncode == 0, ran.stderr


def test_a_network_that_calls_by_plain_http_is_not_sent_away(tmp_path):
    code = (
        "from django.test import Client; "
        "[print('CODE', Client(HTTP_HOST='hub.example.com').get(path).status_code) "
        "for path in ('/api/sale/status.json', '/admin/login/')]"
    )
    assert manage("migrate", "--verbosity", "0", tmp_path=tmp_path, **PRODUCTION).returncode == 0
    ran = manage("shell", "--verbosity", "0", "-c", code, tmp_path=tmp_path, **PRODUCTION)
    assert [line for line in ran.stdout.splitlines() if line.startswith("CODE")] == ["CODE 200", "CODE 301"], ran.stderr


def test_the_embedded_keys_are_made_once_and_are_private(tmp_path):
    for _time in range(2):
        assert manage("check", tmp_path=tmp_path).returncode == 0
    path = tmp_path / "var" / "keys.json"
    made = json.loads(path.read_text())
    assert len(made["secret_key"]) >= 50 and len(made["encryption_keys"]) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_broken_integration_stops_the_start_and_is_named(tmp_path):
    code = (
        "import django, os; os.environ['DJANGO_SETTINGS_MODULE'] = 'project.settings'\n"
        "from affiliate.integrations import networks\n"
        f"networks.__path__.append({str(tmp_path / 'more')!r})\n"
        "django.setup()"
    )
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "broken.py").write_text("x = 1")
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"DATA_DIR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "affiliate.integrations.networks.broken: declare exactly one Integration" in ran.stderr


def read_settings() -> dict[str, ast.expr | None]:
    """The names that `project/settings.py` reads from the environment, with their defaults."""
    calls = [node for node in ast.walk(ast.parse((ROOT / "project" / "settings.py").read_text())) if is_reading(node)]
    return {
        call.args[0].value: next((one.value for one in call.keywords if one.arg == "default"), None) for call in calls
    }


def is_reading(node: ast.AST) -> bool:
    """`env("NAME", …)` or `env.int("NAME", …)`."""
    if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
        return False
    function = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    return isinstance(function, ast.Name) and function.id == "env"


EXAMPLES = dict(re.findall(r"^#([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_the_example_explains_every_setting_that_is_read_and_no_other():
    assert EXAMPLES.keys() == read_settings().keys()


def test_the_numbers_of_the_example_are_the_defaults():
    numbers = {
        name: default.value
        for name, default in read_settings().items()
        if isinstance(default, ast.Constant) and type(default.value) in (int, float)
    }
    assert len(numbers) > 15
    assert {name: float(EXAMPLES[name]) for name in numbers} == numbers
