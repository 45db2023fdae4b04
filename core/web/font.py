"""The house font: Inter, cut to Latin and to the weights in use, made at build time from an installed package and
never committed.
"""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings

FOLDER = "build"
NAME = f"{FOLDER}/inter-latin.woff2"
STYLE = f"{FOLDER}/inter.css"
_RULE = (
    '@font-face{font-family:Inter;src:url("inter-latin.woff2") format("woff2");font-weight:400 700;font-style:normal;font-display:swap}\n'
)
# Latin with the accents of western and central Europe, currency, arrows and the true minus.
_UNICODES = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),
    0x2013,
    0x2014,
    0x2018,
    0x2019,
    0x201C,
    0x201D,
    0x2022,
    0x2026,
    0x20AC,
    0x2212,
    0x2192,
]


def static_folder() -> Path:
    """Where built files lie: the project's static folder, next to the ones written by hand."""
    return Path(settings.STATICFILES_DIRS[0])


def source() -> Path | None:
    """The variable font in the installed package, or None when the package is absent."""
    spec = find_spec("fontpkg_inter")
    if spec is None or spec.origin is None:
        return None
    return next(iter(Path(spec.origin).parent.glob("files/Inter[[]*")), None)


def is_built() -> bool:
    """Whether the cut font lies in the static folder."""
    return (static_folder() / NAME).exists() and (static_folder() / STYLE).exists()


def _keep_words_tight(font: Any) -> None:
    """Tabular figures widen the hyphen too, which tears "debt-to-income" apart: only figures and their signs stay
    tabular.
    """
    table = font["GSUB"].table
    lookups = {
        index for record in table.FeatureList.FeatureRecord if record.FeatureTag == "tnum" for index in record.Feature.LookupListIndex
    }
    for index in lookups:
        for subtable in table.LookupList.Lookup[index].SubTable:
            subtable = getattr(subtable, "ExtSubTable", subtable)
            for name in ("hyphen", "space", "slash", "parenleft", "parenright"):
                subtable.mapping.pop(name, None)


def build() -> Path | None:
    """Cut the font; returns the file, or None when the package is absent (pages then use the system's font)."""
    origin = source()
    if origin is None:
        return None
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    # It tells every glyph it keeps.
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    font = TTFont(origin)
    options = subset.Options()
    options.layout_features = ["kern", "calt", "ccmp", "locl", "mark", "mkmk", "tnum", "case"]
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=_UNICODES)
    cutter.subset(font)
    _keep_words_tight(font)
    font = instantiateVariableFont(font, {"opsz": 14, "wght": (400, 700)})
    font.flavor = "woff2"
    target = static_folder() / NAME
    target.parent.mkdir(parents=True, exist_ok=True)
    font.save(target)
    (static_folder() / STYLE).write_text(_RULE)
    return target
