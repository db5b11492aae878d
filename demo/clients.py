"""The sample company's customers: invented names, in three regions and three currencies."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from demo.calendar import stream


def _words(*lines: str) -> list[str]:
    return " ".join(lines).split()


_ROOTS = _words(
    "Norvane Tessaly Brindle Kestrelby Oakmere Luminor Halvard Quillon Ferrowen Marlstone Vantara Silverlea Corvane",
    "Ashbourne Delphira Redwick Highmoor Estuary Palisend Westergate Tamarisk Calder Ironbridge Solenne Mistral Arbory",
    "Fenwright Granthorn Larkspan Summerfell Aurelis Bexmoor Cinderly Dovetail Everstone Foxglen Glimmer",
    "Hartsend Inverlane Juniper Kirkhaven Lindenau Montrevo Nightford Orchard Pemberley Quarrion Rivenhall Stellwag",
    "Thornbury Umberto Valdarno Wintermark Yarrow Zephyrin Amberline Blackmere Coppergate Driftwood Elmstead",
)
_TRADES = _words(
    "Logistics Foods Instruments Textiles Robotics Hotels Energy Pharma Media Insurance Shipping Ceramics Farms Optics",
    "Railways Software Foundry Airways Museums Packaging Waterworks Retail Clinics Audio",
)
_JAPANESE = _words(
    "Hoshinami Kawasora Tsukigata Midorizaka Aonoki Yukihama Takamori Shiomizu Hanadori Kurosato Minasegawa Asahiro",
    "Fujimaki Nagisato Sakuraba Tomoshige Umezono Wakatsuki Yamabuki Inazuma",
)
_LEGAL = {"USD": ("Inc.", "LLC", "Corp."), "EUR": ("GmbH", "B.V.", "SAS", "S.p.A."), "JPY": ("K.K.", "Co., Ltd.")}
_REGION = {"USD": "Americas", "EUR": "EMEA", "JPY": "APAC"}
_TAX = {"USD": "US", "EUR": "EU", "JPY": "JP"}

SALES_REPS = (
    "Ada Brandt",
    "Miles Okafor",
    "Ines Carvalho",
    "Tom Reiter",
    "Yui Nakahara",
    "Priya Sandhu",
    "Leo Fontaine",
)

# How many customers live where: (group, count). The first is in the CRM and in billing, the second in billing alone,
# the third in the books, and some of the third in the CRM as well.
GROUPS = (("cloud", 115), ("self_serve", 85), ("enterprise", 100))


@dataclass(frozen=True)
class Client:
    """One customer. `group`: which systems know it; `in_crm`: whether the CRM does."""

    number: int
    name: str
    domain: str
    currency: str
    region: str
    segment: str
    tax_id: str
    group: str
    in_crm: bool
    parent: int | None = None

    @property
    def email(self) -> str:
        """Where its invoices go."""
        return f"billing@{self.domain}"


def make_clients(seed: int, percent: int = 100) -> list[Client]:
    """All 300 (or so many percent of each group), numbered from 1."""
    chance = stream(seed, "clients")
    clients: list[Client] = []
    taken: set[str] = set()
    for group, count in GROUPS:
        for place in range(count * percent // 100):
            currency = chance.choices(("USD", "EUR", "JPY"), (60, 28, 12))[0]
            words = _unique_name(chance, currency, taken)
            if not clients:
                # The examples in the documentation ask for Acme, so the sample company has it.
                currency, words = "USD", ("Acme", "Robotics")
            clients.append(_client(chance, len(clients) + 1, group, place, currency, words))
    return clients


def _client(chance: Random, number: int, group: str, place: int, currency: str, words: tuple[str, str]) -> Client:
    segment = {"self_serve": "Small business", "enterprise": "Enterprise"}.get(group, "Mid-market")
    if group == "cloud" and chance.random() < 0.25:
        segment = "Enterprise"
    return Client(
        number=number,
        name=f"{words[0]} {words[1]} {chance.choice(_LEGAL[currency])}",
        domain=f"{words[0]}-{words[1]}.example".lower(),
        currency=currency,
        region=_REGION[currency],
        segment=segment,
        tax_id=f"{_TAX[currency]}{chance.randrange(10**8, 10**9)}",
        group=group,
        in_crm=group == "cloud" or (group == "enterprise" and place < 45),
        # Every twelfth enterprise customer is a subsidiary of the one before it.
        parent=number - 1 if group == "enterprise" and place % 12 == 11 else None,
    )


def _unique_name(chance: Random, currency: str, taken: set[str]) -> tuple[str, str]:
    roots = _JAPANESE if currency == "JPY" else _ROOTS
    while True:
        words = (chance.choice(roots), chance.choice(_TRADES))
        if " ".join(words) not in taken:
            taken.add(" ".join(words))
            return words
