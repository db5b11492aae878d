"""Lines of contracts that are one: for every line that does not count one of the governing contract stands in."""

import datetime as dt
from decimal import Decimal

import numpy as np
from compare import effort
from hypothesis import given
from hypothesis import strategies as st

from books.belonging import Belonging
from books.contracts import Match
from books.merging import merge
from model.frames import NO_DAY, empty_facts, frame
from model.periods import day_number

ENDS = (None, dt.date(2026, 6, 30), dt.date(2026, 12, 31))
lines = st.lists(
    st.tuples(st.sampled_from("ABCD"), st.sampled_from(("", "P", "Q")), st.integers(1, 3), st.sampled_from(ENDS),
              st.sampled_from(("", "usage"))), max_size=12,
)  # fmt: skip


def facts(told: list) -> dict:
    """Contracts A and B of the CRM and C and D of billing, with lines as drawn, each named by one invoice line."""
    made = empty_facts()
    heads = [{"source": "crm" if name in "AB" else "billing", "contract_id": name, "customer_id": "1", "status": "signed",
              "currency": "USD", "signed_on": dt.date(2026, 1, 1)} for name in "ABCD"]  # fmt: skip
    made["contracts"] = frame("contracts", heads)
    rows = [{"source": "crm", "line_id": f"L{n * 7 % 12:02}", "contract_id": contract, "product_id": product, "end_on": end,
             "amount": Decimal(amount), "currency": "USD", "recognition": method}
            for n, (contract, product, amount, end, method) in enumerate(told)]  # fmt: skip
    made["contract_lines"] = frame("contract_lines", rows)
    bills = [{"source": "billing", "invoice_line_id": f"I{row['line_id']}", "invoice_id": "I", "line_id": row["line_id"],
              "amount": Decimal(1), "currency": "USD"} for row in rows]  # fmt: skip
    made["invoice_lines"] = frame("invoice_lines", bills)
    return made


@effort(60)
@given(lines)
def test_a_line_that_does_not_count_is_read_as_the_likest_of_the_governing_contract(told):
    before = facts(told)
    stated = Belonging(before["contracts"]["contract_id"], before["contract_lines"], "contract_id")
    after = merge(before, [Match(0, 2, "deal id"), Match(1, 3, "deal id")], stated)
    rows = before["contract_lines"].to_dict("records")
    read = dict(zip(before["invoice_lines"]["line_id"], after["invoice_lines"]["line_id"], strict=True))
    stays = set(after["contract_lines"]["line_id"])
    for row in rows:
        governing = {"C": "A", "D": "B"}.get(row["contract_id"])
        dropped = governing is not None and row["recognition"] != "usage"
        assert (row["line_id"] not in stays) == dropped
        chosen, own = read[row["line_id"]], [other for other in rows if other["contract_id"] == governing]
        if not dropped or not own:
            assert chosen == row["line_id"]
            continue
        alike = [other for other in own if other["product_id"] == row["product_id"] != ""] or own
        alike = [other for other in alike if other["amount_minor"] == row["amount_minor"]] or alike
        assert chosen == min(other["line_id"] for other in alike)


@effort(60)
@given(lines)
def test_what_a_contracts_lines_come_to(told):
    frames = facts(told)
    stated = Belonging(frames["contracts"]["contract_id"], frames["contract_lines"], "contract_id")
    ends = {name: [day_number(end) for own, _, _, end, _ in told if own == name and end] for name in "ABCD"}
    assert stated.total("amount_minor").tolist() == [
        sum(row[2] * 100 for row in told if row[0] == name) for name in "ABCD"
    ]
    assert stated.last("end_on").tolist() == [max(ends[name], default=NO_DAY) for name in "ABCD"]
    assert stated.first("end_on").tolist() == [min(ends[name], default=NO_DAY) for name in "ABCD"]
    usage = (frames["contract_lines"]["recognition"] == "usage").to_numpy()
    used = [sum(row[2] * 100 for row in told if row[0] == name and row[4]) for name in "ABCD"]
    assert stated.total("amount_minor", np.asarray(usage)).tolist() == used
