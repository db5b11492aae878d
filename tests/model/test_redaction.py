"""Secrets leave no text: those that were handed out, and what looks like one."""

import json
from urllib.parse import quote

import pytest

from model import redaction
from model.redaction import redacted, remember, without_known

SECRET = 'k"ey/0815+ä'


@pytest.fixture(autouse=True)
def forgetful(monkeypatch):
    monkeypatch.setattr(redaction, "_known", set())


@pytest.mark.parametrize("written", [SECRET, quote(SECRET, safe=""), json.dumps({"said": SECRET})])
def test_a_secret_handed_out_is_blotted_out_however_it_is_written(written):
    remember(SECRET)
    for text in (without_known(f"a {written} b"), redacted(f"a {written} b")):
        assert "0815" not in text
        assert "***" in text


def test_a_payload_loses_nothing_else():
    remember(SECRET)
    payload = '{"auth": "Bearer abcdefgh12345678", "url": "https://me:you@there/"}'
    assert without_known(payload) == payload


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Authorization: Bearer eyJhbGciOi.abc-123", "Authorization: Bearer ***"),
        ("postgresql://backlog:pa55w0rd@db/x", "postgresql://backlog:***@db/x"),
        ("POST /token?grant_type=x&refresh_token=AB11.cd&x=1", "POST /token?grant_type=x&refresh_token=***&x=1"),
        ("key sk_live_4eC39HqLyjWDarjt is revoked", "key sk_live_*** is revoked"),
        ("pat-na1-11111111-2222 was refused", "pat-na1-*** was refused"),
        ("customer 4711 at https://host:8080/x, ratio 1:2@3", "customer 4711 at https://host:8080/x, ratio 1:2@3"),
    ],
)
def test_what_looks_like_a_secret_leaves_no_text_of_ours(text, left):
    assert redacted(text) == left


def test_a_short_word_is_no_secret():
    remember("paid", "", None)
    assert without_known("paid in full") == "paid in full"
