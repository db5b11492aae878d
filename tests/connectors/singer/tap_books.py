"""A small tap, as the Singer specification asks for: messages on its output, states between them, settings from a file.

Run by the tests as a program of its own: python tap_books.py --config FILE [--state FILE]
"""

import argparse
import json
import sys
import time
from pathlib import Path

arguments = argparse.ArgumentParser()
arguments.add_argument("--config")
arguments.add_argument("--state")
given = arguments.parse_args()
settings = json.loads(Path(given.config).read_text("utf-8"))
start = 0
if given.state:
    start = json.loads(Path(given.state).read_text("utf-8"))["bookmarks"]["invoices"]


def say(**message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


sys.stderr.write(f"INFO tap begins with {settings.get('token', '')}\n")
say(type="SCHEMA", stream="customers", schema={}, key_properties=["id"])
say(type="RECORD", stream="customers", record={"id": 1, "name": "Ærø 東京"})
say(type="STATE", value={"bookmarks": {"invoices": start}})
for number in range(start + 1, int(settings["count"]) + 1):
    if number == settings.get("dies_at"):
        sys.stderr.write("CRITICAL the vendor said no\n")
        sys.exit(1)
    if number == settings.get("hangs_at"):
        time.sleep(60)
    if number == settings.get("babbles_at"):
        sys.stdout.write("not a message\n")
    # Written as text, so that the number is what it is.
    head = f'"id": {number}, "customer": {{"id": 1}}, "day": "2026-01-05T00:00:00Z", "currency": "usd", "state": "open"'
    sys.stdout.write(f'{{"type": "RECORD", "stream": "invoices", "record": {{{head}, "total": 99999999999999.99}}}}\n')
    if number % 2 == 0:
        say(type="STATE", value={"bookmarks": {"invoices": number}})
say(type="ACTIVATE_VERSION", stream="invoices", version=1)
