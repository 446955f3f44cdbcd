"""The seals in public: a list, a file to mirror, a check of proofs; here and on one's own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from notices.models import IssuedDocument
from registry import seals
from registry.models import Seal
from tests.factories.registry import OrganisationFactory

pytestmark = pytest.mark.django_db
SCRIPT = Path(settings.BASE_DIR) / "static" / "verify_proof.py"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def document(at: datetime) -> IssuedDocument:
    """The middle one of three, in the first of two seals."""
    organisation = OrganisationFactory.create()
    made = [
        IssuedDocument.objects.create(
            number=f"F-000000{serial}",
            kind="receipt",
            organisation=organisation,
            issued_on=date(2026, 9, 15),
            sha256="a" * 64,
        )
        for serial in range(3)
    ]
    seals.seal(at=at)
    seals.seal(at=at + timedelta(days=1))
    return made[1]


@pytest.fixture
def proof(document: IssuedDocument) -> dict[str, Any]:
    found = seals.of_row(document)
    assert found is not None
    return found


class TestTheList:
    def test_before_the_first_night_it_says_so(self, client: Client) -> None:
        assert "No seal yet" in client.get(reverse("seals")).content.decode()

    @pytest.mark.usefixtures("document")
    def test_shows_each_seal_with_its_hash(self, client: Client) -> None:
        text = client.get(reverse("seals")).content.decode()
        for seal in Seal.objects.all():
            assert f"Seal {seal.number}" in text
            assert seal.hash in text

    def test_is_paged(self, client: Client, at: datetime) -> None:
        for day in range(16):
            seals.seal(at=at + timedelta(days=day))
        first, second = (
            client.get(reverse("seals"), {"page": page}).content.decode() for page in (1, 2)
        )
        assert "Seal 16<" in first
        assert "Seal 1<" not in first
        assert "Seal 1<" in second

    def test_every_page_links_to_it(self, client: Client) -> None:
        assert f'href="{reverse("seals")}"' in client.get(reverse("home")).content.decode()


@pytest.mark.usefixtures("document")
class TestTheFile:
    def test_holds_every_seal_and_nothing_of_a_row(self, client: Client) -> None:
        stated = client.get("/seals.json").json()
        assert [seal["number"] for seal in stated["seals"]] == [1, 2]
        assert {frozenset(seal) for seal in stated["seals"]} == {
            frozenset({"number", "sealed_at", "count", "previous", "root", "hash"})
        }

    def test_is_not_sent_again_until_a_seal_is_made(self, client: Client, at: datetime) -> None:
        tag = client.get("/seals.json").headers["ETag"]
        assert client.get("/seals.json", headers={"if-none-match": tag}).status_code == 304
        seals.seal(at=at + timedelta(days=2))
        assert client.get("/seals.json", headers={"if-none-match": tag}).status_code == 200

    def test_is_what_the_ledger_is_compared_with(self, client: Client) -> None:
        stated = client.get("/seals.json").json()["seals"]
        counts = seals.Counts()
        assert list(seals.verify(counts, published=stated)) == []
        assert counts.published == 2


def changed(proof: dict[str, Any], **seal: Any) -> dict[str, Any]:
    return {**proof, "seal": {**proof["seal"], **seal}}


BAD: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "another leaf": lambda proof: {**proof, "leaf": "0" * 64},
    "a shorter path": lambda proof: {**proof, "path": proof["path"][1:]},
    "sides exchanged": lambda proof: {
        **proof,
        "path": [["left" if s == "right" else "right", held] for s, held in proof["path"]],
    },
    "an earlier moment": lambda proof: changed(proof, sealed_at="2020-01-01T00:00:00.000000Z"),
    "a seal that never was": lambda proof: changed(proof, number=9),
    "another seal": lambda proof: changed(proof, number=2),
}


class TestTheCheck:
    def brought(self, client: Client, text: str) -> str:
        answer = client.post(reverse("check_proof"), {"text": text})
        assert answer.status_code == 200
        return str(answer.content.decode())

    def test_a_proof_that_holds_is_confirmed(self, client: Client, proof: dict[str, Any]) -> None:
        text = self.brought(client, json.dumps(proof))
        assert "The proof holds." in text
        assert proof["leaf"] in text

    def test_it_may_be_brought_as_a_file(self, client: Client, proof: dict[str, Any]) -> None:
        file = SimpleUploadedFile("p.proof.json", json.dumps(proof).encode())
        answer = client.post(reverse("check_proof"), {"file": file})
        assert "The proof holds." in answer.content.decode()

    @pytest.mark.parametrize("name", BAD)
    def test_one_that_does_not_is_refused_with_a_reason(
        self, name: str, client: Client, proof: dict[str, Any]
    ) -> None:
        text = self.brought(client, json.dumps(BAD[name](proof)))
        assert "The proof does not hold." in text
        assert "The proof holds." not in text

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{}",
            "[]",
            "null",
            "<script>",
            '{"format": "ngo-register-proof-1"}',
            "[" * 60_000,
            "9" * 70_000,
        ],
    )
    def test_what_is_no_proof_is_said_to_be_none(self, text: str, client: Client) -> None:
        page = self.brought(client, text)
        assert "Something is missing or wrong" in page
        assert "<script>" not in page.split("<main")[1]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("leaf", 5),
            ("leaf", "Z" * 64),
            ("path", 5),
            ("path", [["up", "0" * 64]]),
            ("path", [["left", "0"]]),
            ("path", [["left", "0" * 64]] * 33),
            ("path", None),
            ("seal", []),
            ("seal", {"number": True}),
            ("seal", {"number": 10**30}),
        ],
    )
    def test_a_proof_of_a_wrong_shape_is_none(
        self, name: str, value: Any, client: Client, proof: dict[str, Any]
    ) -> None:
        assert "This is not a proof" in self.brought(client, json.dumps({**proof, name: value}))

    def test_whoever_comes_too_often_is_asked_to_wait(self, client: Client) -> None:
        statuses = [
            client.post(reverse("check_proof"), {"text": "x"}).status_code for _ in range(31)
        ]
        assert statuses == [200] * 30 + [429]


class TestTheScript:
    """The stand-alone program, as a stranger runs it: no packages, no portal."""

    @pytest.fixture
    def run(
        self, client: Client, document: IssuedDocument, tmp_path: Path
    ) -> Callable[..., subprocess.CompletedProcess[str]]:
        (tmp_path / "seals.json").write_bytes(client.get("/seals.json").content)
        (tmp_path / "line.json").write_bytes(seals.line_at_issue(document))
        real = client.get(f"/verify/{document.number}/proof").json()

        def run(proof: dict[str, Any] | None = None, *more: str) -> Any:
            (tmp_path / "proof.json").write_text(json.dumps(proof or real))
            arguments = [sys.executable, "-I", "-S", str(SCRIPT), "proof.json", "seals.json", *more]
            return subprocess.run(
                arguments, cwd=tmp_path, capture_output=True, text=True, check=False, env={}
            )

        return run

    def test_says_that_a_proof_holds(self, run: Any, proof: dict[str, Any]) -> None:
        done = run()
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"The proof holds: the line with the leaf {proof['leaf']}")
        assert "in seal 1." in done.stdout

    def test_that_the_line_is_the_sealed_one_too(self, run: Any, tmp_path: Path) -> None:
        assert run(None, "line.json").returncode == 0
        (tmp_path / "line.json").write_text("{}")
        done = run(None, "line.json")
        assert (done.returncode, done.stdout) == (1, "")
        assert "the line is not the one that was sealed" in done.stderr

    @pytest.mark.parametrize("name", BAD)
    def test_that_a_bad_one_does_not(self, name: str, run: Any, proof: dict[str, Any]) -> None:
        done = run(BAD[name](proof))
        assert (done.returncode, done.stdout) == (1, "")
        assert "does NOT hold" in done.stderr

    @pytest.mark.parametrize(
        ("name", "value", "told"),
        [
            ("root", "0" * 64, "seal 1 was changed"),
            ("count", 1, "seal 1 was changed"),
            ("previous", "1" * 64, "broken before seal 1"),
            ("number", 5, "broken before seal 5"),
        ],
    )
    def test_that_the_chain_is_broken(
        self, name: str, value: Any, told: str, run: Any, tmp_path: Path
    ) -> None:
        path = tmp_path / "seals.json"
        stated = json.loads(path.read_text())
        stated["seals"][0][name] = value
        path.write_text(json.dumps(stated))
        done = run()
        assert done.returncode == 1
        assert told in done.stderr

    def test_without_files_it_says_how_it_is_used(self) -> None:
        done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "PROOF.json SEALS.json" in done.stderr

    def test_is_linked_from_the_page(self, client: Client) -> None:
        assert "verify_proof.py" in client.get(reverse("seals")).content.decode()
