"""What a renewal does not say: it is a further term of the line it names, of the same product and earned the same way."""

from __future__ import annotations

import numpy as np

from model.frames import Facts


def told(facts: Facts) -> Facts:
    """The facts with the product and the method of a renewed line in renewals of it that state no product.

    A renewal that states a product of its own is earned as it says itself, else as that product is.
    """
    amended = facts["amendments"]
    renewed = amended["kind"].to_numpy(object) == "renew"
    if not renewed.any():
        return facts
    bare = renewed & (amended["line_id"] != "").to_numpy() & (amended["product_id"] == "").to_numpy()
    lines = facts["contract_lines"]
    known = {
        line: (product, method)
        for line, product, method in zip(lines["line_id"], lines["product_id"], lines["recognition"], strict=True)
    }
    product, method = (amended[name].to_numpy(object).copy() for name in ("product_id", "recognition"))
    line, new = (amended[name].to_numpy(object) for name in ("line_id", "new_line_id"))
    for row in np.lexsort((amended["amendment_id"], amended["signed_on"])).tolist():
        if bare[row] and line[row] in known:
            product[row], earned = known[line[row]]
            method[row] = method[row] or earned
        if new[row]:
            known.setdefault(new[row], (product[row], method[row]))
    return {**facts, "amendments": amended.assign(product_id=product, recognition=method)}
