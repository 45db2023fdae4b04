"""The file of an asset: insurance, claims of others in one order with the bank's own, and photos that are known again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO
from random import Random
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image, ImageDraw, ImageEnhance

from collateral.domain.photos import LARGEST_SIDE, NEARLY_THE_SAME, NoPhoto, make_small, tells
from collateral.models import Asset, AssetPhoto, InsurancePolicy, Lien, Pledge
from collateral.selectors.records import LIKE, photo_elsewhere
from collateral.services.records import UnableToRecord, add_photo, end_lien, record_insurance, record_lien
from core.errors import Conflict
from core.models import Branch, Proposal, User
from core.roles import Role
from loans.models import Application
from loans.services.documents import open_document
from tests.collateral.conftest import Register, SignIn, hire
from tests.collateral.papers import file_paper, sheet
from tests.collateral.test_services import another_application, open_codes
from tests.every_role import every_role
from tests.shared_rows import shared


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def machine_hall(width: int = 900, height: int = 600) -> Image.Image:
    """Something with edges, the same every time."""
    image = Image.new("RGB", (width, height), "#9ab")
    draw = ImageDraw.Draw(image)
    for number, shade in enumerate(("#333", "#eee", "#c33", "#3a3", "#225", "#fd4")):
        left = width * number // 6
        draw.rectangle([left, height * (number % 3) // 4, left + width // 7, height - height * (number % 2) // 5], fill=shade)
    return image


def as_file(image: Image.Image, name: str = "IMG_1.JPG", form: str = "JPEG") -> SimpleUploadedFile:
    kept = BytesIO()
    image.save(kept, form, quality=90)
    return SimpleUploadedFile(name, kept.getvalue())


@shared
def policy(today: date, officer: User) -> dict[str, Any]:
    return {
        "insurer": "Nordstern",
        "policy_number": "NS-4711",
        "sum_insured": Decimal(250_000),
        "from_date": today,
        "until_date": date(2028, 1, 1),
        "names_bank": True,
        "actor": officer,
        "business_date": today,
    }


@shared
def claim(today: date, officer: User) -> dict[str, Any]:
    return {
        "holder": "Other Bank",
        "rank": 1,
        "amount": Decimal(40_000),
        "registry_reference": "R-77",
        "registered_date": date(2024, 5, 5),
        "actor": None,
        "business_date": today,
    }


class TestInsurance:
    def test_insures_the_asset_to_its_last_day(self, asset: Asset, policy: dict[str, Any]) -> None:
        record_insurance(asset=asset, **policy, proof=sheet())
        asset.refresh_from_db()
        assert (asset.insured_until, open_codes(asset)) == (date(2028, 1, 1), set())

    def test_is_flagged_when_it_is_too_small_or_pays_somebody_else(self, asset: Asset, policy: dict[str, Any]) -> None:
        record_insurance(asset=asset, **{**policy, "sum_insured": Decimal(150_000), "names_bank": False}, proof=sheet())
        assert open_codes(asset) == {"under_insured", "insurance_pays_others"}
        assert asset.flags.get(code="under_insured").text == "The insured sum is 25% below the value."

    def test_names_every_fault_at_its_field(self, asset: Asset, policy: dict[str, Any]) -> None:
        wrong = {"insurer": " ", "policy_number": "", "sum_insured": Decimal("NaN"), "until_date": date(2025, 1, 1)}
        with pytest.raises(UnableToRecord) as refusal:
            record_insurance(asset=asset, **{**policy, **wrong})
        assert [fault.field for fault in refusal.value.faults] == ["insurer", "policy_number", "sum_insured", "until_date", "paper"]
        assert not InsurancePolicy.objects.exists()


class TestClaimsOfOthers:
    def test_move_what_is_only_proposed_behind_them(self, asset: Asset, pledge: Pledge, claim: dict[str, Any]) -> None:
        record_lien(asset=asset, **claim)
        pledge.refresh_from_db()
        assert (pledge.rank, pledge.prior_claims, open_codes(asset)) == (2, Decimal(40_000), {"lien_undeclared"})

    def test_are_proved_by_the_registry(self, asset: Asset, claim: dict[str, Any], officer: User, today: date) -> None:
        with pytest.raises(UnableToRecord) as refusal:
            record_lien(asset=asset, **{**claim, "actor": officer})
        assert [fault.field for fault in refusal.value.faults] == ["paper"]
        proof = file_paper(asset, "LIEN_REGISTRATION", today)
        assert record_lien(asset=asset, **{**claim, "actor": officer}, proof=proof).document == proof

    def test_were_declared_and_then_are_no_flag(self, register: Register, claim: dict[str, Any]) -> None:
        asset = register(prior_claims=Decimal(40_000))
        record_lien(asset=asset, **claim)
        assert open_codes(asset) == set()

    @pytest.mark.parametrize(("rank", "code"), [(1, "taken"), (3, "gap"), (0, "gap")])
    def test_keep_the_order_of_the_registry(self, asset: Asset, pledge: Pledge, claim: dict[str, Any], rank: int, code: str) -> None:
        Pledge.objects.filter(pk=pledge.pk).update(state="PERFECTED")
        with pytest.raises(UnableToRecord) as refusal:
            record_lien(asset=asset, **{**claim, "rank": rank})
        assert [fault.code for fault in refusal.value.faults] == [code]
        assert record_lien(asset=asset, **{**claim, "rank": 2}).rank == 2
        pledge.refresh_from_db()
        assert (pledge.rank, pledge.prior_claims) == (1, 0)

    def test_end_once_and_give_their_rank_free(self, asset: Asset, claim: dict[str, Any], officer: User, today: date) -> None:
        lien = record_lien(asset=asset, **claim)
        ending: dict[str, Any] = {"actor": officer, "business_date": today}
        with pytest.raises(UnableToRecord):
            end_lien(lien=lien, ended_date=date(2020, 1, 1), **ending)
        end_lien(lien=lien, ended_date=today, **ending)
        with pytest.raises(Conflict):
            end_lien(lien=lien, ended_date=today, **ending)
        assert record_lien(asset=asset, **claim).rank == 1


class TestPhotos:
    def test_of_forty_megapixels_are_made_small(self, asset: Asset, officer: User, today: date) -> None:
        large = machine_hall().resize((7800, 5200), Image.Resampling.NEAREST)
        photo = add_photo(asset=asset, upload=as_file(large), actor=officer, business_date=today)
        assert photo.document.size < 400_000
        assert (photo.document.name, photo.document.content_type) == ("IMG_1.jpg", "image/jpeg")
        assert LARGEST_SIDE == 2048

    def test_lose_what_was_written_into_them(self, asset: Asset, officer: User, today: date) -> None:
        kept = BytesIO()
        exif = Image.Exif()
        exif[0x010E] = "home of the inspector"
        machine_hall().save(kept, "JPEG", comment=b"taken at home", exif=exif, icc_profile=b"a profile of this phone", dpi=(300, 300))
        photo = add_photo(asset=asset, upload=SimpleUploadedFile("a.jpg", kept.getvalue()), actor=officer, business_date=today)
        with open_document(photo.document) as file:
            written = file.read()
        assert not any(word in written for word in (b"home", b"profile"))
        with Image.open(BytesIO(written)) as image:
            assert not {"comment", "exif", "icc_profile"} & set(image.info)

    def test_of_a_form_that_is_only_read_whole_are_smaller(self) -> None:
        wide = BytesIO()
        Image.new("1", (7000, 6000)).save(wide, "PNG")
        with pytest.raises(NoPhoto, match="42 megapixels; 40 are the most"):
            make_small(wide.getvalue())

    def test_are_made_small_before_the_asset_is_held(
        self, asset: Asset, officer: User, today: date, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[int] = []

        def look(content: bytes) -> tuple[bytes, int]:
            seen.append(sum("FOR UPDATE" in query["sql"] for query in queries.captured_queries))
            return make_small(content)

        monkeypatch.setattr("collateral.services.records.make_small", look)
        with CaptureQueriesContext(connection) as queries:
            add_photo(asset=asset, upload=as_file(machine_hall()), actor=officer, business_date=today)
        assert seen == [0]

    def test_are_known_again_on_another_asset(
        self, register: Register, application: Application, other_branch: Branch, officer: User, today: date
    ) -> None:
        first, second = register(), register(application=another_application(application), title_number="XK 99-77123")
        Asset.objects.filter(pk=first.pk).update(branch=other_branch)
        kept: dict[str, Any] = {"actor": officer, "business_date": today}
        add_photo(asset=first, upload=as_file(machine_hall()), **kept)
        second.flags.all().delete()
        brighter = ImageEnhance.Brightness(machine_hall()).enhance(1.2).crop((6, 4, 894, 596)).resize((640, 430))
        add_photo(asset=second, upload=as_file(brighter, "copy.png", "PNG"), **kept)
        flag = second.flags.get()
        assert (flag.code, flag.evidence) == ("photo_elsewhere", {"elsewhere": first.reference})
        add_photo(asset=first, upload=as_file(machine_hall().transpose(Image.Transpose.ROTATE_180)), **kept)
        assert open_codes(first) == set()

    @pytest.mark.parametrize("content", [b"", b"no image", b"\xff\xd8\xff\xe0 cut", b"\x89PNG\r\n\x1a\n", b"GIF89a"])
    def test_that_are_none_are_refused_in_words(self, asset: Asset, officer: User, today: date, content: bytes) -> None:
        with pytest.raises(UnableToRecord) as refusal:
            add_photo(asset=asset, upload=SimpleUploadedFile("x.jpg", content), actor=officer, business_date=today)
        assert refusal.value.faults[0].field == "photo"
        assert not AssetPhoto.objects.exists()


class TestThePages:
    @every_role(Role)
    def test_let_each_role_do_its_own(self, asset: Asset, claim: dict[str, Any], branch: Branch, sign_in: SignIn, role: Role) -> None:
        lien = record_lien(asset=asset, **claim)
        policy = InsurancePolicy.objects.create(
            asset=asset, insurer="N", policy_number="1", sum_insured=300_000, from_date=asset.registered_date, until_date=date(2027, 1, 1),
            recorded_date=asset.registered_date,
        )  # fmt: skip
        client = sign_in(hire("somebody", role, branch=branch))
        may = role in (Role.OFFICER, Role.INVESTIGATOR)
        for name, key in (("insurance_add", asset.pk), ("lien_add", asset.pk), ("photo_add", asset.pk)):
            assert client.post(reverse(f"collateral:{name}", args=[key]), {}).status_code == (422 if may else 403)
        ended = {"ended_date": "2026-12-01", "reason": "Sold.", "paper": sheet("ended.pdf", "E")}
        assert client.post(reverse("collateral:policy_end", args=[policy.pk]), ended).status_code == (302 if may else 403)
        assert InsurancePolicy.objects.filter(ended_date=None).exists() is not may
        sent = {"ended_date": "2026-03-02", "reason": "Paid back.", "paper": sheet("deleted.pdf", "R")}
        assert client.post(reverse("collateral:lien_end", args=[lien.pk]), sent).status_code == (302 if may else 403)
        assert Proposal.objects.filter(state="OPEN").count() == (2 if may else 0)
        page = client.get(reverse("collateral:records", args=[asset.pk]))
        assert page.status_code == (403 if role in (Role.APPRAISER, Role.ADMINISTRATOR) else 200)
        assert ("Keep the policy" in page.text) is may
        assert Lien.objects.filter(ended_date=None).exists()

    def test_keep_and_show_what_is_handed_in(self, asset: Asset, officer: User, sign_in: SignIn) -> None:
        client = sign_in(officer)
        sent = {
            "insurer": "Nordstern",
            "policy_number": "NS-1",
            "sum_insured": "300,000.00",
            "from_date": "2026-01-01",
            "until_date": "2028-01-01",
        }
        client.post(reverse("collateral:insurance_add", args=[asset.pk]), {**sent, "names_bank": "on", "paper": sheet()})
        client.post(reverse("collateral:photo_add", args=[asset.pk]), {"photo": as_file(machine_hall())})
        claim = {"holder": "Other Bank", "rank": "1", "amount": "40000", "registry_reference": "R-77", "registered_date": "2024-05-05"}
        client.post(reverse("collateral:lien_add", args=[asset.pk]), {**claim, "paper": sheet("claim.pdf", "claim")})
        page = client.get(reverse("collateral:records", args=[asset.pk])).text
        for words in ("Nordstern NS-1", "300,000 EUR", "pays the bank", "Rank 1, Other Bank", "IMG_1.jpg"):
            assert words in page
        refused = client.post(reverse("collateral:lien_add", args=[asset.pk]), {**claim, "holder": "Kept as typed"})
        assert (refused.status_code, "Rank 1 is taken" in refused.text, "Kept as typed" in refused.text) == (422, True, True)
        stranger = sign_in(hire("stranger", Role.OFFICER, branch=Branch.objects.create(code="B9", name="Ninth")))
        assert stranger.get(reverse("collateral:records", args=[asset.pk])).status_code == 404
        assert stranger.post(reverse("collateral:lien_end", args=[Lien.objects.get().pk]), {}).status_code == 404


FILL_PHOTOS = """
WITH made AS (
    INSERT INTO loans_document (id, application_id, kind, name, content_type, size, sha256, stored_as, uploaded_by_name, uploaded_at)
    SELECT gen_random_uuid(), %(application)s, 'asset_photo', 'x.jpg', 'image/jpeg', 1, '', 'photo-' || n, 'test', now()
    FROM generate_series(1, %(count)s) AS n RETURNING id
)
INSERT INTO collateral_assetphoto (id, asset_id, document_id, likeness, added_date)
SELECT gen_random_uuid(), %(asset)s, id, (hashtextextended(id::text, 7)), current_date FROM made
"""


class TestPhotosInALargeBook:
    def fill(self, asset: Asset, application: Application, count: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(FILL_PHOTOS, {"asset": asset.pk, "application": application.pk, "count": count})
            cursor.execute("ANALYZE collateral_assetphoto")

    def test_are_found_by_index_in_one_statement(
        self, asset: Asset, register: Register, application: Application, django_assert_num_queries: Any
    ) -> None:
        other = register(application=another_application(application), title_number="XK 99-77123")
        self.fill(other, application, 8_000)
        with connection.cursor() as cursor:
            asked = {"likenesses": [4711 << 40 | 12345678901], "asset": asset.pk, "most": NEARLY_THE_SAME}
            cursor.execute(f"EXPLAIN (FORMAT JSON) {LIKE}", asked)
            plan = str(cursor.fetchone()[0])
        assert "'Index Name': 'asset_photo_bands'" in plan
        with django_assert_num_queries(1):
            photo_elsewhere(asset, *(0x5A5A5A5A5A5A5A5A + number for number in range(40)))

    def test_are_found_whichever_bits_differ_and_no_further(self, asset: Asset, register: Register, application: Application) -> None:
        """As many bits as are allowed, anywhere: the index never hides what the count would find."""
        other = register(application=another_application(application), title_number="XK 99-77123")
        self.fill(other, application, 1)
        photo, chance = AssetPhoto.objects.get(), Random(7)
        for differing, found in ((NEARLY_THE_SAME, [other.reference]), (NEARLY_THE_SAME + 1, [])):
            for _ in range(40):
                sought = chance.getrandbits(64)
                near = sought
                for bit in chance.sample(range(64), differing):
                    near ^= 1 << bit
                AssetPhoto.objects.filter(pk=photo.pk).update(likeness=near - (1 << 64) if near >> 63 else near)
                assert photo_elsewhere(asset, sought - (1 << 64) if sought >> 63 else sought) == (found if tells(sought) else [])

    def test_have_as_many_pieces_as_bits_may_differ_and_one_more(self, db: None) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT cardinality(photo_bands(-1)), photo_bands(-1)")
            pieces, full = cursor.fetchone()
        assert pieces == NEARLY_THE_SAME + 1
        assert sum((piece % 1024).bit_count() for piece in full) == 64
