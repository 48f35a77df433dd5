"""What a manuscript says of the publication as a whole: title, region, session, figures, total."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from broadsheet.manuscripts.drafts import Masthead, Parsed, Review, Value
from broadsheet.manuscripts.excerpt import Excerpt
from broadsheet.manuscripts.paragraphs import Flow
from broadsheet.manuscripts.rows import Row
from broadsheet.manuscripts.titles import may_be_title, read_title
from broadsheet.manuscripts.values import HAN, han_number, plain, read_date

_NUMERAL = "[0-9零〇一二三四五六七八九十百]+"
SESSION = re.compile(
    rf"第?(?P<term>{_NUMERAL})届[^。，；、《》]{{0,14}}?第?(?P<meeting>{_NUMERAL})次(?P<what>全体会议|全会|会议)"
)
_ORGAN_BEFORE = re.compile("(?:政协|人大|人民代表大会|政治协商会议)[^。，；、《》]{0,12}$")
_PLACE_STOP = {
    "全区", "我区", "全市", "我市", "全县", "我县", "本区", "本市", "本县", "社区", "园区",
    "景区", "辖区", "市区", "地区", "片区", "各区", "校区", "小区", "街区", "郊区", "厂区",
    "灾区", "库区", "特区", "开区", "区市", "省市", "区县", "超市", "股市", "楼市", "上市",
    "入市", "门市", "夜市", "集市", "省区", "战区", "范区", "级市", "级县", "与市", "对市",
    "届市", "级区", "边区", "区区", "护区", "发区", "作区", "贸区", "心区", "业区", "核区",
    "示区", "该区", "该市", "该县", "同市", "按市", "由市", "向市", "经市", "场市", "化市",
    "为市", "及市", "将市", "把市", "据市", "被市", "以市", "县市", "小市", "强市", "富市",
    "建市", "创市", "融区", "改区", "省州", "九州", "神州", "各市", "各县", "外县", "外市",
    "外区", "跨区", "跨市", "跨县", "某区", "某市", "某县",
}  # fmt: skip
# the end of a place's name, or a common word: only with its organ behind it
_PLACE_DOUBT = {
    "城区", "山区", "新区", "湾区", "林区", "台区", "新市", "中市", "都市", "城市", "老区",
    "牧区", "大市", "兴市", "海区",
}  # fmt: skip
_PLACE = re.compile(rf"(?=([{HAN}]{{2}}[区县市州旗]))")
_NO_PLACE = re.compile(
    "[的和与及在对等各我全本一二三四五六七八九十是为由将把被从向届次会第个件名位年月日省区县市]|(?:协|关于|支持|推进|加快|建设|发展|服务|打造)"
)
_BYLINE = re.compile(r"[■●◆▲★□\s（(]*(?:本报|见习|特约|首席)?(?:记者|通讯员|撰文|文/|文图/|作者)")
_FIGURE = re.compile(
    rf"(?P<label>[{HAN}“”、（）()]{{0,40}}?)(?P<about>分别)?(?P<verb>为|达到|达|共计|共有|约|近|有|共)?(?<!\d)(?P<value>\d{{1,12}}(?:[.,]\d{{1,9}}){{0,3}})\s*"
    rf"(?P<unit>[%％‰]|件次|人次|件|份|条|篇|个|项|位|名|人|起|家)(?=(?P<after>[{HAN}]{{0,30}}))"
)
_CUT_LABEL = re.compile(
    r".*(?:的|出|到|了|以来|期间|以及|其中有|其中|其余|另有|还有|共收到|收到|包括|审查|初审|二审|三审|审核|共(?=立案|收|提|办|评|审|确|征|编)|全年|今年|作(?=并)|[、，）)])(?=.)"
)
_PLAIN_UNITS = {"%", "％", "‰"}
_ABOUT_PIECES = re.compile(
    "提案|建议|议案|立案|满意|意见|委员|代表|来信|并案|办结|答复|采纳|发言|见面|面商|办理|列名|联名|案"
)
_TOTAL = re.compile(
    r"(?:遴选|选取|选登|精选|评选|评出|选出|选编|刊登|刊发|刊出|摘登|推出|集中公布|公布|现将|介绍|收录|择优|挑选|筛选)[^。；，,0-9]{0,12}?(?P<n>\d{1,4}|[一二三四五六七八九十百]{1,4})\s*(?:个|件|篇|份|则)"
    r"[^。；]{0,14}?(?:提案|案例|建议|议案|发言|督办)"
    r"|(?:遴选|选取|选登|精选|评选|选编|刊登|刊发|摘登|推出|公布|介绍|收录|挑选|筛选)[^。；，,0-9]{0,6}?(?:提案|案例|建议|议案|发言)(?P<m>\d{1,4})\s*(?:个|件|篇|份|则)"
)


def read_masthead(rows: Sequence[Row], parsed: Parsed, whole: str) -> None:
    """Fill in the masthead from the rows before the first piece."""
    masthead, flow = parsed.masthead, Flow(headlines=parsed.headlines)
    for number, row in enumerate(rows):
        if row.cells:
            flow.add_table_row(row)
            continue
        if number == 0 and "title" not in masthead.fields and _title_here(rows):
            title, stray = read_title(row.text)
            masthead.add("title", Value.of(title))
            if stray:
                masthead.reviews.append(_residue_review(stray))
            parsed.rest.append((row.whole, "标题的标记"))
            flow.closed = True
            continue
        label = row.label
        if (
            label
            and label.field
            in ("source.date", "source.name", "source.url", "source.page", "session")
            and _take_label(row, masthead)
        ):
            parsed.rest.append((row.whole, "字段名"))
            continue
        if label and label.kind in ("furniture", "contact"):
            parsed.dropped.append(
                (row.whole, "联系方式" if label.kind == "contact" else "刊头里的栏目信息")
            )
            continue
        if _BYLINE.match(row.text.text):
            mark = re.match(r"[■●◆▲★□\s]*", row.text.text)
            flow.closed = True
            flow.add(row.text.cut(mark.end() if mark else 0))
            parsed.rest.append((row.whole, "署名前的符号"))
            flow.closed = True
            continue
        flow.add(row.text, heading=bool(row.level))
        if re.match("——|--", row.bare) or (len(row.bare) <= 24 and may_be_title(row.bare)):
            flow.closed = True  # a subtitle, a name: nothing goes on in them
        parsed.rest.append((row.whole, "标题的标记"))
    masthead.blocks += flow.sections.get("", [])
    parsed.joins += flow.joins
    state_facts(masthead, whole)


def _title_here(rows: Sequence[Row]) -> bool:
    row = rows[0]
    if row.level or row.bold:
        return True
    return may_be_title(row.bare) and not row.labels and len(row.bare) <= 60


def _residue_review(stray: list[str]) -> Review:
    return Review("title", f"标题里的空格像是排版换行留下的，已去掉：{'；'.join(stray)}")


def _take_label(row: Row, masthead: Masthead) -> bool:
    taken = False
    for one in row.labels:
        key = one.label.field
        if key == "source.date":
            text = read_date(one.value.text)
            value = Value(text, one.value) if text else None
        elif key == "source.url":
            value = Value.of(one.value) if re.fullmatch(r"https?://\S+", one.value.text) else None
        elif key in ("source.name", "source.page"):
            value = Value.of(one.value) if one.value else None
        else:
            value = None
        if value and key not in masthead.fields:
            masthead.add(key, value)
            taken = True
    return taken


def state_facts(masthead: Masthead, whole: str) -> None:
    """Region, organ, session, year and figures, from the title, the introduction, and the whole."""
    intro = masthead.blocks
    said = "\n".join(block.excerpt.text for block in intro)
    region = find_region(masthead.first("source.name"), masthead.first("title"), said, whole)
    if region:
        masthead.add("region", Value(region, Excerpt(), again=True))
    organ = find_organ(whole)
    if organ:
        masthead.add("organ", Value(organ, Excerpt(), again=True))
    session = find_session("\n".join([masthead.first("title"), *(b.excerpt.text for b in intro)]))
    if session and not masthead.first("session.term"):
        masthead.add("session.term", Value(str(session[0]), Excerpt(), again=True))
        masthead.add("session.meeting", Value(str(session[1]), Excerpt(), again=True))
    year = masthead.first("source.date")[:4] or _stated_year(masthead)
    if year:
        masthead.add("year", Value(year, Excerpt(), again=True))
    for block in intro:
        if not masthead.first("declared_total") and (found := _TOTAL.search(block.excerpt.text)):
            group = "n" if found["n"] else "m"
            total = han_number(found[group])
            if total:
                excerpt = block.excerpt.group(found, group)
                masthead.add("declared_total", Value(str(total), excerpt, again=True))
        _figures(block.excerpt, masthead)


def _stated_year(masthead: Masthead) -> str:
    """The year that the first paragraph begins with, or that the title names."""
    found = re.search(r"(?:19|20)\d\d(?=年)", masthead.first("title"))
    for block in masthead.blocks[:1]:
        found = found or re.match(r"[^。，,]{0,4}?((?:19|20)\d\d)(?=年)", block.excerpt.text)
    return re.sub(r"\D", "", found[0])[-4:] if found else ""


def find_session(text: str) -> tuple[int, int] | None:
    """The first `十二届四次会议` of a consultative conference or a people's congress."""
    for found in SESSION.finditer(text):
        before = text[max(0, found.start() - 16) : found.start()]
        inside = found[0]
        if not (_ORGAN_BEFORE.search(before) or re.search("委员会|人民代表大会|政协|人大", inside)):
            continue
        if re.search("[党委][^。]{0,3}$", before) and not re.search("政协|人大", before[-6:]):
            continue
        term, meeting = han_number(plain(found["term"])), han_number(plain(found["meeting"]))
        if term and meeting and term < 100 and meeting < 100:
            return term, meeting
    return None


def find_organ(text: str) -> str:
    """`cppcc` or `npc`, whichever the text speaks of more."""
    cppcc = len(re.findall("政协|提案", text))
    npc = len(re.findall("人大(?!会堂|学)|人民代表大会|代表建议|议案", text))
    if not cppcc and not npc:
        return ""
    return "npc" if npc > cppcc else "cppcc"


def find_region(*texts: str) -> str:
    """The place that a manuscript is about; the first text that names one clearly decides."""
    level = _level(texts[-1])
    for text in texts:
        weights: Counter[str] = Counter()
        for found in _PLACE.finditer(text):
            name = found[1]
            if level and len(text) > 100 and name[-1] != level:
                continue
            if name[-2:] in _PLACE_STOP or _NO_PLACE.search(name[:-1]):
                continue
            before = text[max(0, found.start() - 8) : found.start()]
            after = text[found.end(1) : found.end(1) + 12]
            organ = re.match(
                r"(?:政协|人大|人民代表大会|人民政府|第?[零〇一二三四五六七八九十\d]+届|委员会)",
                after,
            )
            if name[-2:] in _PLACE_DOUBT and not organ:
                continue
            weights[name] += 4 if organ or re.search("(?:政协|人大|政治协商会议)$", before) else 1
        if weights:
            name, weight = weights.most_common(1)[0]
            if weight >= 3:
                return _extended(name, text)
    return ""


def _level(text: str) -> str:
    """区, 县 or 市, where the text calls its own place so (全区, 我区, 区政协)."""
    own = re.findall(
        r"[全我本]([区县市州旗])|(?:^|[^一-鿿])([区县市州旗])(?=政协|人大|委、|政府)", text
    )
    counts = Counter(a or b for a, b in own)
    ranked = counts.most_common(2)
    clear = ranked and (len(ranked) == 1 or ranked[0][1] > 2 * ranked[1][1])
    return ranked[0][0] if clear else ""


def _extended(name: str, text: str) -> str:
    """`景山区` → `石景山区`, where it never stands without."""
    count = text.count(name)
    while len(name) < 6:
        befores = Counter(text[one.start() - 1] for one in re.finditer(name, text) if one.start())
        if not befores:
            break
        sign, seen = befores.most_common(1)[0]
        if (
            count < 2
            or seen < count
            or not re.match(f"[{HAN}]", sign)
            or re.match("[在对和与及是为由从向把将全对于的省市区县协届]", sign)
        ):
            break
        name = sign + name
    return name


def _figures(paragraph: Excerpt, masthead: Masthead) -> None:
    """The figures that a paragraph publishes about proposals: `立案率为92.9%`."""
    text = paragraph.text
    for sentence in re.finditer(r"[^。！？；]+", text):
        if not _ABOUT_PIECES.search(sentence[0]) or _TOTAL.search(sentence[0]):
            continue
        for clause in re.finditer(r"[^，,。；]+", sentence[0]):
            base = sentence.start() + clause.start()
            for found in _FIGURE.finditer(clause[0]):
                _figure(paragraph, base, found, clause[0], masthead)


def _figure(
    paragraph: Excerpt, base: int, found: re.Match[str], clause: str, masthead: Masthead
) -> None:
    start, end = found.span("label")
    words = clause[start:end]
    words = words.removesuffix("共").removesuffix("有")
    cut = _CUT_LABEL.match(words)
    label_start = start + (cut.end() if cut else 0)
    label = clause[label_start : start + len(words)]
    span = (label_start, start + len(words))
    if words.endswith("等") or re.search(r"[第年月日]$", words):
        return  # an enumeration that stands before it, or an ordinal
    if len(label) < 2 or re.fullmatch(
        "其中有?|其余|另外|以及|全部|这|确定|审核|等|共有?|合计|介绍", label
    ):
        after = found["after"]
        named = re.match(
            r"(?:作为|列为|作|为|被)(?P<n>.{2,8}?)(?:处理|办理)?$|(?P<m>提案|建议|议案|委员|代表|案例|发言|[^因将由在已均都经及]{2,8})",
            after,
        )
        if not named:
            return
        place = found.start("after")
        if re.match("作为", after):
            span = (place + 2, place + len(after))
        else:
            merged = re.search("作?(并案(?:处理)?)", after)
            span = (
                (place + merged.start(1), place + merged.end(1))
                if merged
                else (place + named.start(), place + named.end())
            )
        label = clause[span[0] : span[1]]
    about = label if found["unit"] in _PLAIN_UNITS else label + found["after"][:8]
    if not 2 <= len(label) <= 24 or not (
        found["unit"] in _PLAIN_UNITS or _ABOUT_PIECES.search(about)
    ):
        return
    if any(name.text == label for name, _, _ in masthead.figures):
        if not found["verb"]:
            return
        span = (span[0], found.end("verb"))
    unit = Value.of(paragraph.cut(base + found.start("unit"), base + found.end("unit")), again=True)
    value = Value.of(
        paragraph.cut(base + found.start("value"), base + found.end("value")), again=True
    )
    name = Value.of(paragraph.cut(base + span[0], base + span[1]), again=True)
    masthead.figures.append((name, value, unit))
