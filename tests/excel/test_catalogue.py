"""The catalogue: names, argument orders and texts, as every host shows them."""

import pytest

from excel.catalogue import CATEGORY, functions

SIGNATURES = [
    "BACKLOG(customer, date, product, contract, currency, known_at)",
    "CONTRACTED(customer, date, product, contract, currency, known_at)",
    "RECOGNIZED(customer, from, to, product, contract, currency, known_at)",
    "BILLED(customer, from, to, product, contract, currency, known_at)",
    "COLLECTED(customer, from, to, product, contract, currency, known_at)",
    "DEFERRED(customer, date, part, basis, product, contract, currency, known_at)",
    "UNBILLED(customer, date, product, contract, currency, known_at)",
    "RECEIVABLE(customer, date, bucket, product, contract, currency, known_at)",
    "RPO(customer, date, months, product, contract, currency, known_at)",
    "BOOKINGS(customer, from, to, product, contract, currency, known_at)",
    "CANCELLATIONS(customer, from, to, product, contract, currency, known_at)",
    "METRIC(name, date, customer, from)",
    "SCENARIO(scenario, function, customer, date)",
    "SYNCED(connector)",
    "BACKLOG_ROLLFORWARD(customer, from, to)",
    "DEFERRED_ROLLFORWARD(customer, from, to)",
    "REVENUE_SCHEDULE(customer, from, to, by)",
    "WATERFALL(from, to)",
    "BACKLOG_BY(dimension, date)",
    "BACKLOG_EXPLAIN(customer, date)",
    "CUSTOMERS(pattern)",
    "CONTRACTS(customer, date)",
    "EXCEPTIONS(customer, date)",
    "RECONCILIATION(customer, date)",
]


def test_the_functions_and_their_argument_orders() -> None:
    assert [function.signature for function in functions()] == SIGNATURES


@pytest.mark.parametrize("function", functions(), ids=lambda f: f.name)
def test_every_function_explains_itself(function: object) -> None:
    from excel.catalogue import Function

    assert isinstance(function, Function)
    assert function.category == CATEGORY
    assert function.example.startswith(f"={function.name}(")
    assert function.description.endswith(".")
    texts = [function.description, *(p.help for p in function.parameters)]
    # Excel's wizard cuts at 255 characters, and the VBA editor reads no others than ASCII.
    assert all(10 < len(text) <= 255 and text.isascii() for text in texts)
    for parameter in function.parameters:
        assert all(word in parameter.help for word in parameter.argument.words)
