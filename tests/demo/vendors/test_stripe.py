"""The simulated Stripe behaves as https://docs.stripe.com/api says, seen with a plain HTTP client."""

import base64

import pytest

NOW = 1_800_000_000
DAY = 86_400


def walk(client, path, **params):
    """Every object of a list, page by page."""
    found, more = [], True
    while more:
        page = client.get(path, params={**params, **({"starting_after": found[-1]["id"]} if found else {})}).json()
        found += page["data"]
        more = page["has_more"]
    return found


def test_a_page_is_ten_unless_asked_and_newest_come_first(stripe):
    _, client = stripe()
    page = client.get("/v1/invoices").json()
    assert page["object"] == "list"
    assert page["url"] == "/v1/invoices"
    assert page["has_more"] is True
    assert [each["id"] for each in page["data"][:3]] == ["in_24", "in_23", "in_22"]
    assert len(page["data"]) == 10


@pytest.mark.parametrize("limit", [1, 7, 25, 100])
def test_paging_sees_each_object_once_whatever_the_limit(stripe, limit):
    _, client = stripe()
    keys = [each["id"] for each in walk(client, "/v1/invoices", limit=limit)]
    assert sorted(keys, key=lambda key: int(key[3:])) == [f"in_{n}" for n in range(25)]


def test_ending_before_pages_backwards(stripe):
    _, client = stripe()
    page = client.get("/v1/invoices", params={"ending_before": "in_20", "limit": 3}).json()
    assert [each["id"] for each in page["data"]] == ["in_23", "in_22", "in_21"]
    assert page["has_more"] is True


@pytest.mark.parametrize(
    ("params", "param"),
    [({"limit": 101}, "limit"), ({"limit": 0}, "limit"), ({"limit": "many"}, "limit"), ({"starting_after": "in_x"},
     "starting_after"), ({"updated[gte]": 1}, "updated[gte]"), ({"expand[]": "data.nothing"}, "expand")],
)  # fmt: skip
def test_wrong_parameters_are_refused_and_named(stripe, params, param):
    _, client = stripe()
    reply = client.get("/v1/invoices", params=params)
    assert reply.status_code == 400
    assert reply.json()["error"]["type"] == "invalid_request_error"
    assert reply.json()["error"]["param"] == param


def test_created_narrows_a_list_on_both_sides(stripe):
    _, client = stripe()
    between = {"created[gte]": 1_700_000_002, "created[lt]": 1_700_000_004, "limit": 100}
    keys = {each["id"] for each in client.get("/v1/invoices", params=between).json()["data"]}
    assert keys == {"in_6", "in_7", "in_8", "in_9", "in_10", "in_11"}
    outside = {"created[gt]": 1_700_000_003, "created[lte]": 1_700_000_004, "limit": 100}
    assert {each["id"] for each in client.get("/v1/invoices", params=outside).json()["data"]} == {
        "in_12", "in_13", "in_14",
    }  # fmt: skip


def test_only_ten_lines_are_embedded_and_the_rest_is_paged(stripe):
    _, client = stripe()
    lines = client.get("/v1/invoices/in_24").json()["lines"]
    assert len(lines["data"]) == 10
    assert lines["has_more"] is True
    assert lines["url"] == "/v1/invoices/in_24/lines"
    assert [each["id"] for each in walk(client, lines["url"], limit=7)] == [f"il_24_{n}" for n in range(24)]
    assert client.get("/v1/invoices/in_10").json()["lines"]["has_more"] is False


def test_canceled_subscriptions_are_listed_only_when_asked_for(stripe):
    both = [{"id": f"sub_{each}", "created": 1, "status": each} for each in ("active", "canceled", "past_due")]
    _, client = stripe({"subscriptions": both})
    asked = {
        status: {each["status"] for each in client.get("/v1/subscriptions", params=params).json()["data"]}
        for status, params in {"": {}, "all": {"status": "all"}, "ended": {"status": "ended"}}.items()
    }
    assert asked == {"": {"active", "past_due"}, "all": {"active", "canceled", "past_due"}, "ended": {"canceled"}}


def test_bearer_and_basic_authentication(stripe):
    _, client = stripe()
    token = base64.b64encode(b"sk_test_1234567890:").decode()
    assert client.get("/v1/invoices", headers={"Authorization": f"Basic {token}"}).status_code == 200
    assert client.get("/v1/invoices").status_code == 200


@pytest.mark.parametrize(
    ("header", "text"),
    [("", "You did not provide an API key"), ("Bearer sk_test_wrong_key", "Invalid API Key provided: sk_test"),
     ("Basic !!", "You did not provide an API key")],
)  # fmt: skip
def test_a_wrong_key_is_401_and_not_told_in_full(stripe, header, text):
    _, client = stripe()
    reply = client.get("/v1/invoices", headers={"Authorization": header})
    assert reply.status_code == 401
    assert text in reply.json()["error"]["message"]
    assert "wrong_key" not in reply.text
    assert reply.headers["WWW-Authenticate"] == 'Basic realm="Stripe"'


def test_a_restricted_key_is_told_the_permission_it_lacks(stripe):
    _, client = stripe(denied=["invoices"])
    reply = client.get("/v1/invoices")
    assert reply.status_code == 403
    assert "rak_invoice_read" in reply.json()["error"]["message"]
    assert "sk_test_1234567890" not in reply.text


def test_what_is_not_there_is_404(stripe):
    _, client = stripe()
    assert client.get("/v1/invoices/in_x").json()["error"]["code"] == "resource_missing"
    assert "Unrecognized request URL (GET: /v1/nothing)" in client.get("/v1/nothing").json()["error"]["message"]


def test_the_rate_limit_refuses_with_and_without_patience(stripe):
    server, client = stripe(rate_per_second=5)
    replies = [client.get("/v1/invoices") for _ in range(8)]
    refused = [reply for reply in replies if reply.status_code == 429]
    assert refused
    assert refused[0].json()["error"]["code"] == "rate_limit"
    assert "Retry-After" not in refused[0].headers
    assert server.refused == len(refused)
    _, patient = stripe(rate_per_second=1, retry_after=2)
    patient.get("/v1/invoices")
    assert patient.get("/v1/invoices").headers["Retry-After"] == "2"


def test_every_answer_has_a_request_id(stripe):
    _, client = stripe()
    ids = {client.get("/v1/invoices").headers["Request-Id"] for _ in range(3)}
    assert len(ids) == 3


def test_changes_are_told_by_events_with_what_was_before(stripe):
    server, client = stripe({"customers": [{"id": "cus_1", "created": 1, "name": "Ada"}]}, clock=lambda: NOW)
    server.update("customers", "cus_1", name="Ada Ltd")
    server.update("invoices", "in_3", event="voided", status="void")
    server.create("products", {"id": "prod_1", "name": "Core"})
    events = client.get("/v1/events").json()["data"]
    assert [each["type"] for each in events] == ["product.created", "invoice.voided", "customer.updated"]
    assert events[2]["data"]["previous_attributes"] == {"name": "Ada"}
    assert events[2]["data"]["object"]["name"] == "Ada Ltd"
    assert client.get("/v1/invoices/in_3").json()["status"] == "void"
    only = client.get("/v1/events", params={"types[]": ["invoice.voided"]}).json()["data"]
    assert [each["data"]["object"]["id"] for each in only] == ["in_3"]


def test_a_deleted_customer_is_known_only_by_its_event(stripe):
    server, client = stripe({"customers": [{"id": "cus_1", "created": 1}]})
    server.delete("customers", "cus_1")
    assert client.get("/v1/customers").json()["data"] == []
    assert client.get("/v1/customers/cus_1").json() == {"id": "cus_1", "object": "customer", "deleted": True}
    assert client.get("/v1/events").json()["data"][0]["type"] == "customer.deleted"


def test_a_deleted_subscription_is_a_canceled_one(stripe):
    server, client = stripe({"subscriptions": [{"id": "sub_1", "created": 1, "status": "active"}]}, clock=lambda: NOW)
    server.delete("subscriptions", "sub_1")
    gone = client.get("/v1/subscriptions/sub_1").json()
    assert (gone["status"], gone["ended_at"]) == ("canceled", NOW)
    assert client.get("/v1/events").json()["data"][0]["type"] == "customer.subscription.deleted"


def test_events_are_kept_for_thirty_days(stripe):
    clock = [NOW]
    server, client = stripe(clock=lambda: clock[0])
    server.update("invoices", "in_1", status="paid")
    clock[0] = NOW + 29 * DAY
    server.update("invoices", "in_2", status="paid")
    clock[0] = NOW + 31 * DAY
    assert [each["data"]["object"]["id"] for each in client.get("/v1/events").json()["data"]] == ["in_2"]


def test_payments_of_an_invoice_can_be_expanded(stripe):
    paid = {"id": "inpay_1", "created": 5, "invoice": "in_3", "amount_paid": 700}
    _, client = stripe({"invoice_payments": [paid]})
    page = client.get("/v1/invoices", params={"expand[]": "data.payments", "limit": 100}).json()["data"]
    found = {each["id"]: each["payments"]["data"] for each in page}
    assert found["in_3"] == [paid]
    assert found["in_4"] == []
