"""What figures can be broken down by. What a customer, product or contract has nothing of stands under NONE."""

DIMENSIONS = ("customer", "product", "family", "segment", "region", "sales_rep", "currency")
NONE = "(none)"
