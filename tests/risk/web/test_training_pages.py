"""Training and bins in the browser: ordering, progress, the document, cutting and joining, by role."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from core.models import Branch, User
from core.roles import Role
from risk.domain.classing import groups_of
from risk.domain.scorecard import Card
from risk.models import ModelVersion, TrainingRun
from risk.selectors.registry import READERS
from risk.services.sample_retention import delete_old_samples
from risk.services.training_runs import TRAINERS, train_waiting
from tests.risk.conftest import TODAY, make_person, past_loans
from tests.risk.web.conftest import HTMX, SignIn, world


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    monkeypatch.setattr("risk.services.training_runs.FOLDS", 2)


def asked(**more: Any) -> dict[str, Any]:
    file = SimpleUploadedFile("past.csv", past_loans(400).to_csv(index=False).encode())
    return {"population": "retail", "source": "file", "file": file} | more


def ordered(client: Any, table: pd.DataFrame | None = None, after: str = "", **more: Any) -> Any:
    """A file sent and its columns chosen: what answers the choice."""
    file = {} if table is None else {"file": upload(table)}
    sent = client.post(reverse("risk:model_train") + after, asked(**file))
    assert sent.status_code == 302, sent.context["form"].errors
    return client.post(sent.url, {"target": "bad", "rising": "dsti, dsti"} | more)


def upload(table: pd.DataFrame) -> SimpleUploadedFile:
    return SimpleUploadedFile("past.csv", table.to_csv(index=False).encode())


def command(folder: Path, table: pd.DataFrame) -> None:
    """The same table on the command line."""
    table.to_csv(folder / "past.csv", index=False)
    options = ("--folds", "2", "--report", folder / "report.json", "--today", TODAY.isoformat())
    call_command("train_model", "--data", folder / "past.csv", "--target", "bad", *options, verbosity=0)


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
        sent: Any = client.post(reverse("risk:model_train"), asked())
        columns = client.get(sent.url).text
        assert "bad: 0 or 1" in columns and "employment_months" in columns and "400 rows, 4 columns" in columns
        assert "Choose its columns" in client.get(reverse("risk:training_detail", args=[TrainingRun.objects.get().pk])).text
        assert train_waiting() == 0, "nothing is learnt before the columns are chosen"
        answer = client.post(sent.url, {"target": "bad", "rising": "dsti, dsti"})
        run = TrainingRun.objects.get()
        assert answer.url == reverse("risk:training_detail", args=[run.pk]) and run.options["rising"] == ["dsti"]  # type: ignore[attr-defined]
        assert client.get(sent.url).status_code == 302, "chosen once"
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
        own = {"source": "own", "first": "2025-01-01", "last": "2024-01-01", "rising": "dsti", "falling": "dsti"}
        page = client.post(reverse("risk:model_train"), asked(**own))
        assert page.status_code == 422 and not TrainingRun.objects.exists()
        for words in ("This is needed.", "lies before the first", "dsti: the risk can rise or fall, not both."):
            assert words in page.text
        future = client.post(reverse("risk:model_train"), asked(source="own", first="2025-01-01", last="2027-01-01", window="12"))
        assert "This day has not come yet." in future.text

    def test_says_the_same_of_bad_data_as_the_command_line(
        self, risk_manager: User, sign_in: SignIn, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        client, frame = sign_in(risk_manager), past_loans(400)
        rows = pd.Series(range(400))
        spoilt = {
            "bad: every row has the same outcome, 0;": frame.assign(bad=0),
            "bad: 7 rows have no outcome.": frame.assign(bad=frame["bad"].where(rows > 6)),
            "bad: 400 different outcomes found;": frame.assign(bad=rows),
            "dsti: holds an infinite value.": frame.assign(dsti=frame["dsti"].where(rows > 0, np.inf)),
            "dsti: holds an infinite value.\namount: holds an infinite value.": frame.assign(
                amount=frame["amount"].where(rows > 1, -np.inf), dsti=frame["dsti"].where(rows > 0, np.inf)
            ),
            "bad_again: tells the outcome (equal to bad)": frame.assign(bad_again=frame["bad"]),
            "status: tells the outcome (equal to bad)": frame.assign(status=frame["bad"].map({0: "paid", 1: "lost"})),
            "seen: 400 dates lie in the future.": frame.assign(seen="2031-01-01"),
            "granted: 1 date lies in the future.": frame.assign(granted=["2031-01-01"] + ["2024-01-01"] * 399),
            "branch: constant; left out.\nnote: every value is missing; left out.": frame[["bad"]].assign(branch="Riga", note=None),
        }
        for words, table in spoilt.items():
            with pytest.raises(CommandError) as refusal:
                command(tmp_path, table)
            assert words in str(refusal.value)
            order = ordered(client, table, rising="")
            train_waiting()
            page = html.unescape((order if order.status_code == 422 else client.get(order.url)).text)
            for line in str(refusal.value).splitlines():
                assert line in page, line
        assert not ModelVersion.objects.exists()

    def test_says_the_same_of_what_is_odd_as_the_command_line(
        self, risk_manager: User, sign_in: SignIn, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        table = past_loans(400).assign(
            branch="Riga", note=None, number=range(400), trade=["astronaut"] * 3 + ["baker"] * 197 + ["smith"] * 200
        )
        command(tmp_path, table)
        said = [line for line in capsys.readouterr().out.splitlines() if line.split(":")[0] in table.columns]
        assert [line.split(":")[0] for line in said] == ["branch", "note", "number", "trade"]
        client = sign_in(risk_manager)
        order = ordered(client, table, falling="branch")
        train_waiting()
        page = html.unescape(client.get(order.url).text)
        assert all(line in page for line in said), said

    def test_orders_again_what_failed_without_writing_it_anew(self, risk_manager: User, validator: User, sign_in: SignIn) -> None:
        client, table = sign_in(risk_manager), past_loans(400).assign(status=past_loans(400)["bad"])
        order = ordered(client, table, falling="employment_months", left_out="amount")
        train_waiting()
        again = re.findall(r'href="([^"]+\?after=[^"]+)"', client.get(order.url).text)[0]
        form = client.get(again).context["form"]
        assert {name: form[name].value() for name in ("population", "source")} == {"population": "retail", "source": "file"}
        sent: Any = client.post(again, asked(file=upload(table)))
        form = client.get(sent.url).context["form"]
        assert {name: form[name].value() for name in ("target", "rising", "falling", "left_out")} == {
            "target": "bad", "rising": "dsti", "falling": "employment_months", "left_out": ["amount"],
        }  # fmt: skip
        assert "after=" not in sign_in(validator).get(order.url).text
        assert client.get(again[:-4]).status_code == 200, "an address that names no order opens an empty form"

    def test_refuses_a_granted_day_that_has_not_come(self, risk_manager: User, sign_in: SignIn) -> None:
        client, table = sign_in(risk_manager), past_loans(400).assign(granted=["2031-01-01"] + ["2024-01-01"] * 399)
        order = ordered(client, table, date_column="granted")
        train_waiting()
        assert "granted: 1 date lies in the future" in client.get(order.url).text

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"%PDF-1.4 some paper", "This is a PDF, whatever its name says."),
            (b"PK\x03\x04book", "This is an Excel workbook or another packed file"),
            (b" \n ", "The file is empty."),
            (b"a,b\n1,\x00\n", "This is no text file."),
            (b"a,b\n1,2\n\xff,3\n", "Line 3 holds letters that are not UTF-8."),
            (b"bad;dsti\n1;2\n", "The columns are parted by semicolons."),
            (b"bad\n1\n", "The first row names one column, \u201cbad\u201d."),
            (b"bad,,dsti\n1,2,3\n", "Column 2 has no name."),
            (b"bad,dsti,bad\n1,2,3\n", "Two columns are called bad."),
            (b"1,2,3\n1,2,3\n", "The first row holds numbers."),
            (b"bad,dsti\n", "The file has a header and no rows."),
            (b"bad,dsti\n1,2\n1,2,3\n", "Expected 2 fields in line 3, saw 3."),
            (b"bad,dsti\n1,2,3\n1,2,3\n", "The rows have more cells than the 2 names in the first row."),
        ],
    )
    def test_refuses_at_once_what_is_no_table_to_learn_from(self, content: bytes, words: str, risk_manager: User, sign_in: SignIn) -> None:
        answer = sign_in(risk_manager).post(reverse("risk:model_train"), asked(file=SimpleUploadedFile("past.csv", content)))
        assert answer.status_code == 422 and words in str(answer.context["form"].errors["file"])
        assert not TrainingRun.objects.exists()

    def test_chooses_among_the_columns_of_the_file(
        self, risk_manager: User, second_risk_manager: User, sign_in: SignIn, settings: Any
    ) -> None:
        client = sign_in(risk_manager)
        sent: Any = client.post(reverse("risk:model_train"), asked())
        for chosen, field in (
            ({}, "target"),
            ({"target": "amount"}, "target"),
            ({"target": "shoe_size"}, "target"),
            ({"target": "bad", "positive": "2"}, "positive"),
            ({"target": "bad", "date_column": "bad"}, "date_column"),
            ({"target": "bad", "rising": "shoe_size"}, "rising"),
            ({"target": "bad", "left_out": "bad"}, "left_out"),
            ({"target": "bad", "rising": "dsti", "falling": "dsti"}, "falling"),
        ):
            answer = client.post(sent.url, chosen)
            assert answer.status_code == 422 and list(answer.context["form"].errors) == [field], (chosen, answer.context["form"].errors)
        other = sign_in(second_risk_manager).post(sent.url, {"target": "bad"})
        assert other.status_code == 422 and "Rita Risk sent this file and chooses its columns." in other.text
        assert TrainingRun.objects.get().state == "CHOICE" and train_waiting() == 0
        assert delete_old_samples(business_date=TODAY) == 0 and delete_old_samples(business_date=TODAY + timedelta(days=1)) == 1
        run = TrainingRun.objects.get()
        assert (run.state, list(Path(settings.MEDIA_ROOT).rglob("training/*"))) == ("FAILED", [])
        assert "Nobody chose its columns" in client.get(reverse("risk:training_detail", args=[run.pk])).text

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
            assert client.post(reverse("risk:training_columns", args=[run.pk]), {"target": "bad"}).status_code == 403
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
        drawn = sent(joined.text)
        kept = client.post(url, {"factor": "dsti", "groups": drawn, "keep": "drawn"}, follow=True)
        assert "are kept for the next training" in kept.text and "Bins by hand: Debt service to income." in kept.text
        assert "The sample of this version is not kept" in kept.text
        developed.refresh_from_db()
        fine = developed.development["fine"]["dsti"]
        assert developed.classing["dsti"] == fine["edges"][1:]
        client.post(url, {"factor": "dsti", "groups": drawn, "keep": "learnt"})
        developed.refresh_from_db()
        assert developed.classing == {}

    def test_what_is_not_kept_yet_waits_for_who_drew_it_and_is_named(
        self, developed: ModelVersion, risk_manager: User, second_risk_manager: User, validator: User, sign_in: SignIn
    ) -> None:
        client, url = sign_in(risk_manager), reverse("risk:model_classing", args=[developed.pk])
        fine = developed.development["fine"]
        developed.development["fine"] = fine | {"employment_months": fine["dsti"]}
        developed.save()
        drawn = sent(client.post(url, {"factor": "dsti", "groups": groups(developed), "toggle": "0"}, headers=HTMX).text)
        away = client.get(url, {"factor": "employment_months"}).text
        assert "Debt service to income, not kept yet" in away and "A training takes the bins that are kept." in away
        back = client.get(url, {"factor": "dsti"}).text
        assert sent(back) == drawn != groups(developed) and "Throw the changes away" in back
        for other in (second_risk_manager, validator):
            page = sign_in(other).get(url, {"factor": "dsti"}).text
            assert sent(page) == groups(developed) and "not kept yet" not in page
        client.post(url, {"factor": "dsti", "groups": drawn, "keep": "nothing"})
        assert sent(client.get(url, {"factor": "dsti"}).text) == groups(developed)
        client.post(url, {"factor": "dsti", "groups": groups(developed), "toggle": "0"})
        page = client.post(url, {"factor": "dsti", "groups": drawn, "keep": "drawn"}, follow=True).text
        assert "not kept yet" not in page.lower() and "Debt service to income, by hand" in page
        # Undone by hand, nothing waits any more; and what does not fit the version is not shown.
        session = client.session
        session[f"bins-{developed.pk}"] = {"dsti": "0|0", "shoe_size": "0"}
        session.save()
        assert "not kept yet" not in client.get(url, {"factor": "dsti"}).text.lower()

    def test_leaves_what_is_not_touched_to_the_last_digit(self, developed: ModelVersion, risk_manager: User, sign_in: SignIn) -> None:
        edges = [0.1 + 0.2, 1 / 3, 0.3333334, 0.7000000000000001]
        sizes = {"labels": ["a", "b", "c", "d", "e"], "fixed": ["Missing"], "goods": [40, 30, 20, 10, 10, 0], "bads": [2, 4, 6, 8, 10, 0]}
        developed.development["fine"]["dsti"] = {"kind": "numeric", "edges": edges, **sizes}
        developed.classing = {"dsti": edges}
        developed.save()
        client, url = sign_in(risk_manager), reverse("risk:model_classing", args=[developed.pk])
        page = client.get(url).text
        for words in ("over 30.000000% to 33.333333%", "over 33.333333% to 33.333340%", "over 70.000000%"):
            assert words in page
        for toggle, left in ((3, edges[:3]), (0, edges[1:3]), (3, edges[1:])):
            shown = client.post(url, {"factor": "dsti", "groups": sent(page), "toggle": str(toggle)}, headers=HTMX)
            page = shown.text
            client.post(url, {"factor": "dsti", "groups": sent(page), "keep": "drawn"})
            developed.refresh_from_db()
            assert developed.classing["dsti"] == left

    @pytest.mark.parametrize("text", ["", "0,1", "0|x", "1,0|2"])
    def test_refuses_bins_it_cannot_read(self, developed: ModelVersion, risk_manager: User, sign_in: SignIn, text: str) -> None:
        answer = sign_in(risk_manager).post(
            reverse("risk:model_classing", args=[developed.pk]), {"factor": "dsti", "groups": text, "keep": "drawn"}
        )
        developed.refresh_from_db()
        assert answer.status_code == 422 and "could not be read" in answer.text and developed.classing == {}

    def test_says_so_without_classes(self, model: ModelVersion, validator: User, sign_in: SignIn) -> None:
        assert "No classes are kept" in sign_in(validator).get(reverse("risk:model_classing", args=[model.pk])).text


def sent(page: str) -> str:
    """The bins as the page would send them."""
    return re.findall(r'name="groups" value="([^"]+)"', page)[0]


def groups(version: ModelVersion) -> str:
    feature = next(one for one in Card.from_dict(version.definition["card"]).features if one.name == "dsti")
    return "|".join(",".join(map(str, members)) for members in groups_of(version.development["fine"]["dsti"], feature))
