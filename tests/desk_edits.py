"""What an editor can do at a desk; the number chooses what is edited."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from desks import EMBARGO, OTHER_URL, PEOPLE, PICTURE, SENTENCES, UNITS, Desk, picture
from helpers import NOW

Edit = Callable[[Desk, int], None]  # the number chooses what is edited


def sentence(desk: Desk) -> str:
    desk.edits += 1
    return f"{SENTENCES[desk.edits % 4]}记{desk.edits}。"


def text_at_the_end(desk: Desk, n: int) -> None:
    desk.case(n)["body"] += f"\n{sentence(desk)}\n"


def text_at_the_start(desk: Desk, n: int) -> None:
    one = desk.case(n)
    one["body"] = f"{sentence(desk)}\n\n{one['body']}"


def text_of_the_same_length(desk: Desk, n: int) -> None:
    body = desk.case(n)["body"]
    desk.case(n)["body"] = "乙甲"[body[0] == "乙"] + body[1:]


def heading(desk: Desk, n: int) -> None:
    desk.case(n)["body"] += f"\n## {sentence(desk)}\n\n一段。\n"


def title(desk: Desk, n: int) -> None:
    desk.case(n)["title"] = f"关于{sentence(desk)}"


def other(values: tuple[str, ...], value: str, n: int) -> str:
    rest = [one for one in values if one != value]
    return rest[n % len(rest)]


def theme(desk: Desk, n: int) -> None:
    themes = tuple(one["id"] for one in desk.site["themes"])
    desk.case(n)["theme"] = other(themes, desk.case(n)["theme"], n)


def host(desk: Desk, n: int) -> None:
    desk.case(n)["hosts"] = [other(UNITS, desk.case(n)["hosts"][0], n), *UNITS[: n % 2]]


def proposer(desk: Desk, n: int) -> None:
    desk.case(n)["proposers"] = [other(PEOPLE, desk.case(n)["proposers"][0], n), *["李铭"][n % 2 :]]


def date(desk: Desk, n: int) -> None:
    desk.edits += 1
    desk.case(n)["date"] = f"{2015 + n % 10}-{desk.edits % 12 + 1:02}-{desk.edits % 28 + 1:02}"


def keywords(desk: Desk, n: int) -> None:
    desk.case(n)["keywords"] = [SENTENCES[n % 4][:2], sentence(desk)[:8]]


def summary(desk: Desk, n: int) -> None:
    desk.case(n)["summary"] = sentence(desk)


def rating(desk: Desk, n: int) -> None:
    desk.case(n)["ratings"] = [*desk.case(n).get("ratings", ()), {"round": 2, "grade": "ABCD"[n % 4]}][-3:]  # fmt: skip


def may_be_hidden(desk: Desk, path: str) -> bool:
    """Whether something else stays published."""
    return sum(map(desk.is_visible, desk.cases)) > 3 or not desk.is_visible(path)


def draft(desk: Desk, n: int) -> None:
    if may_be_hidden(desk, desk.path(n)):
        desk.case(n)["draft"] = not desk.case(n).get("draft")


def embargo(desk: Desk, n: int) -> None:
    if may_be_hidden(desk, desk.path(n)):
        one = desk.case(n)
        one["publish_at"] = "2025-03-01" if one.get("publish_at") == EMBARGO else EMBARGO


def moment(desk: Desk, n: int) -> None:
    desk.options["now"] = NOW if desk.options["now"] > NOW else NOW + timedelta(days=500)


def add(desk: Desk, n: int) -> None:
    desk.edits += 1
    like = dict(desk.case(n)) | {"id": f"n{desk.edits}", "aliases": []}
    desk.cases[f"{'pq'[n % 2]}/{n % 999:03}-n{desk.edits}.md"] = like


def delete(desk: Desk, n: int) -> None:
    if may_be_hidden(desk, desk.path(n)):
        del desk.cases[desk.path(n)]


def rename(desk: Desk, old: str, new: str) -> None:
    os.rename(desk.root / "content" / old, desk.root / "content" / new)
    desk.on_disk[f"content/{new}"] = desk.on_disk.pop(f"content/{old}")
    desk.cases[new] = desk.cases.pop(old)


def file_name(desk: Desk, n: int) -> None:
    desk.edits += 1
    old = desk.path(n)
    rename(desk, old, f"{old[:2]}{n * 7 % 1000:03}-r{desk.edits}.md")


def move(desk: Desk, n: int) -> None:
    old = desk.path(n)
    rename(desk, old, ("q" if old[0] == "p" else "p") + old[1:])


def two_change_names(desk: Desk, n: int) -> None:
    one, two = desk.path(n), desk.path(n + 1)
    rename(desk, one, "p/spare.md")
    rename(desk, two, one)
    rename(desk, "p/spare.md", two)


def id_(desk: Desk, n: int) -> None:
    desk.edits += 1
    desk.case(n)["id"] = f"i{desk.edits}"


def alias(desk: Desk, n: int) -> None:
    desk.edits += 1
    aliases = (f"/old-{desk.edits}.html", f"/old-{desk.edits}/page/", "")
    desk.case(n)["aliases"] = [one for one in (aliases[n % 3],) if one]


def link(desk: Desk, n: int) -> None:
    desk.case(n)["link"] = "" if desk.case(n).get("link") else desk.path(n // 2)


def publication_title(desk: Desk, n: int) -> None:
    desk.indexes["pq"[n % 2]]["title"] = f"刊{sentence(desk)}"


def publication_facts(desk: Desk, n: int) -> None:
    index = desk.indexes["pq"[n % 2]]
    index["region"] = "余杭区" if index["region"] == "萧山区" else "萧山区"
    index["intro"] = sentence(desk)
    index["grade_scheme"] = {"A": sentence(desk)}


def publication_text(desk: Desk, n: int) -> None:
    desk.indexes["pq"[n % 2]]["body"] = f"{sentence(desk)}\n\n## 编者\n\n按。\n"


def site_title(desk: Desk, n: int) -> None:
    desk.site["title"] = f"报{sentence(desk)}"


def site_themes(desk: Desk, n: int) -> None:
    desk.edits += 1
    themes = desk.site["themes"]
    themes.insert(0, themes.pop())
    if n % 2:
        themes[0] = {"id": themes[0]["id"], "name": f"类{desk.edits}"}
    if n % 3 == 0:
        themes.append({"id": f"t{desk.edits}", "name": f"新{desk.edits}"})


def site_address(desk: Desk, n: int) -> None:
    desk.edits += 1
    desk.site["base_url"] = f"https://example.org/{desk.edits}/"


def order_of_publications(desk: Desk, n: int) -> None:
    desk.site["publications"].reverse()


def rule_of_people(desk: Desk, n: int) -> None:
    variants: list[list[dict[str, Any]]] = [
        [{"name": "李明", "aliases": ["李铭"]}],
        [{"name": "李明", "slug": "li", "note": "医生", "aliases": ["李铭"]}],
        [{"name": "王芳", "region": "余杭区", "merge": [{"region": "萧山区"}]}],
        [{"name": "王芳", "slug": "another", "cases": [min(desk.cases.values(), key=str)["id"]]}],
        [],
    ]
    now = desk.rules["people"]
    desk.rules["people"] = [one for one in variants if one != now][n % 4]


def rule_of_units(desk: Desk, n: int) -> None:
    desk.edits += 1
    desk.rules["units"] = [{"name": UNITS[n % 3], "slug": f"unit-{desk.edits}"}]


def template(desk: Desk, n: int) -> None:
    """The editors' own template is changed, or removed and added."""
    name = "templates/trail.html"
    if name in desk.files and n % 2:
        del desk.files[name]
    else:
        desk.files[name] = f"<!-- {sentence(desk)} -->\n"


def asset(desk: Desk, n: int) -> None:
    desk.edits += 1
    desk.files["templates/assets/custom.css"] = f"body {{ margin: {desk.edits}px }}\n"


def about(desk: Desk, n: int) -> None:
    if desk.files.pop("content/about.md", None) is None or n % 2:
        desk.files["content/about.md"] = sentence(desk)


def synonyms(desk: Desk, n: int) -> None:
    if desk.files.pop("search/synonyms.yaml", None) is None or n % 2:
        desk.files["search/synonyms.yaml"] = f"groups:\n- [路灯, {sentence(desk)}]\n"


def size_of_picture(desk: Desk, n: int) -> None:
    desk.edits += 1
    desk.files[PICTURE] = picture(desk.edits)


def pixels_of_picture(desk: Desk, n: int) -> None:
    desk.edits += 1
    old = desk.files.get(PICTURE, picture(3))
    desk.files[PICTURE] = old[:-1] + bytes([desk.edits % 256])  # type: ignore[operator]


def picture_comes_and_goes(desk: Desk, n: int) -> None:
    if desk.files.pop(PICTURE, None) is None:
        desk.files[PICTURE] = picture(n + 1)


def picture_of_a_case(desk: Desk, n: int) -> None:
    desk.case(n)["picture"] = not desk.case(n).get("picture")


def program(desk: Desk, n: int) -> None:
    desk.program += b"x"


def drafts_option(desk: Desk, n: int) -> None:
    desk.options["drafts"] = not desk.options["drafts"]


def base_url_option(desk: Desk, n: int) -> None:
    desk.options["base_url"] = "" if desk.options["base_url"] else OTHER_URL


EDITS: dict[str, Edit] = {
    edit.__name__: edit
    for edit in (
        text_at_the_end, text_at_the_start, text_of_the_same_length, heading, title, theme, host,
        proposer, date, keywords, summary, rating, draft, embargo, moment, add, delete, file_name,
        move, two_change_names, id_, alias, link, publication_title, publication_facts,
        publication_text, site_title, site_themes, site_address, order_of_publications,
        rule_of_people, rule_of_units, template, asset, about, synonyms, size_of_picture,
        pixels_of_picture, picture_comes_and_goes, picture_of_a_case, program, drafts_option,
        base_url_option,
    )
}  # fmt: skip


def edited(desk: Desk, name: str, n: int) -> bool:
    """Make an edit; it does not escape anyone. False where there was nothing to edit."""
    before = (dict(desk.on_disk), dict(desk.options), desk.program)
    EDITS[name](desk, n)
    desk.write()
    if desk.on_disk != before[0] or desk.is_other():
        assert desk.nothing_new() is None
    return (desk.on_disk, desk.options, desk.program) != before
