"""Partner endpoints of products, applications, documents, decisions and screenings."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.files.uploadedfile import UploadedFile
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.docs import filter_by, lists, reads, writes
from core.api.etags import check_if_match, tagged
from core.api.fields import empty_body
from core.api.idempotency import idempotent
from core.api.lists import filters_of, page_of
from core.api.views import FileView, PartnerView
from core.business_date import get_business_date
from core.errors import Fault, NotFound
from loans.api import shapes
from loans.api.answers import application_answer, decision_answer, missing_items, product_answer
from loans.api.application_serializers import ApplicationSerializer, DocumentForm, ScreeningSerializer, plain
from loans.domain.states import ApplicationState
from loans.models import Application
from loans.selectors.applications import access_partner_application
from loans.selectors.partner_files import partner_applications
from loans.selectors.products import access_offered, list_offered
from loans.selectors.terms import active_version
from loans.services import locks
from loans.services.applications import UnableToSubmit, submit_application
from loans.services.decisions import latest_outcome
from loans.services.direct_intake import intake_application
from loans.services.documents import store_document
from loans.services.offers import accept_offer
from loans.services.partner_screening import screen_for_partner
from loans.services.withdrawals import withdraw_application

STATES = [state.value for state in ApplicationState]
DECIDED = (
    "APPROVED",
    "COUNTER_OFFERED",
    "DECLINED",
    "OFFERED",
    "ACCEPTED",
    "OFFER_REFUSED",
    "OFFER_EXPIRED",
    "CONTRACTED",
    "WITHDRAWN_IN_COOLING_OFF",
)


class ProductList(PartnerView):
    """`GET /products`."""

    scopes: ClassVar[dict[str, str]] = {"GET": "quotes"}

    @reads(shapes.ProductPage, also=(), name="products_list")
    def get(self, request: Request) -> Response:
        """Terms that a partner may offer."""
        return Response({"data": [product_answer(version) for version in list_offered()], "next": None})


class ProductDetail(PartnerView):
    """`GET /products/{code}`."""

    scopes: ClassVar[dict[str, str]] = {"GET": "quotes"}

    @reads(shapes.ProductShape)
    def get(self, request: Request, code: str) -> Response:
        """One product."""
        return Response(product_answer(access_offered(code)))


class ApplicationList(PartnerView):
    """`GET` and `POST /applications`."""

    scopes: ClassVar[dict[str, str]] = {"GET": "applications:read", "POST": "applications:write"}

    @lists(
        shapes.ApplicationPage,
        filter_by("status", "Only applications in this state.", STATES),
        filter_by("product", "Only applications for this product."),
        filter_by("reference", "Only the application with this reference."),
        filter_by("external_reference", "Only the application sent under this reference."),
        name="applications_list",
    )
    def get(self, request: Request) -> Response:
        """The partner's own applications, newest first."""
        wanted = filters_of(request, {"status": STATES, "product": None, "reference": None, "external_reference": None})
        columns = {"status": "state", "product": "product_version__product__code"}
        rows = partner_applications(self.partner).filter(**{columns.get(name, name): value for name, value in wanted.items()})
        today = get_business_date()
        return page_of(request, rows, lambda found: [application_answer(row, today) for row in found])

    @writes(shapes.ApplicationShape, request=ApplicationSerializer, also=(409,))
    @idempotent
    def post(self, request: Request) -> Response:
        """Take an application in; every fault is named at once, and nothing is stored then."""
        data = plain(ApplicationSerializer.read(request.data))
        version = active_version(data["product"])
        if version is None:
            raise UnableToSubmit("invalid", faults=[Fault("product", "unknown", "This product is not offered.")])
        today = get_business_date()
        application = intake_application(
            data=data,
            branch=self.partner.branch,
            actor=None,
            business_date=today,
            partner=self.partner,
            external_reference=data.get("external_reference"),
            submit=data["submit"],
            version=version,
        )
        return tagged(application_answer(application, today), status=201)


class ApplicationDetail(PartnerView):
    """`GET /applications/{id}`."""

    scopes: ClassVar[dict[str, str]] = {"GET": "applications:read"}

    @reads(shapes.ApplicationShape)
    def get(self, request: Request, application_id: str) -> Response:
        """One of the partner's own applications."""
        return tagged(application_answer(access_partner_application(self.partner, application_id), get_business_date()))


class _Change(PartnerView):
    """A step of one application that takes no content: `If-Match` is heeded, the answer is the application as it is then."""

    scopes: ClassVar[dict[str, str]] = {"POST": "applications:write"}

    def held(self, request: Request, application_id: str) -> Application:
        """The application, held and unchanged since the client read it. Raises NotFound, ChangedMeanwhile."""
        empty_body(request.data)
        return unchanged(request, access_partner_application(self.partner, application_id))


def unchanged(request: Request, application: Application) -> Application:
    """The application, held when `If-Match` asks for a state of it. Raises ChangedMeanwhile (412)."""
    if "If-Match" not in request.headers:
        return application
    held = locks.lock_application(application)
    check_if_match(request, application_answer(held, get_business_date()))
    return held


class ApplicationDocuments(FileView):
    """`POST /applications/{id}/documents`, multipart: `kind` and `file`."""

    scopes: ClassVar[dict[str, str]] = {"POST": "applications:write"}

    @writes(shapes.DocumentShape, request=DocumentForm, media_type="multipart/form-data", tagged=True)
    @idempotent
    def post(self, request: Request, application_id: str) -> Response:
        """Add a file of at most 20 MiB."""
        sent = DocumentForm.read(request.data)
        application = unchanged(request, access_partner_application(self.partner, application_id))
        upload: UploadedFile[Any] = sent["file"]
        document = store_document(application=application, kind=sent["kind"], upload=upload, actor=None, actor_name=self.partner.name)
        return Response(
            {
                "id": str(document.pk),
                "kind": document.kind,
                "name": document.name,
                "size": document.size,
                "sha256": document.sha256,
                "missing": missing_items(application, get_business_date()),
            },
            status=201,
        )


class ApplicationSubmit(_Change):
    """`POST /applications/{id}/submit`."""

    @writes(shapes.ApplicationShape, status=200, tagged=True)
    @idempotent
    def post(self, request: Request, application_id: str) -> Response:
        """Hand a draft in."""
        today = get_business_date()
        application = self.held(request, application_id)
        return tagged(application_answer(submit_application(application=application, actor=None, business_date=today), today))


class ApplicationWithdraw(_Change):
    """`POST /applications/{id}/withdraw`."""

    @writes(shapes.ApplicationShape, status=200, tagged=True)
    @idempotent
    def post(self, request: Request, application_id: str) -> Response:
        """End an open application at the applicant's wish."""
        today = get_business_date()
        withdrawn = withdraw_application(
            application=self.held(request, application_id),
            actor=None,
            business_date=today,
            reason="Withdrawn through the partner",
            actor_name=self.partner.name,
        )
        return tagged(application_answer(withdrawn, today))


class ApplicationDecision(PartnerView):
    """`GET /applications/{id}/decision`."""

    scopes: ClassVar[dict[str, str]] = {"GET": "applications:read"}

    @reads(shapes.DecisionShape)
    def get(self, request: Request, application_id: str) -> Response:
        """The outcome in public words; 404 until there is one."""
        application = access_partner_application(self.partner, application_id)
        outcome = latest_outcome(application)
        if outcome is None or application.state not in DECIDED:
            raise NotFound()
        return Response(decision_answer(application, outcome))


class ApplicationAccept(_Change):
    """`POST /applications/{id}/accept`."""

    @writes(shapes.ApplicationShape, status=200, tagged=True)
    @idempotent
    def post(self, request: Request, application_id: str) -> Response:
        """Accept the offer."""
        today = get_business_date()
        application = self.held(request, application_id)
        accepted = accept_offer(application=application, actor=None, business_date=today, actor_name=self.partner.name)
        return tagged(application_answer(accepted, today))


class Screenings(PartnerView):
    """`POST /screenings`."""

    scopes: ClassVar[dict[str, str]] = {"POST": "screening"}

    @writes(shapes.ScreeningShape, request=ScreeningSerializer, status=200)
    @idempotent
    def post(self, request: Request) -> Response:
        """Screen a party of the partner's own open application: `clear` or `review`, never why."""
        sent = ScreeningSerializer.read(request.data)
        application = access_partner_application(self.partner, sent["application"])
        result = screen_for_partner(
            application=application, party_id=sent["party"], partner=self.partner, business_date=get_business_date()
        )
        return Response({"result": result})
