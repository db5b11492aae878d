"""The unit and the container file name what there is."""

import configparser
import contextlib
import http.server
import json
import re
import shlex
import shutil
import subprocess
import sys
import threading
import tomllib

import pytest
from click.testing import CliRunner

from cli.main import cli
from model.settings_blocks import ServiceBlock


@pytest.fixture
def unit(root):
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str
    parser.read(root / "deploy" / "backlog.service", encoding="utf-8")
    return parser["Service"]


@pytest.fixture
def container(root):
    text = (root / "deploy" / "Containerfile").read_text("utf-8").replace("\\\n", " ")
    return [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]


def test_the_unit_runs_a_command_that_there_is(unit):
    program, *words = shlex.split(unit["ExecStart"])
    assert program.endswith("/bin/backlog")
    assert CliRunner().invoke(cli, [*words, "--help"]).exit_code == 0
    assert unit["KillSignal"] == "SIGTERM"
    assert int(unit["TimeoutStopSec"]) > 60  # a vendor may keep silent for a minute


def test_the_servers_unit_runs_a_command_that_there_is_and_differs_in_nothing_else(root, unit):
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str
    parser.read(root / "deploy" / "backlog-serve.service", encoding="utf-8")
    served = dict(parser["Service"])
    _, *words = shlex.split(served.pop("ExecStart"))
    assert words[-3:] == ["serve", "--log", "json"]
    assert CliRunner().invoke(cli, [*words, "--help"]).exit_code == 0
    own = ("ExecStart", "TimeoutStopSec", "RestartSec")
    assert {k: v for k, v in served.items() if k not in own} == {k: v for k, v in unit.items() if k not in own}


def test_the_unit_is_understood_by_systemd(root, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    text = (root / "deploy" / "backlog.service").read_text("utf-8")
    (tmp_path / "backlog.service").write_text(re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", text), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / "backlog.service")], capture_output=True, text=True, check=False
    )
    assert "backlog.service" not in done.stderr


def test_the_image_is_made_of_what_there_is_and_of_all_of_it(root, container):
    copied = [word for name, rest in container if name == "COPY" and "--from" not in rest for word in rest.split()[:-1]]
    assert [word for word in copied if not (root / word).exists()] == []
    listed = re.search(r"include = \[(.*)\]", (root / "pyproject.toml").read_text("utf-8"))[1]
    packages = {name.strip('" *') for name in listed.split(",")}
    assert packages <= set(copied)
    ignored = (root / ".dockerignore").read_text("utf-8")
    assert [word for word in copied if f"!{word}" not in ignored] == []


def test_the_image_runs_a_command_that_there_is_without_root(container):
    words = dict(container)
    assert CliRunner().invoke(cli, [*eval(words["CMD"]), "--help"]).exit_code == 0  # noqa: S307 (a list of words)
    assert words["USER"] == "backlog"
    assert words["STOPSIGNAL"] == "SIGTERM"


def test_the_image_installs_by_the_pip_of_the_constraints_and_with_extras_that_there_are(root, container):
    (install,) = (rest for name, rest in container if name == "RUN" and "-c constraints.txt" in rest)
    assert install.index("\"$(grep '^pip==' constraints.txt)\"") < install.index("--build-constraint constraints.txt")
    wanted = re.search(r"'\.\[(.*)\]'", install)[1].split(",")
    assert set(wanted) <= set(
        tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    )
    assert "postgres" in wanted
    assert re.search(r"^pip==\d", (root / "constraints.txt").read_text("utf-8"), re.MULTILINE)


def test_the_image_asks_its_own_service_whether_it_lives(container):
    words = dict(container)
    asked = re.search(r"http://127\.0\.0\.1:(\d+)/healthz", words["HEALTHCHECK"])
    assert asked[1] == words["EXPOSE"]
    command = json.loads(words["HEALTHCHECK"].partition("CMD ")[2])
    assert ServiceBlock().listen.endswith(f":{asked[1]}")
    for lives in (True, False):
        with answering("/healthz" if lives else "/elsewhere") as port:
            mine = [sys.executable, *(word.replace(asked[1], str(port)) for word in command[1:])]
            assert (subprocess.run(mine, capture_output=True, check=False).returncode == 0) is lives


@contextlib.contextmanager
def answering(path):
    """The port of a server on which there is one page."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == path else 404)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_every_secret_of_the_service_is_shown(root):
    text = (root / "deploy" / "backlog.env").read_text("utf-8")
    for name in ("BACKLOG_TOKEN_KEY", "BACKLOG_ALERTS_WEBHOOK_URL", "BACKLOG_ALERTS_SMTP_PASSWORD"):
        assert name in text
    assert not re.search(r"^[^#]", text, re.MULTILINE)
