"""Lists as CSV and Excel: the filtered set, not the page. Text that a spreadsheet would run as a formula is made
harmless.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import xlsxwriter
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

T = TypeVar("T")
Column = tuple[str, Callable[[T], Any]]
LIMIT = 50_000
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def wanted(request: HttpRequest) -> str:
    """The export that the address asks for: "csv", "xlsx" or nothing."""
    kind = request.GET.get("export", "")
    return kind if kind in ("csv", "xlsx") else ""


def export_rows(request: HttpRequest, columns: Sequence[Column[T]], rows: Iterable[T], name: str) -> HttpResponse:
    """The rows as a download, CSV unless the address says xlsx. `columns` are (head, function of a row); `name`
    without ending.
    """
    table = [[_plain(value(row)) for _, value in columns] for row in rows]
    heads = [head for head, _ in columns]
    if wanted(request) == "xlsx":
        return _download(_xlsx(heads, table), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", f"{name}.xlsx")
    return _download(_csv(heads, table), "text/csv; charset=utf-8", f"{name}.csv")


def neutral(text: str) -> str:
    """Text with a leading apostrophe when a spreadsheet would take it for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_DANGEROUS) else text


def _plain(value: Any) -> Any:
    value = getattr(value, "amount", value)
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if timezone.is_aware(value) else value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
        return value
    return neutral(str(value))


def _csv(heads: list[str], table: list[list[Any]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([neutral(head) for head in heads])
    writer.writerows(table)
    return ("\ufeff" + buffer.getvalue()).encode()


def _xlsx(heads: list[str], table: list[list[Any]]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True})
    for position, head in enumerate(heads):
        sheet.write_string(0, position, head, bold)
        longest = max([len(head), *(len(str(line[position])) for line in table[:500])])
        sheet.set_column(position, position, min(longest + 2, 60))
    for number, line in enumerate(table, start=1):
        for position, value in enumerate(line):
            if isinstance(value, str):
                sheet.write_string(number, position, value)
            else:
                sheet.write_number(number, position, float(value))
    sheet.freeze_panes(1, 0)
    book.close()
    return buffer.getvalue()


def _download(content: bytes, kind: str, filename: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "no-store"
    return response
