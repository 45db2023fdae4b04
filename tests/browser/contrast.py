"""Contrast of text, looked at once for each way in which text is painted.

What axe says of contrast follows from the colour, size and weight of the text and from what is painted behind it. A house of three hundred
pages has some hundred such ways, and reckoning them anew for every cell of every page in four views takes longer than all else that is
looked at. So only text in a way that was not judged before is given to axe. The long series looks at every text of every page.
"""

from __future__ import annotations

import os
from collections import Counter

from playwright.sync_api import Page

from tests.browser.fixtures import find_faults, worded

LONG = bool(os.environ.get("CREDENCE_LONG"))
# How often axe is asked about a way that it can't judge, as of text that something else lies over.
TRIES, EXAMPLES = 4, 3

_JUDGE = """async ([known, examples]) => {
  const hash = text => {
    let a = 0xdeadbeef, b = 0x41c6ce57
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i)
      a = Math.imul(a ^ c, 2654435761)
      b = Math.imul(b ^ c, 1597334677)
    }
    return (a >>> 0).toString(36) + (b >>> 0).toString(36)
  }
  // What is painted behind text: of each element around it only what is not the quiet default.
  const QUIET = { backgroundColor: 'rgba(0, 0, 0, 0)', backgroundImage: 'none', backgroundClip: 'border-box', opacity: '1', filter: 'none',
    mixBlendMode: 'normal', position: 'static', clip: 'auto', clipPath: 'none', visibility: 'visible' }
  const styles = new Map(), behind = new Map([[null, '']])
  const style = one => styles.get(one) || styles.set(one, getComputedStyle(one)).get(one)
  const ground = one => {
    if (!behind.has(one)) {
      const seen = style(one), loud = Object.keys(QUIET).filter(name => seen[name] !== QUIET[name])
      const around = ground(one.parentElement)
      behind.set(one, loud.length ? hash(around + loud.map(name => name + seen[name])) : around)
    }
    return behind.get(one)
  }
  const off = one => one.closest(':disabled, [aria-disabled=true]') || one.closest('label')?.control?.disabled
  const key = one => {
    const seen = style(one), words = one.textContent.trim()
    return hash([ground(one), seen.color, seen.fontSize, seen.fontWeight, seen.textShadow, seen.webkitTextStroke, !!off(one),
      words.length > 1, /[a-z0-9]/i.test(words), one.matches('input, select, textarea, button') && one.tagName].join('|'))
  }
  const judged = new Set(known), ways = new Map()
  for (const one of document.body.querySelectorAll('*')) {
    const written = [...one.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())
    if (!written && !one.matches('input, select, textarea')) continue
    const way = key(one)
    if (judged.has(way) || ways.get(way)?.length === examples) continue
    if (!one.getClientRects().length || !one.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue
    ways.set(way, [...(ways.get(way) || []), one])
  }
  if (!ways.size) return { violations: [], judged: [], asked: [] }
  const options = { runOnly: { type: 'rule', values: ['color-contrast'] }, resultTypes: ['violations', 'passes'], elementRef: true, selectors: false }
  const found = await axe.run({ include: [...ways.values()].flat() }, options)
  const said = [...found.violations, ...found.passes].flatMap(fault => fault.nodes.map(node => key(node.element)))
  const violations = found.violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ html }) => ({ html })) }))
  return { violations, judged: [...new Set(said)], asked: [...ways.keys()] }
}"""


class Contrast:
    """Remembers which ways of painting text were judged on the pages so far."""

    def __init__(self) -> None:
        self.judged: set[str] = set()
        self.tried: Counter[str] = Counter()

    def find_faults(self, page: Page) -> list[str]:
        """What axe finds of contrast in ways not judged before, a line for each node. axe has to be in the page."""
        if LONG:
            return find_faults(page, only="color-contrast")
        found = page.evaluate(_JUDGE, [[*self.judged], EXAMPLES])
        self.tried.update(found["asked"])
        self.judged.update(found["judged"], (way for way in found["asked"] if self.tried[way] >= TRIES))
        return worded(found["violations"])
