"""What an article for WeChat shows of a case or a publication, in the order of its page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from broadsheet.markdown import Section
from broadsheet.models import Figure
from broadsheet.views import CaseView, Fact, PublicationView, Ref, Step, chinese_date
from broadsheet.wechat.markup import HAIRLINE, INK, QUIET, SONG, VERMILION, body, letters, styled

_TITLE = f"margin:8px 0 16px;font-family:{SONG};font-weight:bold;{letters(24, height=1.4)}"
_QUIET = f"margin:0 0 8px;{letters(14, QUIET)}"
_SEAL = (
    "display:inline-block;width:22px;line-height:22px;text-align:center;color:#ffffff;"
    f"font-family:{SONG};font-size:14px;background-color:"
)
HUES = ("#7d4c12", "#8a3358", "#3b6a37", "#5a4b8f", "#2b5f7e", "#5d5a4e")  # as in tokens.css
_STEP = f"margin:0;padding:4px 0 4px 16px;border-left:1px solid {INK};{letters(15)}"
_GRADE = (
    "display:inline-block;min-width:20px;padding:0 3px;line-height:22px;text-align:center;"
    f"border:1px solid {VERMILION};border-radius:50%;color:{VERMILION};font-weight:bold"
)
_FIGURE = f"margin:0;padding:6px 0;border-bottom:1px solid {HAIRLINE};{letters(15)}"
_NUMBER = f"font-family:{SONG};font-size:20px;font-weight:bold"
_WHOLE = f"border-top:2px solid {INK};padding-top:16px"
_FOOT = f"margin:16px 0 32px;word-break:break-all;{letters(13, QUIET)}"


def case_article(case: CaseView, root: str) -> str:
    """A case as a fragment; `root` is the absolute address of the site, or empty."""
    return styled("section", _WHOLE, "".join(_case(case, root)))


def publication_article(
    view: PublicationView, sections: Sequence[Section], cases: Sequence[CaseView], root: str
) -> str:
    """A publication as a fragment: what it says of itself, then every case in its order."""
    head = styled("section", _WHOLE, "".join(_publication(view, sections, root)))
    return head + "".join(case_article(case, root) for case in cases)


def _case(case: CaseView, root: str) -> Iterator[str]:
    seal = styled("span", _SEAL + HUES[case.theme.hue - 1], escape(case.theme.seal))
    kicker = f"{escape(case.theme.name)} · {escape(case.kind)}"
    draft = f" {styled('span', f'color:{VERMILION}', '草稿，未发布')}" if case.draft else ""
    yield styled("p", _QUIET, f"{seal} {kicker}{draft}")
    yield styled("h2", _TITLE, escape(case.title))
    total = f"等{case.proposers_total}位" if case.proposers_total else ""
    yield from _line("提案人", _names(case.proposers) + total)
    yield from _line("主办", _names(case.hosts))
    yield from _line("", " · ".join(filter(None, (escape(case.session), escape(case.year)))))
    if case.journey:
        steps = "".join(styled("p", _STEP, _step(step)) for step in case.journey)
        yield styled("section", "margin:16px 0 24px", steps)
    yield from _sections(case.sections, root)
    yield styled("h3", "h", "档案")
    rows = "".join(_row(fact.label, _fact(fact)) for fact in case.facts)
    yield styled("table", "table", f"<tbody>{rows}</tbody>")
    if root:
        yield styled("p", _FOOT, f"原文：{escape(root + case.address[1:])}")


def _publication(view: PublicationView, sections: Sequence[Section], root: str) -> Iterator[str]:
    yield styled("h2", _TITLE, escape(view.title))
    yield from _line("", " · ".join(filter(None, (view.session or view.region, view.year))))
    if view.declared and view.declared != view.count:
        yield from _line("", f"原刊登 {view.declared} 件，已收录 {view.count} 件")
    else:
        yield from _line("", f"{view.count} 件")
    if view.intro:
        yield styled("p", "p", escape(view.intro))
    if view.figures:
        yield styled("section", "margin:16px 0 24px", "".join(map(_figure, view.figures)))
    yield from _sections(sections, root)
    if view.grade_scheme:
        yield styled("h3", "h", "等级说明")
        rows = "".join(_row(letter, escape(meaning)) for letter, meaning in view.grade_scheme)
        yield styled("table", "table", f"<tbody>{rows}</tbody>")
    if root:
        yield styled("p", _FOOT, f"原文：{escape(root + view.address[1:])}")


def _sections(sections: Sequence[Section], root: str) -> Iterator[str]:
    for section in sections:
        if section.heading:
            yield styled("h3", "h", escape(section.heading))
        yield body(section.html, root)


def _line(label: str, text: str) -> Iterator[str]:
    if text:
        yield styled("p", _QUIET, f"{label} {text}" if label else text)


def _step(step: Step) -> str:
    parts = [f"<strong>{escape(step.label)}</strong>"]
    if step.grade:
        parts.append(styled("span", _GRADE, escape(step.grade)))
    parts += filter(None, (_names(step.refs), escape(step.detail), chinese_date(step.date)))
    return " ".join(parts)


def _row(label: str, value: str) -> str:
    return f"<tr>{styled('td', 'label', escape(label))}{styled('td', 'td', value)}</tr>"


def _fact(fact: Fact) -> str:
    address = (
        f"（{escape(fact.external)}）" if fact.external and fact.text else escape(fact.external)
    )
    return f"{_names(fact.refs)}{escape(fact.text)}{address}"


def _figure(figure: Figure) -> str:
    number = styled("span", _NUMBER, escape(figure.value))
    return styled("p", _FIGURE, f"{escape(figure.label)} {number} {escape(figure.unit or '')}")


def _names(refs: Sequence[Ref]) -> str:
    """Names with what is said of them: 叶建宏（区委书记）."""
    said = (f"{ref.name}（{ref.note}）" if ref.note else ref.name for ref in refs)
    return escape("、".join(said))
