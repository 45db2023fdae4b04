"""Partner endpoints of products, applications, documents, decisions and screenings."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.errors import Malformed
from core.api.idempotency import idempotent
from core.api.views import PartnerView, page_of
from core.business_date import get_business_date
from core.errors import Fault, NotFound
from loans.api.answers import application_answer, decision_answer, missing_items, product_answer
from loans.api.application_serializers import ApplicationSerializer, ScreeningSerializer, plain
from loans.models import Application
from loans.selectors.applications import access_partner_application
from loans.selectors.products import access_offered, list_offered
from loans.services.applications import UnableToSubmit, active_version, intake_application, submit_application, withdraw_application
from loans.services.decisions import latest_outcome
from loans.services.documents import store_document
from loans.services.intake import read_intake
from loans.services.offers import accept_offer
from loans.services.partner_screening import screen_for_partner

PROBLEM = OpenApiResponse(OpenApiTypes.OBJECT, description="RFC 9457 problem")
READ_PROBLEMS: dict[Any, Any] = dict.fromkeys((401, 403, 404, 429), PROBLEM)
WRITE_PROBLEMS: dict[Any, Any] = READ_PROBLEMS | dict.fromkeys((400, 409, 413, 422), PROBLEM)
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

    @extend_schema(responses={200: OpenApiTypes.OBJECT, **READ_PROBLEMS})
    def get(self, request: Request) -> Response:
        """Terms that a partner may offer."""
        return Response({"data": [product_answer(version) for version in list_offered()], "next": None})


class ProductDetail(PartnerView):
    """`GET /products/{code}`."""

    scopes: ClassVar[dict[str, str]] = {"GET": "quotes"}

    @extend_schema(responses={200: OpenApiTypes.OBJECT, **READ_PROBLEMS})
    def get(self, request: Request, code: str) -> Response:
        """One product."""
        return Response(product_answer(access_offered(code)))


class ApplicationList(PartnerView):
    """`GET` and `POST /applications`."""

    scopes: ClassVar[dict[str, str]] = {"GET": "applications:read", "POST": "applications:write"}

    @extend_schema(responses={200: OpenApiTypes.OBJECT, 400: PROBLEM, **READ_PROBLEMS})
    def get(self, request: Request) -> Response:
        """The partner's own applications, newest first."""
        rows = Application.objects.filter(partner=self.partner).select_related("product_version__product")
        if status := request.query_params.get("status"):
            rows = rows.filter(state=status)
        if reference := request.query_params.get("external_reference"):
            rows = rows.filter(external_reference=reference)
        return page_of(request, rows, application_answer)

    @extend_schema(request=ApplicationSerializer, responses={201: OpenApiTypes.OBJECT, **WRITE_PROBLEMS})
    @idempotent
    def post(self, request: Request) -> Response:
        """Take an application in; every fault is named at once, and nothing is stored then."""
        serializer = ApplicationSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data = plain(serializer.validated_data)
        version = active_version(data["product"])
        if version is None:
            raise UnableToSubmit("invalid", faults=[Fault("product", "unknown", "This product is not offered.")])
        today = get_business_date()
        _, faults = read_intake(data, version, today)
        if faults and data["submit"]:
            raise UnableToSubmit("invalid", faults=faults)
        application = intake_application(
            data=data,
            branch=self.partner.branch,
            actor=None,
            business_date=today,
            partner=self.partner,
            external_reference=data.get("external_reference"),
            submit=data["submit"],
        )
        return Response(application_answer(application), status=201)


class ApplicationDetail(PartnerView):
    """`GET /applications/{id}`."""

    scopes: ClassVar[dict[str, str]] = {"GET": "applications:read"}

    @extend_schema(responses={200: OpenApiTypes.OBJECT, **READ_PROBLEMS})
    def get(self, request: Request, application_id: str) -> Response:
        """One of the partner's own applications."""
        application = access_partner_application(self.partner, application_id)
        response = Response(application_answer(application))
        response["ETag"] = f'"{application.version}"'
        return response


class ApplicationDocuments(PartnerView):
    """`POST /applications/{id}/documents`, multipart: `kind` and `file`."""

    scopes: ClassVar[dict[str, str]] = {"POST": "applications:write"}

    @extend_schema(request={"multipart/form-data": OpenApiTypes.OBJECT}, responses={201: OpenApiTypes.OBJECT, **WRITE_PROBLEMS})
    @idempotent
    def post(self, request: Request, application_id: str) -> Response:
        """Add a file."""
        application = access_partner_application(self.partner, application_id)
        upload = request.FILES.get("file")
        kind = request.POST.get("kind")
        if upload is None or not isinstance(kind, str) or not kind:
            raise Malformed("Send multipart form data with `kind` and `file`.")
        document = store_document(application=application, kind=kind, upload=upload, actor=None, actor_name=self.partner.name)
        return Response(
            {"id": str(document.pk), "kind": document.kind, "name": document.name, "size": document.size, "sha256": document.sha256,
             "missing": missing_items(application)},
            status=201,
        )  # fmt: skip


class ApplicationSubmit(PartnerView):
    """`POST /applications/{id}/submit`."""

    scopes: ClassVar[dict[str, str]] = {"POST": "applications:write"}

    @extend_schema(request=None, responses={200: OpenApiTypes.OBJECT, **WRITE_PROBLEMS})
    @idempotent
    def post(self, request: Request, application_id: str) -> Response:
        """Hand a draft in."""
        application = access_partner_application(self.partner, application_id)
        submitted = submit_application(application=application, actor=None, business_date=get_business_date())
        return Response(application_answer(submitted))


class ApplicationWithdraw(PartnerView):
    """`POST /applications/{id}/withdraw`."""

    scopes: ClassVar[dict[str, str]] = {"POST": "applications:write"}

    @extend_schema(request=None, responses={200: OpenApiTypes.OBJECT, **WRITE_PROBLEMS})
    @idempotent
    def post(self, request: Request, application_id: str) -> Response:
        """End an open application at the applicant's wish."""
        application = access_partner_application(self.partner, application_id)
        withdrawn = withdraw_application(
            application=application,
            actor=None,
            business_date=get_business_date(),
            reason="Withdrawn through the partner",
            actor_name=self.partner.name,
        )
        return Response(application_answer(withdrawn))


class ApplicationDecision(PartnerView):
    """`GET /applications/{id}/decision`."""

    scopes: ClassVar[dict[str, str]] = {"GET": "applications:read"}

    @extend_schema(responses={200: OpenApiTypes.OBJECT, **READ_PROBLEMS})
    def get(self, request: Request, application_id: str) -> Response:
        """The outcome in public words; 404 until there is one."""
        application = access_partner_application(self.partner, application_id)
        outcome = latest_outcome(application)
        if outcome is None or application.state not in DECIDED:
            raise NotFound()
        return Response(decision_answer(application, outcome))


class ApplicationAccept(PartnerView):
    """`POST /applications/{id}/accept`."""

    scopes: ClassVar[dict[str, str]] = {"POST": "applications:write"}

    @extend_schema(request=None, responses={200: OpenApiTypes.OBJECT, **WRITE_PROBLEMS})
    @idempotent
    def post(self, request: Request, application_id: str) -> Response:
        """Accept the offer."""
        application = access_partner_application(self.partner, application_id)
        accepted = accept_offer(application=application, actor=None, business_date=get_business_date(), actor_name=self.partner.name)
        return Response(application_answer(accepted))


class Screenings(PartnerView):
    """`POST /screenings`."""

    scopes: ClassVar[dict[str, str]] = {"POST": "screening"}

    @extend_schema(request=ScreeningSerializer, responses={200: OpenApiTypes.OBJECT, **WRITE_PROBLEMS})
    @idempotent
    def post(self, request: Request) -> Response:
        """Screen a party of the partner's own open application: `clear` or `review`, never why."""
        serializer = ScreeningSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        application = access_partner_application(self.partner, serializer.validated_data["application"])
        result = screen_for_partner(
            application=application, party_id=serializer.validated_data["party"], partner=self.partner, business_date=get_business_date()
        )
        return Response({"result": result})
