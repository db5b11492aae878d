"""Any API that answers with JSON, described wholly in the configuration: who asks, how pages turn, what a record means.

    [connectors.shop]
    kind = "rest"
    base_url = "https://api.shop.example/v1"
    auth = { kind = "bearer" }
    [connectors.shop.objects.orders]
    path = "/orders"
    rows = "data"                                     # JMESPath of the records in an answer
    key = "id"                                        # … of a record's id within a record
    params = { limit = 100 }
    paging = { style = "cursor", send = "after", read = "next" }
    changed = { send = "updated_since", form = "iso" }
    deleted = "deleted_at"
    [[connectors.shop.objects.orders.records]]
    table = "contracts"
    fields = { contract_id = "id", customer_id = "customer.id", status = "state", currency = "currency" }
    words = { status = { placed = "signed", closed = "completed" } }
    [[connectors.shop.objects.orders.records]]
    table = "contract_lines"
    each = "items[]"                                  # a row for each; `parent` is the record
    fields = { line_id = "id", contract_id = "parent.id", amount = "cents" }
    minor = ["amount"]                                # whole minor units of `currency`
    currency = "parent.currency"

JMESPath: https://jmespath.org/specification.html
"""

from connectors.rest.rest import Rest

__all__ = ["Rest"]
