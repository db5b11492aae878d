"""Seeds a Tryton database as a person would by hand: a company with its books, and what a customer bought.

python tryton_seed.py DATABASE CONFIGURATION
"""

import datetime as dt
import sys
from decimal import Decimal

from proteus import Model, Wizard, config


def company(session):
    usd = Model.get("currency.currency")(name="US Dollar", symbol="$", code="USD", rounding=Decimal("0.01"), digits=2)
    usd.save()
    own = Model.get("party.party")(name="Own Ltd")
    own.save()
    wizard = Wizard("company.company.config")
    wizard.execute("company")
    wizard.form.party, wizard.form.currency = own, usd
    wizard.execute("add")
    (made,) = Model.get("company.company").find([])
    user = Model.get("res.user")(session.user)
    if made not in user.companies:
        user.companies.append(made)
    user.company = Model.get("company.company")(made.id)
    user.save()
    session._context = Model.get("res.user").get_preferences(True, {})
    return made


def books(made):
    """A chart of accounts and the fiscal year 2026; the accounts of revenue and expense."""
    chart = Wizard("account.create_chart")
    chart.execute("account")
    chart.form.account_template = Model.get("account.account.template").find([("parent", "=", None)])[0]
    chart.form.company = made
    chart.execute("create_account")
    found = Model.get("account.account")
    kinds = ("receivable", "payable", "revenue", "expense")
    accounts = {kind: found.find([(f"type.{kind}", "=", True), ("closed", "!=", True)], limit=1)[0] for kind in kinds}
    chart.form.account_receivable, chart.form.account_payable = accounts["receivable"], accounts["payable"]
    chart.execute("create_properties")
    kind = Model.get("ir.sequence.type")
    year = Model.get("account.fiscalyear")(name="2026", start_date=dt.date(2026, 1, 1), end_date=dt.date(2026, 12, 31))
    sequence = Model.get(year._fields["move_sequence"]["relation"])
    moves = sequence(name="2026", sequence_type=kind.find([("name", "=", "Account Move")], limit=1)[0], company=made)
    moves.save()
    year.move_sequence = moves
    strict = Model.get("ir.sequence.strict")
    numbers = strict(name="invoices", sequence_type=kind.find([("name", "=", "Invoice")], limit=1)[0], company=made)
    numbers.save()
    line = year.invoice_sequences[0]
    line.out_invoice_sequence = line.out_credit_note_sequence = numbers
    line.in_invoice_sequence = line.in_credit_note_sequence = numbers
    year.save()
    year.click("create_period")
    settings = Model.get("account.configuration")(1)
    settings.deferred_account_revenue = found.find(
        [("type.statement", "=", "balance"), ("type.receivable", "=", False)]
    )[0]
    settings.save()
    return accounts


def product(accounts):
    category = Model.get("product.category")(
        name="books", accounting=True, account_revenue=accounts["revenue"], account_expense=accounts["expense"]
    )
    category.save()
    template = Model.get("product.template")(
        name="Platform", type="service", default_uom=Model.get("product.uom").find([("name", "=", "Unit")])[0],
        salable=True, list_price=Decimal(100), account_category=category,
    )  # fmt: skip
    template.save()
    return template.products[0]


def sold(made, item):
    term = Model.get("account.invoice.payment_term")(name="Now")
    term.lines.new(type="remainder")
    term.save()
    customer = Model.get("party.party")(name="Ærø 東京", customer_payment_term=term)
    if not customer.addresses:
        customer.addresses.new()
    customer.save()
    sale = Model.get("sale.sale")
    order = sale(party=customer, payment_term=term, sale_date=dt.date(2026, 1, 5), invoice_method="manual")
    order.lines.new(product=item, quantity=3).unit_price = Decimal("1333.2000")
    for step in ("quote", "confirm", "process"):
        order.click(step)
    draft = sale(party=customer, payment_term=term)
    draft.lines.new(product=item, quantity=1).unit_price = Decimal("10.0000")
    draft.save()
    monthly = Model.get("sale.subscription.recurrence.rule.set")(name="Monthly")
    rule = monthly.rules[0] if monthly.rules else monthly.rules.new()
    rule.freq, rule.interval = "monthly", 1
    monthly.save()
    service = Model.get("sale.subscription.service")(product=item, consumption_recurrence=monthly)
    service.save()
    subscription = Model.get("sale.subscription")(
        party=customer, start_date=dt.date(2026, 2, 1), end_date=dt.date(2027, 1, 31), invoice_recurrence=monthly
    )
    subscription.lines.new(service=service, quantity=1).unit_price = Decimal("100.0000")
    for step in ("quote", "run"):
        subscription.click(step)
    Model.get("sale.opportunity")(party=customer, description="More seats", amount=Decimal("500.00")).save()
    return customer, term


def invoice(customer, term, item, day, quantity, price):
    made = Model.get("account.invoice")(party=customer, payment_term=term, invoice_date=day, type="out")
    made.lines.new(product=item, quantity=quantity, description="Platform").unit_price = Decimal(price)
    made.click("post")


def main(database, settings):
    session = config.set_trytond(database, user="admin", config_file=settings)
    session.skip_warning = True
    made = company(session)
    item = product(books(made))
    customer, term = sold(made, item)
    invoice(customer, term, item, dt.date(2026, 1, 31), 1, "1000.0000")
    invoice(customer, term, item, dt.date(2026, 2, 10), -1, "200.0000")


if __name__ == "__main__":
    main(*sys.argv[1:])
