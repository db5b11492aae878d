"""The simulated HubSpot behaves as https://developers.hubspot.com/docs says, seen with a plain HTTP client."""

import pytest

DEALS = "/crm/v3/objects/deals"


def walk(client, path, **params):
    """Every object of a list, page by page."""
    found, after = [], None
    while True:
        page = client.get(path, params={**params, **({"after": after} if after else {})}).json()
        found += page["results"]
        after = page.get("paging", {}).get("next", {}).get("after")
        if not after:
            return found


def search(client, *filters, **body):
    """A search by one group of filters (name, operator, value)."""
    group = {"filters": [{"propertyName": n, "operator": o, "value": v} for n, o, v in filters]}
    return client.post(f"{DEALS}/search", json={"filterGroups": [group] if filters else [], **body})


@pytest.mark.parametrize("limit", [3, 50, 100])
def test_paging_sees_each_deal_once_whatever_the_limit(hubspot, limit):
    _, client = hubspot()
    assert [each["id"] for each in walk(client, DEALS, limit=limit)] == [str(n) for n in range(1, 251)]


@pytest.mark.parametrize("params", [{"limit": 101}, {"limit": 0}, {"after": "x"}])
def test_wrong_paging_is_refused(hubspot, params):
    _, client = hubspot()
    reply = client.get(DEALS, params=params)
    assert reply.status_code == 400
    assert reply.json()["category"] == "VALIDATION_ERROR"


def test_only_the_properties_asked_for_come_and_unset_ones_are_null(hubspot):
    _, client = hubspot()
    found = client.get(f"{DEALS}/7", params={"properties": "amount,contract_start_date"}).json()["properties"]
    assert found == {
        "amount": "7.50", "contract_start_date": None, "hs_object_id": "7",
        "createdate": "2026-01-01T00:00:00.000Z", "hs_lastmodifieddate": "2026-01-01T00:00:00.000Z",
    }  # fmt: skip
    assert "dealstage" in client.get(f"{DEALS}/7").json()["properties"]


def test_a_list_can_carry_associations(hubspot):
    line = {"id": "900", "properties": {"name": "Seats"}, "createdAt": "2026", "updatedAt": "2026"}
    _, client = hubspot({"line_items": [line], "associations": [("deals", "7", "line_items", "900")]})
    found = {each["id"]: each for each in walk(client, DEALS, limit=100, associations="line_items")}
    assert found["7"]["associations"] == {"line items": {"results": [{"id": "900", "type": "deal_to_line_item"}]}}
    assert "associations" not in found["8"]


def test_associations_are_read_in_batches_and_what_has_none_is_an_error_of_its_own(hubspot):
    lines = [{"id": str(n), "properties": {}, "createdAt": "2026", "updatedAt": "2026"} for n in range(1000, 1150)]
    links = [("deals", "7", "line_items", str(n)) for n in range(1000, 1150)]
    _, client = hubspot({"line_items": lines, "associations": links})
    path = "/crm/v4/associations/deals/line_items/batch/read"
    reply = client.post(path, json={"inputs": [{"id": "7"}, {"id": "8"}]})
    assert reply.status_code == 207
    [row] = reply.json()["results"]
    assert [each["toObjectId"] for each in row["to"]] == list(range(1000, 1100))
    assert row["to"][0]["associationTypes"][0]["typeId"] == 19
    assert reply.json()["errors"][0]["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"
    rest = client.post(path, json={"inputs": [{"id": "7", "after": row["paging"]["next"]["after"]}]})
    assert rest.status_code == 200
    assert [each["toObjectId"] for each in rest.json()["results"][0]["to"]] == list(range(1100, 1150))


def test_search_filters_by_change_and_id_and_sorts(hubspot):
    _, client = hubspot()
    page = search(
        client, ("hs_lastmodifieddate", "GTE", "2026-01-01T00:00:20.000Z"), ("hs_object_id", "GT", "205"),
        sorts=[{"propertyName": "hs_lastmodifieddate", "direction": "ASCENDING"}], limit=200,
    ).json()  # fmt: skip
    assert page["total"] == 45
    assert [each["id"] for each in page["results"]] == [str(n) for n in range(206, 251)]


def test_search_takes_milliseconds_and_pages_by_two_hundred(hubspot):
    _, client = hubspot()
    first = search(client, ("hs_lastmodifieddate", "GTE", "1767225600000"), limit=200).json()
    assert (first["total"], len(first["results"]), first["paging"]["next"]["after"]) == (250, 200, "200")
    second = search(client, ("hs_lastmodifieddate", "GTE", "1767225600000"), limit=200, after="200").json()
    assert "paging" not in second
    assert len({each["id"] for each in first["results"] + second["results"]}) == 250


@pytest.mark.parametrize(
    ("filters", "count"),
    [([("dealname", "EQ", "deal 9")], 1), ([("amount", "LT", "10")], 9), ([("hs_object_id", "LTE", "3")], 3),
     ([("dealname", "CONTAINS_TOKEN", "Deal")], 250), ([("closedate", "HAS_PROPERTY", "")], 0),
     ([("closedate", "NOT_HAS_PROPERTY", "")], 250), ([("dealname", "NEQ", "Deal 9")], 249)],
)  # fmt: skip
def test_operators_of_search(hubspot, filters, count):
    _, client = hubspot()
    assert search(client, *filters).json()["total"] == count


@pytest.mark.parametrize(
    "body",
    [{"limit": 201}, {"limit": 200, "after": "9900"}, {"after": "x"}, {"sorts": ["amount", "dealname"]},
     {"filterGroups": [{"filters": []}] * 6},
     {"filterGroups": [{"filters": [{"propertyName": "a", "operator": "LIKE", "value": "b"}]}]}],
)  # fmt: skip
def test_search_refuses_what_is_beyond_its_limits(hubspot, body):
    _, client = hubspot()
    reply = client.post(f"{DEALS}/search", json=body)
    assert reply.status_code == 400
    assert reply.json()["category"] == "VALIDATION_ERROR"


def test_search_finds_a_change_only_after_a_while(hubspot):
    clock = [1_900_000_000.0]
    server, client = hubspot(search_lag=20, clock=lambda: clock[0])
    server.update("deals", "7", amount="9000")
    assert search(client, ("amount", "EQ", "9000")).json()["total"] == 0
    assert client.get(f"{DEALS}/7").json()["properties"]["amount"] == "9000"
    clock[0] += 21
    assert search(client, ("amount", "EQ", "9000")).json()["total"] == 1


def test_an_archived_deal_moves_to_the_archived_list(hubspot):
    server, client = hubspot()
    server.archive("deals", "7")
    assert "7" not in {each["id"] for each in walk(client, DEALS, limit=100)}
    [gone] = walk(client, DEALS, limit=100, archived="true")
    assert (gone["id"], gone["archived"]) == ("7", True)
    assert gone["archivedAt"] == gone["updatedAt"]
    assert search(client, ("hs_object_id", "EQ", "7")).json()["total"] == 0
    assert client.get(f"{DEALS}/7").status_code == 404
    assert client.get(f"{DEALS}/7", params={"archived": "true"}).status_code == 200
    server.restore("deals", "7")
    assert client.get(f"{DEALS}/7").status_code == 200


def test_a_purged_deal_is_in_no_list(hubspot):
    server, client = hubspot()
    server.purge("deals", "7")
    assert "7" not in {each["id"] for each in walk(client, DEALS, limit=100)}
    assert walk(client, DEALS, limit=100, archived="true") == []


def test_merged_deals_answer_with_the_one_that_stayed(hubspot):
    line = {"id": "900", "properties": {}, "createdAt": "2026", "updatedAt": "2026"}
    server, client = hubspot({"line_items": [line], "associations": [("deals", "8", "line_items", "900")]})
    server.merge("deals", "7", "8", "9")
    asked = {"properties": "hs_merged_object_ids", "associations": "line_items"}
    kept = client.get(f"{DEALS}/8", params=asked).json()
    assert (kept["id"], kept["properties"]["hs_merged_object_ids"]) == ("7", "8;9")
    assert kept["associations"]["line items"]["results"][0]["id"] == "900"
    assert len(walk(client, DEALS, limit=100)) == 248


def test_a_batch_read_gives_what_there_is(hubspot):
    _, client = hubspot()
    body = {"properties": ["dealname"], "inputs": [{"id": "7"}, {"id": "99999"}]}
    reply = client.post(f"{DEALS}/batch/read", json=body)
    assert reply.status_code == 207
    assert [each["properties"]["dealname"] for each in reply.json()["results"]] == ["Deal 7"]
    assert reply.json()["errors"][0]["context"]["ids"] == ["99999"]


def test_a_wrong_and_an_expired_token_are_told_apart(hubspot):
    _, client = hubspot(expired="pat-old")
    wrong = client.get(DEALS, headers={"Authorization": "Bearer pat-wrong"})
    expired = client.get(DEALS, headers={"Authorization": "Bearer pat-old"})
    assert (wrong.status_code, wrong.json()["category"]) == (401, "INVALID_AUTHENTICATION")
    assert (expired.status_code, expired.json()["category"]) == (401, "EXPIRED_AUTHENTICATION")


def test_a_missing_scope_is_named(hubspot):
    _, client = hubspot(denied=["deals"])
    reply = client.get(DEALS)
    assert (reply.status_code, reply.json()["category"]) == (403, "MISSING_SCOPES")
    assert reply.json()["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.deals.read"]


def test_the_burst_limit_counts_ten_seconds_and_says_what_is_left(hubspot):
    server, client = hubspot(rate_per_second=0.3)
    replies = [client.get(DEALS) for _ in range(4)]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 429]
    assert [reply.headers["X-HubSpot-RateLimit-Remaining"] for reply in replies] == ["2", "1", "0", "0"]
    assert replies[3].headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"
    assert replies[3].json()["policyName"] == "TEN_SECONDLY_ROLLING"
    assert replies[3].json()["errorType"] == "RATE_LIMIT"
    assert server.refused == 1


def test_search_has_a_limit_of_its_own_and_no_limit_headers(hubspot):
    _, client = hubspot(search_per_second=2)
    replies = [search(client) for _ in range(4)]
    assert replies[-1].status_code == 429
    assert replies[-1].json()["policyName"] == "SECONDLY"
    assert "X-HubSpot-RateLimit-Max" not in replies[0].headers


def test_the_daily_limit_is_told_apart(hubspot):
    _, client = hubspot(daily=2)
    assert [client.get(DEALS).status_code for _ in range(3)] == [200, 200, 429]
    assert client.get(DEALS).json()["policyName"] == "DAILY"


def test_pipelines_owners_properties_and_account(hubspot):
    pipeline = {"id": "default", "label": "Sales", "stages": [{"id": "closedwon", "label": "Closed won"}]}
    owners = [{"id": str(n), "email": f"{n}@x.example", "archived": n == 2} for n in range(5)]
    _, client = hubspot({"pipelines": [pipeline], "owners": owners, "account": {"timeZone": "Europe/Berlin"}})
    assert client.get("/crm/v3/pipelines/deals").json()["results"] == [pipeline]
    assert [each["id"] for each in walk(client, "/crm/v3/owners", limit=3)] == ["0", "1", "3", "4"]
    assert "dealstage" in {each["name"] for each in client.get("/crm/v3/properties/deals").json()["results"]}
    assert client.get("/account-info/v3/details").json()["timeZone"] == "Europe/Berlin"
