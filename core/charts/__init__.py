"""Charts drawn on the server as SVG, styled by classes so that light, dark and print share one drawing. Pure: figures
in, text out.
"""

from core.charts.spec import Bars, Chart, Contribution, HBar, HBars, Limit, Line, Lines, Links, Series, Shared, Waterfall

__all__ = ["Bars", "Chart", "Contribution", "HBar", "HBars", "Limit", "Line", "Lines", "Links", "Series", "Shared", "Waterfall"]
