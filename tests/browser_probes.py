"""Questions to a page in a browser. Each answers with what is wrong: nothing, if all is well."""

from __future__ import annotations

import time
from typing import Any

from patience import LIMIT

AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def add_style(page: Any, css: str) -> None:
    """A style that the page's policy lets pass, to show that a probe can fail."""
    page.evaluate(
        """css => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(css);
          document.adoptedStyleSheets.push(sheet);
        }""",
        css,
    )


def until(page: Any, expression: str) -> None:
    """Wait for a JavaScript expression to hold; playwright's own way is refused by our policy."""
    deadline = time.monotonic() + LIMIT
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"never: {expression}"
        page.wait_for_timeout(20)


def follow(page: Any, link: Any) -> None:
    """Click it, and wait for the page that it leads to."""
    with page.expect_navigation():
        link.click()


def axe(page: Any, tags: list[str] = AXE_TAGS) -> list[str]:
    """Findings of axe-core, each with the first element concerned. Loads it on first use."""
    from axe_playwright_python.base import AXE_SCRIPT

    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    # the rest of its answer, what passed and where, would be the most of what is sent
    return page.evaluate(
        """async (values) => {
          const options = { runOnly: { type: "tag", values }, resultTypes: ["violations"], preload: false };
          const { violations } = await axe.run(document, options);
          return violations.map(({ id, nodes }) =>
            `${id} ×${nodes.length}: ${nodes[0].html.slice(0, 200)}`);
        }""",
        tags,
    )


def sticking_out(page: Any) -> list[str]:
    """What is wider than the screen or than the box it stands in; a .table scrolls by itself."""
    return page.evaluate(
        """() => {
          const root = document.documentElement, width = root.clientWidth, found = [];
          if (root.scrollWidth > width) found.push(`the document: ${root.scrollWidth}`);
          for (const element of document.body.querySelectorAll("*")) {
            if (element.closest(".visually-hidden, .skip")) continue;
            if (element.parentElement.closest(".table")) continue;
            const box = element.getBoundingClientRect();
            if (box.width && (box.right > width + 0.5 || box.left < -0.5))
              found.push(`${Math.round(box.left)}…${Math.round(box.right)} ` +
                element.outerHTML.slice(0, 120));
            if (element.clientWidth && element.scrollWidth > element.clientWidth + 8 &&
                !element.matches(".table")) // 8: what a turned grade needs
              found.push(`${element.scrollWidth} in ${element.clientWidth} ` +
                element.outerHTML.slice(0, 120));
          }
          return found;
        }"""
    )


def small_targets(page: Any, least: int, within: str = "body") -> list[str]:
    """Links and buttons outside running text that are smaller than `least` px in some way."""
    return page.evaluate(
        """([least, within]) => {
          const text = ".prose p, .prose li, .prose td, .prose figcaption, .skip";
          const found = [];
          for (const target of document.querySelectorAll(`${within} :is(a[href], button)`)) {
            if (target.closest(text)) continue;
            const boxes = [...target.getClientRects()].filter((box) => box.width);
            if (!boxes.length) continue;
            const height = Math.min(...boxes.map((box) => box.height));
            const width = Math.max(...boxes.map((box) => box.width));
            if (height < least - 0.1 || width < Math.min(least, 24) - 0.1)
              found.push(`${width.toFixed(1)}×${height.toFixed(1)} ` +
                target.outerHTML.slice(0, 120));
          }
          return found;
        }""",
        [least, within],
    )


def slash_faults(page: Any) -> list[str]:
    """The key / leads to the one search field, and is a letter like others there."""
    field = page.locator("input[type=search][name=q]")
    if field.count() != 1 or not field.is_visible():
        return [f"{field.count()} search fields"]
    found = []
    page.keyboard.press("/")
    if page.evaluate("document.activeElement.name") != "q":
        found.append("/ leads elsewhere")
    page.keyboard.press("/")
    if field.input_value() != "/":
        found.append(f"/ cannot be written: {field.input_value()!r}")
    if not page.locator("form[role=search]").get_attribute("action").endswith("/search/"):
        found.append("the form leads elsewhere")
    return found


def outline_faults(page: Any) -> list[str]:
    """Language, landmarks and headings."""
    return page.evaluate(
        """() => {
          const all = (selector) => [...document.querySelectorAll(selector)], found = [];
          if (document.documentElement.lang !== "zh-CN") found.push("lang");
          for (const one of ["body > header", "body > main", "body > footer", "main h1", "h1"])
            if (all(one).length !== 1) found.push(`${all(one).length} × ${one}`);
          const names = all("nav").map((nav) => nav.getAttribute("aria-label"));
          if (!names.length || names.includes(null)) found.push(`nav without a name: ${names}`);
          if (new Set(names).size !== names.length) found.push(`two nav of one name: ${names}`);
          let before = 0;
          for (const heading of all("h1, h2, h3, h4, h5, h6")) {
            const level = Number(heading.tagName[1]);
            if (level > before + 1) found.push(`h${before} → h${level} ${heading.textContent}`);
            if (!heading.textContent.trim()) found.push(`empty h${level}`);
            before = level;
          }
          return found;
        }"""
    )


def focus_faults(page: Any) -> list[str]:
    """Tab through the whole page: every stop in the order of the document, and plainly seen."""
    page.evaluate(
        """() => {
          const stops = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';
          window.stops = [...document.querySelectorAll(stops)]
            .filter((stop) => stop.checkVisibility());
          document.activeElement.blur();
        }"""
    )
    count = page.evaluate("stops.length")
    faults: list[str] = []
    for number in range(count):
        page.keyboard.press("Tab")
        seen = page.evaluate(_FOCUS)
        if seen["stop"] != number:
            return [*faults, f"stop {number} of {count}: reached {seen['stop']} {seen['html']}"]
        faults += [f"{fault}: {seen['html']}" for fault in seen["faults"]]
    return faults


_FOCUS = """() => {
  const linear = (part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const light = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map((part) => linear(Number(part) / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const stop = document.activeElement, style = getComputedStyle(stop), faults = [];
  const [a, b] = [style.outlineColor, getComputedStyle(document.body).backgroundColor].map(light);
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2)
    faults.push("no outline");
  if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 3) faults.push("faint outline");
  const box = stop.getClientRects()[0];
  const x = box.left + box.width / 2, y = box.top + box.height / 2;
  const top = document.elementFromPoint(x, y);
  if (!top || !(stop.contains(top) || top.contains(stop)))
    faults.push(`hidden at ${Math.round(x)}, ${Math.round(y)}`);
  return { stop: window.stops.indexOf(stop), faults, html: stop.outerHTML.slice(0, 100) };
}"""


def widths_of(page: Any, selector: str, characters: str) -> list[float]:
    """How wide each of these characters is set in the first such element, in em."""
    return page.locator(selector).first.evaluate(
        """(element, characters) => {
          const em = parseFloat(getComputedStyle(element).fontSize), found = [];
          const spacing = parseFloat(getComputedStyle(element).letterSpacing) || 0;
          const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
          for (let node; (node = walker.nextNode()); )
            for (let at = 0; at < node.length; at++)
              if (characters.includes(node.data[at])) {
                const range = document.createRange();
                range.setStart(node, at);
                range.setEnd(node, at + 1);
                found.push((range.getBoundingClientRect().width - spacing) / em);
              }
          return found;
        }""",
        characters,
    )


def bad_line_starts(page: Any) -> list[str]:
    """Lines that begin with a mark which belongs to the word before it."""
    return page.evaluate(
        """() => {
          const marks = "、，。；：？！）》〉」』”’%·", found = [];
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          const range = document.createRange();
          let before = null, block = null;
          for (let node; (node = walker.nextNode()); ) {
            const parent = node.parentElement;
            if (!parent.checkVisibility() || parent.closest(".visually-hidden, .skip")) continue;
            const own = parent.closest("p, li, dd, dt, h1, h2, h3, h4, td, th, figcaption, a span");
            if (own !== block) [before, block] = [null, own];
            for (let at = 0; at < node.length; at++) {
              range.setStart(node, at);
              range.setEnd(node, at + 1);
              const box = range.getBoundingClientRect();
              if (!box.width || !node.data[at].trim()) continue;
              if (before && marks.includes(node.data[at]) && box.top >= before.bottom - 4)
                found.push(`${node.data.slice(at, at + 12)} in ${block?.textContent.slice(0, 40)}`);
              before = box;
            }
          }
          return found;
        }"""
    )
