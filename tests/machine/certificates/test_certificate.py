"""Certificates as data: what is written is read, what is no certificate is refused by a line that says why."""

import json
from typing import Any

import pytest

from machine.certificates.certificate import (
    Certificate,
    CertificateError,
    Level,
    MultiplierCertificate,
    PathCertificate,
    PriceCertificate,
    Refutation,
    Wait,
    certificate_from_json,
    certificate_to_json,
)

PRICES = PriceCertificate((("alu", "1/3"), ("valu", "2")), 4, 1)
PATH = PathCertificate(((0, 0), (3, 2), (7, 9)))
MULTIPLIERS = MultiplierCertificate(2, (0, 1), (("alu", (3, 0)),), (Wait(1, 0, 0, (4, 2)),))
COUNTS = Refutation("counts", "SCIP", 17, 4)
EXACT = Refutation("exact", "CP-SAT", 17)


@pytest.mark.parametrize("certificate", [PRICES, PATH, MULTIPLIERS, COUNTS, EXACT])
def test_certificates_survive_json(certificate: Certificate) -> None:
    assert certificate_from_json(json.loads(json.dumps(certificate_to_json(certificate)))) == certificate


def test_levels_say_who_has_to_be_believed() -> None:
    assert [each.level for each in (PRICES, PATH, MULTIPLIERS, COUNTS, EXACT)] == [
        Level.CHECKED,
        Level.CHECKED,
        Level.CHECKED,
        Level.FLOATING,
        Level.SOLVER,
    ]


@pytest.mark.parametrize(
    ("certificate", "changes", "said"),
    [
        (PRICES, {"kind": "proof"}, "certificates are of kind prices, path, multipliers, refutation"),
        (PRICES, {"kind": ["prices"]}, "certificates are of kind"),
        (PRICES, {"head": 1.0}, "head must be an integer of at least 0"),
        (PRICES, {"head": True}, "head must be an integer"),
        (PRICES, {"tail": -1}, "tail must be an integer of at least 0"),
        (PRICES, {"tail": 1 << 50}, "tail must be an integer"),
        (PRICES, {"prices": {}}, "prices must be a list"),
        (PRICES, {"prices": []}, "prices must be a list"),
        (PRICES, {"prices": [["alu"]]}, "prices must be of pairs"),
        (PRICES, {"prices": [[1, "1"]]}, "prices are by engine"),
        (PRICES, {"prices": [["alu", 0.5]]}, "a price must be a fraction"),
        (PRICES, {"prices": [["alu", "-1/2"]]}, "a price must be a fraction"),
        (PRICES, {"prices": [["alu", "1/00"]]}, "a price must not be a fraction of 0"),
        (PRICES, {"prices": [["alu", "9" * 100]]}, "a price must be a fraction"),
        (PRICES, {"extra": 1}, "has no extra"),
        (PATH, {"chain": [[0, -1]]}, "a chain is of operations and cycles"),
        (PATH, {"chain": [[0, 0, 0]]}, "chain must be of pairs"),
        (PATH, {"chain": "0"}, "chain must be a list"),
        (MULTIPLIERS, {"classes": []}, "classes must be a list"),
        (MULTIPLIERS, {"classes": [0, -1]}, "classes must be integers of at least 0"),
        (MULTIPLIERS, {"prices": [["alu", [1.5]]]}, "prices of an engine must be integers"),
        (MULTIPLIERS, {"prices": [[1, [1]]]}, "prices are by engine"),
        (MULTIPLIERS, {"waits": {}}, "waits must be a list"),
        (MULTIPLIERS, {"waits": [{"reader": 1}]}, "a wait is a table of reader, source, first, weights"),
        (
            MULTIPLIERS,
            {"waits": [{"reader": 1, "source": 0, "first": 0, "weights": [True]}]},
            "weights must be integers",
        ),
        (COUNTS, {"solver": "me"}, "solver must be one of CP-SAT, SCIP"),
        (COUNTS, {"model": []}, "model must be one of counts, exact"),
        (COUNTS, {"apart": 0}, "apart must be an integer of at least 1"),
        (COUNTS, {"length": None}, "length must be an integer"),
    ],
)
def test_what_is_no_certificate_is_refused(certificate: Certificate, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(CertificateError, match=said):
        certificate_from_json({**certificate_to_json(certificate), **changes})


@pytest.mark.parametrize("data", [None, [], "prices", 1])
def test_a_certificate_is_a_table(data: object) -> None:
    with pytest.raises(CertificateError, match="must be a table"):
        certificate_from_json(data)
