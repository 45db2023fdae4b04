"""The building blocks of pages. Templates reach them through `{% load ui %}`; views make the small dataclasses."""

from core.web.components.parts import Event, Kpi, Step, Tab

__all__ = ["Event", "Kpi", "Step", "Tab"]
