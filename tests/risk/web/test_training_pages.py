"""Training and bins in the browser: ordering, progress, the document, cutting and joining, by role."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.models import Branch, User
from core.roles import Role
from risk.domain.classing import groups_of
from risk.domain.scorecard import Card
from risk.models import ModelVersion, TrainingRun
from risk.selectors.registry import READERS
from risk.services.training_runs import TRAINERS, train_waiting
from tests.risk.conftest import TODAY, make_person, past_loans
from tests.risk.web.conftest import HTMX, SignIn, world


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    monkeypatch.setattr("risk.services.training_runs.FOLDS", 2)


def asked(**more: Any) -> dict[str, Any]:
    file = SimpleUploadedFile("past.csv", past_loans(400).to_csv(index=False).encode())
    return {"population": "retail", "source": "file", "file": file, "target": "bad", "rising": "dsti, dsti"} | more


@pytest.fixture
def developed(learnt: dict[str, Any], bank: Any) -> ModelVersion:
    """A version with two factors' classes."""
    card = Card.from_dict(learnt["definition"]["card"])
    one = next(each for each in card.features if each.name == "dsti")
    fine = {
        "kind": "numeric",
        "edges": list(one.edges),
        "labels": [each.label for each in one.bins[:-1]],
        "fixed": ["Missing"],
        "goods": [each.goods for each in one.bins],
        "bads": [each.bads for each in one.bins],
    }
    kept = {key: value for key, value in learnt.items() if key not in ("fingerprint",)}
    return ModelVersion.objects.create(
        name="retail", number=1, data_fingerprint=learnt["fingerprint"], development={"fine": {"dsti": fine}}, **kept
    )


class TestTrainingPages:
    def test_order_work_and_document(self, risk_manager: User, sign_in: SignIn) -> None:
        client = sign_in(risk_manager)
        assert "Months watched" in client.get(reverse("risk:model_train")).text
        answer = client.post(reverse("risk:model_train"), asked())
        run = TrainingRun.objects.get()
        assert answer.url == reverse("risk:training_detail", args=[run.pk]) and run.options["rising"] == ["dsti"]  # type: ignore[attr-defined]
        waiting = client.get(answer.url, headers=HTMX).text  # type: ignore[attr-defined]
        assert "hx-trigger" in waiting and "<h1" not in waiting
        train_waiting()
        run.refresh_from_db()
        assert run.version is not None, run.note
        done = client.get(answer.url).text  # type: ignore[attr-defined]
        assert "The draft is ready" in done and "hx-trigger" not in done.split('id="training"')[1][:200]
        page = client.get(reverse("risk:model_development", args=[run.version.pk])).text
        assert "Factors and coefficients" in page and "Expected and observed differ most" in page
        pdf = client.get(reverse("risk:model_development_pdf", args=[run.version.pk]))
        assert pdf.content[:4] == b"%PDF" and "retail-1.pdf" in pdf["Content-Disposition"]
        assert "past.csv" in client.get(reverse("risk:model_list")).text

    def test_keeps_what_was_typed_and_says_what_is_missing(self, risk_manager: User, sign_in: SignIn) -> None:
        client = sign_in(risk_manager)
        own = {"source": "own", "first": "2025-01-01", "last": "2024-01-01", "falling": "dsti"}
        page = client.post(reverse("risk:model_train"), asked(**own))
        assert page.status_code == 422 and not TrainingRun.objects.exists()
        for words in ("This is needed.", "lies before the first", "dsti: the risk can rise or fall, not both."):
            assert words in page.text
        future = client.post(reverse("risk:model_train"), asked(source="own", first="2025-01-01", last="2027-01-01", window="12"))
        assert "This day has not come yet." in future.text

    def test_names_the_column_that_cannot_be_learnt_from(self, risk_manager: User, sign_in: SignIn) -> None:
        client, frame = sign_in(risk_manager), past_loans(400)
        spoilt = {
            "bad: every row has the same outcome, 0;": frame.assign(bad=0),
            "status: tells the outcome (equal to bad)": frame.assign(status=frame["bad"].map({0: "paid", 1: "lost"})),
            "seen: 400 dates lie in the future": frame.assign(seen="2031-01-01"),
            "granted: 1 date lies in the future": frame.assign(granted=["2031-01-01"] + ["2024-01-01"] * 399),
        }
        for words, table in spoilt.items():
            more = {"date_column": "granted"} if "granted" in table else {}
            file = SimpleUploadedFile("past.csv", table.to_csv(index=False).encode())
            order = client.post(reverse("risk:model_train"), asked(file=file, **more))
            train_waiting()
            assert words in client.get(order.url).text, words  # type: ignore[attr-defined]
        assert not ModelVersion.objects.exists()

    def test_says_what_was_noticed_in_the_sample(self, risk_manager: User, sign_in: SignIn) -> None:
        client, frame = sign_in(risk_manager), past_loans(400).assign(branch="Riga", note=None)
        order = client.post(
            reverse("risk:model_train"), asked(file=SimpleUploadedFile("past.csv", frame.to_csv(index=False).encode()), falling="branch")
        )
        train_waiting()
        page = client.get(order.url).text  # type: ignore[attr-defined]
        assert "branch: constant; left out." in page and "note: every value is missing; left out." in page

    def test_doors_by_role(self, developed: ModelVersion, branch: Branch, risk_manager: User, sign_in: SignIn) -> None:
        run = TrainingRun.objects.create(population="retail", source="FILE", ordered_by=risk_manager, business_date=TODAY)
        before = world()
        pages = [reverse(f"risk:model_{name}", args=[developed.pk]) for name in ("development", "classing")]
        for role in Role:
            client = sign_in(make_person(f"some_{role.lower()}", branch, role))
            for url in [*pages, reverse("risk:training_detail", args=[run.pk])]:
                assert client.get(url).status_code == (200 if role in READERS else 403), (role, url)
            if role not in READERS:
                assert client.get(reverse("risk:model_development_pdf", args=[developed.pk])).status_code == 403
            if role in TRAINERS:
                continue
            assert client.get(reverse("risk:model_train")).status_code == 403
            assert client.post(reverse("risk:model_train"), asked()).status_code == 403
            assert client.post(reverse("risk:model_refit", args=[developed.pk])).status_code == 403
            kept = client.post(pages[1], {"factor": "dsti", "groups": groups(developed), "keep": "drawn"})
            assert kept.status_code == (422 if role in READERS else 403)
        assert world() == before and TrainingRun.objects.count() == 1


class TestBins:
    def test_cut_join_keep_and_go_back(self, developed: ModelVersion, risk_manager: User, sign_in: SignIn) -> None:
        client = sign_in(risk_manager)
        url = reverse("risk:model_classing", args=[developed.pk])
        assert "Bins of the retail scorecard v1" in client.get(url).text
        joined = client.post(url, {"factor": "dsti", "groups": groups(developed), "toggle": "0"}, headers=HTMX)
        assert joined.status_code == 200 and "<h1" not in joined.text and 'value="0,1|2' in joined.text
        drawn = re.findall(r'name="groups" value="([^"]+)"', joined.text)[0]
        kept = client.post(url, {"factor": "dsti", "groups": drawn, "keep": "drawn"}, follow=True)
        assert "are kept for the next training" in kept.text and "Bins by hand: Debt service to income." in kept.text
        assert "The sample of this version is not kept" in kept.text
        developed.refresh_from_db()
        fine = developed.development["fine"]["dsti"]
        assert developed.classing["dsti"] == fine["edges"][1:]
        client.post(url, {"factor": "dsti", "groups": drawn, "keep": "learnt"})
        developed.refresh_from_db()
        assert developed.classing == {}

    @pytest.mark.parametrize("text", ["", "0,1", "0|x", "1,0|2"])
    def test_refuses_bins_it_cannot_read(self, developed: ModelVersion, risk_manager: User, sign_in: SignIn, text: str) -> None:
        answer = sign_in(risk_manager).post(
            reverse("risk:model_classing", args=[developed.pk]), {"factor": "dsti", "groups": text, "keep": "drawn"}
        )
        developed.refresh_from_db()
        assert answer.status_code == 422 and "could not be read" in answer.text and developed.classing == {}

    def test_says_so_without_classes(self, model: ModelVersion, validator: User, sign_in: SignIn) -> None:
        assert "No classes are kept" in sign_in(validator).get(reverse("risk:model_classing", args=[model.pk])).text


def groups(version: ModelVersion) -> str:
    feature = next(one for one in Card.from_dict(version.definition["card"]).features if one.name == "dsti")
    return "|".join(",".join(map(str, members)) for members in groups_of(version.development["fine"]["dsti"], feature))
