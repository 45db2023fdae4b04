"""The pages of inspections: who may open and do what, what a phone is answered, and what a list costs."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from collateral.domain.inspections import DEFAULT_RULES, as_document
from collateral.models import Inspection, InspectionRound, InspectionSettings, InspectionStop, RedFlag
from collateral.selectors.inspections import ROUND_READERS
from collateral.services.inspection_settings import propose_inspection_settings
from core.models import Branch, User
from core.roles import Role
from tests.collateral.books import Book
from tests.collateral.conftest import SignIn, hire
from tests.collateral.inspecting import book, give, inspect, inspector, machine, media, night, photo
from tests.shared_rows import shared

__all__ = ["book", "inspector", "media"]

INSPECTORS = {Role.APPRAISER, Role.INVESTIGATOR}
JSON = {"HTTP_ACCEPT": "application/json"}


@shared
def stop(book: Book, inspector: User) -> InspectionStop:
    return give(machine(book, title_number="SN 4711 ZWIRN", title_key="SN4711ZWIRN"), inspector, book.today)


def at(name: str, *args: Any) -> str:
    return reverse(f"collateral:{name}", args=args)


def form(stop: InspectionStop, **changes: Any) -> dict[str, Any]:
    """As the page sends it."""
    given = {
        "client_key": str(uuid4()), "after": "", "presence": "PRESENT", "number_seen": "SN 4711 ZWIRN", "condition": "GOOD", "use": "IN_USE",
        "place_words": "In the hall", "seen_date": stop.round.planned_date.isoformat(), "remarks": "", "photos": [photo(2)],
    }  # fmt: skip
    return given | changes


def world() -> tuple[Any, ...]:
    models = (Inspection, RedFlag, InspectionSettings)
    return (*(model.objects.count() for model in models), *InspectionRound.objects.values_list("inspector", "state"))


def test_every_role_sees_and_does_only_what_is_its_own(stop: InspectionStop, branch: Branch, sign_in: SignIn) -> None:
    given = stop.round
    proposed = propose_inspection_settings(
        document=as_document(DEFAULT_RULES) | {"stops": 4}, reason="x", actor=hire("rolf", Role.RISK_MANAGER, branch=branch)
    )
    before = world()
    pages = {
        at("inspection_round_list"): set(ROUND_READERS),
        at("inspection_round", given.pk): set(ROUND_READERS),
        at("inspection_settings"): set(ROUND_READERS),
        at("inspection_stops"): INSPECTORS,
        at("inspection_worker"): INSPECTORS,
    }
    acts = {
        at("inspection_round_hand_over", given.pk): {Role.RISK_MANAGER},
        at("inspection_settings_decide", proposed.pk): {Role.RISK_MANAGER},
        at("inspection_settings"): set(ROUND_READERS),
    }
    for role in Role:
        client = sign_in(hire(f"a_{role.value.lower()}", role, branch=branch))
        for page, readers in pages.items():
            assert client.get(page).status_code == (200 if role in readers else 403), (role, page)
        # A stop on somebody else's round looks like none to another inspector; whoever answers for the book reads it and sends nothing.
        one = client.get(at("inspection_stop", stop.pk))
        assert one.status_code == (200 if role in ROUND_READERS else 404 if role in INSPECTORS else 403), role
        assert client.post(at("inspection_stop", stop.pk), form(stop)).status_code == one.status_code if role not in ROUND_READERS else 422
        for act, doers in acts.items():
            assert client.post(act, {}).status_code == (422 if role in doers else 403), (role, act)
    assert world() == before
    stranger = sign_in(hire("far", Role.APPROVER, branch=Branch.objects.create(code="B9", name="Ninth")))
    assert stranger.get(at("inspection_round", given.pk)).status_code == 404
    assert given.reference not in stranger.get(at("inspection_round_list")).text


def test_readers_are_refused_in_words_and_nothing_is_kept(stop: InspectionStop, branch: Branch, sign_in: SignIn) -> None:
    before = world()
    for role in ROUND_READERS:
        answer = sign_in(hire(f"r_{role.value.lower()}", role, branch=branch)).post(at("inspection_stop", stop.pk), form(stop), **JSON)
        assert answer.status_code == 422 and "Only appraisers and investigators" in answer.json()["words"]
    assert world() == before


def test_an_inspector_sees_where_to_go_and_not_what_the_number_is(stop: InspectionStop, inspector: User, sign_in: SignIn) -> None:
    client = sign_in(inspector)
    assert stop.asset.description in client.get(at("inspection_stops")).text
    page = client.get(at("inspection_stop", stop.pk))
    assert "zwirn" not in page.text.lower() and "geolocation=(self)" in page.headers["Permissions-Policy"]
    said = client.post(at("inspection_stop", stop.pk), form(stop, number_seen="SN 4711 GARN"), follow=True).text
    assert "The number differs from the registered one." in said and "zwirn" not in said.lower()
    assert "Another inspection" in client.get(at("inspection_stop", stop.pk)).text


def test_a_phone_is_told_in_words_whether_it_is_kept(stop: InspectionStop, inspector: User, sign_in: SignIn) -> None:
    client, url = sign_in(inspector), at("inspection_stop", stop.pk)
    wrong = client.post(url, form(stop, photos=[]), **JSON)
    assert (wrong.status_code, wrong.json()) == (422, {"words": "The bank has not taken it: Take at least one photo of it."})
    what = form(stop)
    for _ in range(2):
        what["photos"] = [photo(2)]
        assert client.post(url, what, **JSON).json() == {"kept": at("inspection_stops")}
    late = client.post(url, form(stop), **JSON)
    assert late.status_code == 409 and "changed while you had it open" in late.json()["words"]
    assert Inspection.objects.count() == 1
    unsent = client.post(url, {"presence": "PRESENT"}, **JSON)
    assert unsent.status_code == 422 and Inspection.objects.count() == 1


def test_faults_stand_in_the_form_without_a_script(stop: InspectionStop, inspector: User, sign_in: SignIn) -> None:
    answer = sign_in(inspector).post(at("inspection_stop", stop.pk), form(stop, condition="", remarks="Oil on the floor"))
    assert answer.status_code == 422 and "Say what condition it is in." in answer.text and "Oil on the floor" in answer.text


def test_rounds_their_progress_and_the_share_of_the_book(
    book: Book, branch: Branch, inspector: User, sign_in: SignIn, risk_manager: User
) -> None:
    for _ in range(3):
        machine(book, "Nordersund")
    night(book.today)
    stop = InspectionStop.objects.order_by("position")[0]
    inspect(stop, presence="ABSENT", remarks="Gone.")
    client = sign_in(risk_manager)
    page = client.get(at("inspection_round_list")).text
    assert "1 of 3" in page and "0.0%" in page and "Machinery is furthest behind" in page
    night(book.today)
    assert "33.3%" in client.get(at("inspection_round_list")).text
    assert "Nordersund" in client.get(at("inspection_round_list") + "?export=csv").getvalue().decode()
    given = client.get(at("inspection_round", stop.round_id)).text
    assert "1 of 3 seen" in given and "Not there" in given and "something was wrong the last time" not in given
    asset = client.get(at("asset_detail", stop.asset_id)).text
    assert "Not there" in asset and "To be seen again by" in asset and "did not find the asset" in asset
    officer = sign_in(hire("olga", Role.OFFICER, branch=branch)).get(at("asset_detail", stop.asset_id)).text
    assert "Not there" in officer and "To be seen again by" not in officer, "rounds come unannounced"


def test_a_longer_list_costs_the_same(book: Book, inspector: User, sign_in: SignIn, risk_manager: User) -> None:
    client, own = sign_in(risk_manager), sign_in(inspector)

    def costs() -> list[int]:
        found = []
        given = InspectionRound.objects.order_by("pk")[0]
        for who, page in ((client, at("inspection_round_list")), (client, at("inspection_round", given.pk)), (own, at("inspection_stops"))):
            who.get(page)
            with CaptureQueriesContext(connection) as queries:
                assert who.get(page).status_code == 200
            found.append(len(queries))
        return found

    machine(book, "Nordersund")
    machine(book, "Nordersund")
    night(book.today)
    inspect(InspectionStop.objects.order_by("position")[0])
    few = costs()
    for place in ("Lindenhafen", "Westerkoog", "Bad Ahlen"):
        machine(book, place)
    night(book.today)
    given = InspectionRound.objects.order_by("pk")[0]
    for position in range(3, 7):
        asset = machine(book, days_ago=10)
        inspect(
            InspectionStop.objects.create(round=given, asset=asset, position=position, level="ORDINARY"),
            photos=[photo(position), photo(position + 9)],
        )
    assert costs() == few


def test_settings_are_proposed_and_decided_on_their_page(branch: Branch, bank: Any, risk_manager: User, sign_in: SignIn) -> None:
    proposer, decider = sign_in(risk_manager), sign_in(hire("rolf", Role.RISK_MANAGER, branch=branch))
    page = at("inspection_settings")
    found = proposer.get(page).context["form"]
    values = {name: found[name].value() for name in found.fields if name != "reason"}
    assert proposer.post(page, values | {"high_VEHICLE": "400", "reason": "x"}).status_code == 422
    assert "put them in force" in proposer.post(page, values | {"high_VEHICLE": "30", "reason": "Cars move"}, follow=True).text
    assert "every 365, 180 or 30 days" in decider.get(page).text
    proposed = InspectionSettings.objects.get()
    decider.post(at("inspection_settings_decide", proposed.pk), {"outcome": "confirm", "reason": "Yes"})
    proposed.refresh_from_db()
    assert proposed.state == "ACTIVE"
