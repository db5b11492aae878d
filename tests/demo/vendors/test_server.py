"""The machinery of the simulated vendors: faults strike when they are told to, limits refuse what is too much."""

import json
import time

import httpx
import pytest

from demo.vendors.server import HTML_PAGE, Fault, Window


def test_listens_on_this_machine_only(stripe):
    server, _ = stripe()
    assert server.url.startswith("http://127.0.0.1:")
    assert server.port > 1023


def test_two_servers_have_ports_of_their_own(stripe):
    (one, _), (other, _) = stripe(), stripe()
    assert one.port != other.port


def test_a_port_can_be_chosen_and_is_free_again_after_the_end(stripe):
    server, _ = stripe()
    port = server.port
    server.stop()
    again, client = stripe(port=port)
    assert again.port == port
    assert client.get("/v1/invoices").status_code == 200


def test_a_fault_strikes_after_so_many_requests_and_so_many_times(stripe):
    server, client = stripe()
    server.faults.append(Fault("status", after=1, times=2, status=503))
    assert [client.get("/v1/invoices").status_code for _ in range(4)] == [200, 503, 503, 200]


def test_a_fault_on_a_path_leaves_other_paths_alone(stripe):
    server, client = stripe()
    server.faults.append(Fault("status", path="/v1/customers"))
    assert client.get("/v1/invoices").status_code == 200
    assert client.get("/v1/customers").status_code == 500


def test_truncated_json_is_a_success_that_cannot_be_read(stripe):
    server, client = stripe()
    server.faults.append(Fault("truncated"))
    reply = client.get("/v1/invoices")
    assert reply.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        reply.json()
    assert len(client.get("/v1/invoices").json()["data"]) == 10


def test_html_in_place_of_json(stripe):
    server, client = stripe()
    server.faults.append(Fault("html"))
    reply = client.get("/v1/invoices")
    assert reply.headers["Content-Type"].startswith("text/html")
    assert reply.content == HTML_PAGE


@pytest.mark.parametrize("kind", ["drop", "cut"])
def test_a_connection_that_breaks(stripe, kind):
    server, client = stripe()
    server.faults.append(Fault(kind))
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/v1/invoices")
    assert client.get("/v1/invoices").status_code == 200


def test_a_hung_server_says_nothing_and_can_still_be_stopped(stripe):
    server, client = stripe()
    server.faults.append(Fault("hang", seconds=30))
    with pytest.raises(httpx.ReadTimeout):
        client.get("/v1/invoices", timeout=0.2)
    begun = time.monotonic()
    server.stop()
    assert time.monotonic() - begun < 5


def test_a_slow_server_answers_in_the_end(stripe):
    server, client = stripe()
    server.faults.append(Fault("slow", seconds=0.2))
    begun = time.monotonic()
    assert client.get("/v1/invoices").status_code == 200
    assert time.monotonic() - begun >= 0.2


def test_an_unknown_fault_is_refused():
    with pytest.raises(ValueError, match="no fault is called 'boom'"):
        Fault("boom")


def test_a_window_admits_its_limit_and_then_again_as_time_passes():
    now = [0.0]
    window = Window(2, 1.0, lambda: now[0])
    assert [window.take(), window.take(), window.take()] == [True, True, False]
    assert window.remaining == 0
    now[0] = 1.0
    assert window.take()


def test_every_request_is_on_record(stripe):
    server, client = stripe()
    client.get("/v1/invoices", params={"limit": 3})
    assert [(each.method, each.path, each.one("limit")) for each in server.requests] == [("GET", "/v1/invoices", "3")]
