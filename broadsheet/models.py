"""The words of the field as types: what an editor may write, and nothing else.

Every model is the schema of one kind of front matter or YAML file. Scalars arrive as the text the
editor typed (`0867` stays `0867`); the types below turn them into numbers, dates and flags. The
descriptions are shown by editors that complete front matter (docs/schema/) and in docs/fields.md.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from datetime import date as calendar_date
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    field_validator,
    model_validator,
)

CHINA_TIME = timezone(timedelta(hours=8))

Kind = Literal["case", "key", "speech", "reference", "bulletin", "reply"]
KIND_NAMES: dict[Kind, str] = {
    "case": "办理案例",
    "key": "重点督办",
    "speech": "大会发言",
    "reference": "参考提案",
    "bulletin": "工作动态",
    "reply": "答复函",
}
REQUIRED_BY_KIND: dict[Kind, tuple[str, ...]] = {
    "case": ("proposers", "hosts"),
    "key": ("proposers", "hosts", "supervisors"),
    "speech": ("proposers",),
    "reference": (),
    "bulletin": (),
    "reply": ("hosts",),
}
ProposerType = Literal["person", "party", "organization", "sector", "committee", "delegation"]
Organ = Literal["cppcc", "npc"]
BLANK = ("", "~", "null", None)


def parse_partial_date(value: object) -> str:
    """`2024`, `2024-03` or `2024-03-17` as ISO text, which also sorts.

    Raises ValueError for dates that the calendar does not have.
    """
    text = str(value).strip()
    match = re.fullmatch(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?", text)
    if not match:
        raise ValueError(f"“{text}”不是日期，写成 2024-03-17、2024-03 或 2024")
    year, month, day = match.groups()
    try:
        calendar_date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        raise ValueError(f"日历上没有“{text}”这一天") from None
    return "-".join([year, *(part.zfill(2) for part in (month, day) if part)])


def parse_moment(value: object) -> datetime:
    """An ISO 8601 moment as UTC; without an offset it is Beijing time, without a time midnight.

    Raises ValueError for anything else.
    """
    text = str(value).strip()
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=CHINA_TIME)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"“{text}”不是时刻，写成 2024-12-01T06:00+08:00") from None


def parse_base_url(value: object) -> str:
    """An http(s) address, perhaps with a path, without query and fragment. Raises ValueError."""
    text = str(value).strip()
    try:
        parts = urlsplit(text)
        port_is_number = parts.port is None or parts.port >= 0
    except ValueError:
        port_is_number = False
    sound = port_is_number and parts.scheme in ("http", "https") and parts.hostname
    if not sound or parts.query or parts.fragment or re.search(r'[\s<>"\\]', text):
        raise ValueError(f"“{text}”不是网址，写成 https://example.org/ 或带路径")
    return text


def one_or_many(value: Any) -> Any:
    """Forgive an editor who writes a list of one without the brackets."""
    return value if isinstance(value, list | tuple) else [value]


def as_name(value: Any) -> Any:
    """Forgive an editor who writes a name alone where a name and more may stand."""
    return {"name": value} if isinstance(value, str) else value


HTTP_PATTERN = r'^https?://[^\s<>"]+$'
ID_PATTERN = r"^[a-z0-9-]+$"
GRADE_PATTERN = r"^[A-D][0-9]?$"
SHORTEST_PHRASE = 4  # characters; shorter ones are words, and many words are like them
CHECK_PATTERN = r"^B8[0-9]{2}$"
_URL_SCHEMA = {"type": "string", "pattern": HTTP_PATTERN}
NUMBER_SCHEMA = {"anyOf": [{"type": "string", "minLength": 1}, {"type": "number"}]}
MOMENT_SCHEMA = {"type": "string", "examples": ["2024-12-01T06:00+08:00"]}
DATE_SCHEMA = {
    "anyOf": [
        {"type": "string", "pattern": r"^\d{4}(-\d{1,2}(-\d{1,2})?)?$"},
        {"type": "integer", "minimum": 1000, "maximum": 9999},
    ]
}

# printable: HTML and XML know no other control character than tab and line feed
Text = Annotated[
    str, StringConstraints(pattern="^[^\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\ufffe\\uffff]+$")
]
Number = Annotated[Text, WithJsonSchema(NUMBER_SCHEMA)]
PartialDate = Annotated[str, BeforeValidator(parse_partial_date), WithJsonSchema(DATE_SCHEMA)]
Moment = Annotated[datetime, BeforeValidator(parse_moment), WithJsonSchema(MOMENT_SCHEMA)]
Identifier = Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=100)]
HttpUrl = Annotated[str, StringConstraints(pattern=HTTP_PATTERN)]
BaseUrl = Annotated[str, BeforeValidator(parse_base_url), WithJsonSchema(_URL_SCHEMA)]
Grade = Annotated[str, StringConstraints(pattern=GRADE_PATTERN)]
Names = Annotated[tuple[Text, ...], BeforeValidator(one_or_many)]


class Record(BaseModel):
    """What all records share: no unknown key, nothing changes, an empty value is no value."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_blank(cls, value: Any) -> Any:
        if isinstance(value, dict) and any(item in BLANK for item in value.values()):
            return {key: item for key, item in value.items() if item not in BLANK}
        return value


# -- a case -------------------------------------------------------------------------------------


class Proposer(Record):
    """Who made the proposal; the first one leads."""

    name: Text = Field(description="姓名或名称，一人一项")
    type: ProposerType | None = Field(
        None,
        description="个人 person、党派 party、团体 organization、界别 sector、"
        "专委会 committee、代表团 delegation",
    )


class Supervisor(Record):
    """A leader who supervises how the proposal is handled."""

    name: Text = Field(description="督办领导姓名")
    post: Text | None = Field(None, description="职务")


class Rating(Record):
    """One round of rating, the grade as published; a grade has no national meaning."""

    round: int = Field(1, ge=1, le=9, description="第几轮评价")
    grade: Grade = Field(description="等级，照原文写：A、B、C、D，或带一位数字，如 A1")


class Reply(Record):
    """The letter that answers the proposal."""

    no: Text | None = Field(None, description="文号，如 子交函〔2023〕34号")
    date: PartialDate | None = Field(None, description="答复日期")
    unit: Text | None = Field(None, description="答复单位")
    signer: Text | None = Field(None, description="签发人")


class Event(Record):
    """A dated step on the way from proposal to verdict."""

    date: PartialDate | None = Field(None, description="日期")
    event: Text = Field(description="发生了什么，如 交办")


class Source(Record):
    """Where the piece was first published."""

    name: Text | None = Field(None, description="报刊或网站名称")
    date: PartialDate | None = Field(None, description="刊发日期")
    page: Number | None = Field(None, description="版面，如 第3版")
    url: HttpUrl | None = Field(None, description="原文网址")


Proposers = Annotated[
    tuple[Annotated[Proposer, BeforeValidator(as_name)], ...], BeforeValidator(one_or_many)
]
Supervisors = Annotated[
    tuple[Annotated[Supervisor, BeforeValidator(as_name)], ...], BeforeValidator(one_or_many)
]


class FrontMatter(Record):
    """The head of a case file, content/<publication>/<nnn>-<slug>.md."""

    id: Identifier = Field(description="固定编号，也是网址的一部分；只用小写字母、数字和连字符")
    kind: Kind = Field(description="文种：" + "、".join(f"{k} {v}" for k, v in KIND_NAMES.items()))
    title: Text = Field(description="标题")
    theme: Text = Field(description="主题编号，见 site.yaml，如 economy")
    number: Number | None = Field(None, description="提案号，照原文写并加引号，如 '0867'")
    proposers: Proposers = Field((), description="提案人，第一位领衔")
    proposers_more: int = Field(0, ge=0, description="没有写出姓名的提案人有几位")
    speaker: Text | None = Field(None, description="发言人")
    hosts: Names = Field((), description="主办单位")
    co_hosts: Names = Field((), description="会办、协办单位")
    supervisors: Supervisors = Field((), description="督办领导")
    ratings: tuple[Rating, ...] = Field((), description="各轮分类评价或办理类别")
    merged_numbers: Annotated[tuple[Number, ...], BeforeValidator(one_or_many)] = Field(
        (), description="并案办理的其他提案号"
    )
    satisfaction: Text | None = Field(None, description="提案人的满意度，照原文写")
    reply: Reply | None = Field(None, description="答复函")
    timeline: tuple[Event, ...] = Field((), description="办理经过")
    keywords: Names = Field((), description="关键词")
    summary: Text | None = Field(None, description="一两句话的摘要；不写则取正文第一段")
    date: PartialDate | None = Field(None, description="日期，可以只写年，或年和月")
    source: Source | None = Field(None, description="出处")
    aliases: Names = Field((), description="旧网址，访问时转到这一页，如 /old/path/")
    draft: bool = Field(False, description="草稿：不发布")
    publish_at: Moment | None = Field(None, description="定时发布：到这一时刻之后的构建才发布")
    needs_review: Annotated[tuple[Text | dict[str, Text], ...], BeforeValidator(one_or_many)] = (
        Field((), description="导入时拿不准、需要人看的地方")
    )

    @property
    def ratings_in_order(self) -> list[Rating]:
        return sorted(self.ratings, key=lambda rating: rating.round)

    @field_validator("title")
    @classmethod
    def _one_line(cls, title: str) -> str:
        return " ".join(title.split())

    @field_validator("aliases")
    @classmethod
    def _alias_stays_inside(cls, aliases: tuple[str, ...]) -> tuple[str, ...]:
        for alias in aliases:
            parts = alias.strip("/").split("/")
            if not alias.startswith("/") or "" in parts or "." in parts or ".." in parts:
                raise ValueError(f"旧网址“{alias}”要以 / 开头，写成 /old/path/")
            if parts[0] in ("assets", "media", "search"):
                raise ValueError(f"旧网址“{alias}”的开头留给网站自己的文件，换一个")
            if re.search(r"[\x00-\x1f\\?#%:*\"<>|]", alias):
                raise ValueError(f"旧网址“{alias}”里有不能用的字符")
        return aliases


# -- a publication, the site ----------------------------------------------------------------------


class Session(Record):
    """Which plenary meeting of which term: 十二届四次 is term 12, meeting 4."""

    term: int = Field(ge=1, le=99, description="届")
    meeting: int = Field(ge=1, le=99, description="次")


class Figure(Record):
    """A number as the publication printed it."""

    label: Text = Field(description="是什么，如 立案提案")
    value: Number = Field(description="数，照原文写，如 '248'")
    unit: Text | None = Field(None, description="单位，如 件")


class PublicationMatter(Record):
    """The head of content/<publication>/index.md."""

    title: Text = Field(description="刊次名称")
    region: Text | None = Field(None, description="地区，如 余杭区")
    organ: Organ | None = Field(None, description="政协 cppcc，人大 npc")
    session: Session | None = Field(None, description="届次")
    year: int | None = Field(None, ge=1900, le=2999, description="年份")
    source: Source | None = Field(None, description="出处")
    figures: tuple[Figure, ...] = Field((), description="公布的数字，照原文写")
    declared_total: int | None = Field(None, ge=1, description="原文说共有多少件")
    grade_scheme: dict[Grade, Text] = Field(
        default_factory=dict, description="原文对等级的解释，如 A：已经解决"
    )
    intro: Text | None = Field(None, description="一段导语")


class Theme(Record):
    """A subject under which cases are grouped."""

    id: Identifier = Field(description="编号，也是网址的一部分")
    name: Text = Field(description="名称")
    description: Text | None = Field(None, description="一句话说明")
    seal: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = Field(
        None, description="印章上的一个字；不写则取名称的第一个字"
    )


DEFAULT_THEMES = tuple(
    Theme(id=id_, name=name, seal=seal)  # the character on the seal is not always the first
    for id_, name, seal in (
        ("economy", "经济发展", "经"),
        ("livelihood", "民生保障", "民"),
        ("ecology", "生态环境", "生"),
        ("culture", "文化建设", "文"),
        ("governance", "社会治理", "治"),
        ("city", "城乡建设", "城"),
    )
)


class SiteMatter(Record):
    """content/site.yaml."""

    title: Text = Field("百件提案", description="站名")
    subtitle: Text | None = Field(None, description="副题，一行")
    base_url: BaseUrl | None = Field(
        None, description="站点网址，可以带路径，如 https://example.org/tian/"
    )
    publisher: Text | None = Field(None, description="主办单位")
    contact: Text | None = Field(None, description="联系方式")
    themes: tuple[Theme, ...] = Field(DEFAULT_THEMES, min_length=1, description="主题，按显示顺序")
    publications: Names = Field((), description="刊次在首页的顺序；没写到的排在后面")

    @field_validator("themes")
    @classmethod
    def _themes_differ(cls, themes: tuple[Theme, ...]) -> tuple[Theme, ...]:
        for key in ("id", "name"):
            values = [getattr(theme, key) for theme in themes]
            for value in values:
                if values.count(value) > 1:
                    raise ValueError(f"有两个主题的 {key} 都是 {value}")
        return themes


# -- who is who -----------------------------------------------------------------------------------


class SameAs(Record):
    """A name in another region that means the same person or unit."""

    name: Text | None = Field(None, description="在那里的写法；不写则同名")
    region: Text = Field(description="地区")


class EntityRule(Record):
    """One entry of content/people.yaml or content/units.yaml."""

    name: Text = Field(description="正式写法")
    region: Text | None = Field(None, description="地区；不写则各地区的同名者都算同一个")
    slug: Identifier | None = Field(None, description="固定网址")
    note: Text | None = Field(None, description="区别同名者的说明，如 医生")
    aliases: Names = Field((), description="同一地区里的其他写法")
    merge: tuple[SameAs, ...] = Field((), description="其他地区的同一个人或单位")
    cases: Names = Field((), description="只对这些案例编号有效，用来分开同名者（要写 slug）")

    @model_validator(mode="after")
    def _split_needs_slug(self) -> EntityRule:
        if self.cases and not self.slug:
            raise ValueError("分开同名者时要写 slug，给这一位固定的网址")
        return self


class EntityRules(Record):
    """content/people.yaml or content/units.yaml."""

    entries: tuple[EntityRule, ...] = ()


# -- search ---------------------------------------------------------------------------------------


class SynonymGroups(Record):
    """search/synonyms.yaml."""

    groups: tuple[Annotated[Names, Field(min_length=2)], ...] = Field(
        (), description="同义词，一组一行；检索时只作建议，不会自动替换"
    )


# -- the newspaper's own words --------------------------------------------------------------------


def as_words(value: Any) -> Any:
    """Forgive an editor who writes `wrong: right` instead of a list of records."""
    if not isinstance(value, dict) or "wrong" in value:
        return one_or_many(value)
    return [{"wrong": wrong, "right": right} for wrong, right in value.items()]


class Word(Record):
    """A way to write that the newspaper does not want, and the one that it wants."""

    wrong: Text = Field(description="不用的写法")
    right: Text = Field(description="要用的写法")
    note: Text | None = Field(None, description="为什么，会显示在提醒里")

    @model_validator(mode="after")
    def _differ(self) -> Word:
        if self.wrong == self.right:
            raise ValueError(f"wrong 和 right 都是“{self.wrong}”")
        return self


class Leader(Record):
    """A person whose post must be right wherever both are named."""

    name: Text = Field(description="姓名")
    post: Names = Field(description="现任职务，有几个就写几个")
    region: Text | None = Field(None, description="地区；不写则各地区都查")


class Accepted(Record):
    """A finding that an editor has looked at and wants to hear of no more."""

    code: Annotated[str, StringConstraints(pattern=CHECK_PATTERN)] = Field(
        description="代码，只能是 check 的提醒"
    )
    file: Text | None = Field(None, description="文件，从稿件文件夹算起；不写则所有文件")
    text: Text | None = Field(None, description="那一行或提醒里的几个字；不写则整个文件")
    reason: Text = Field(description="为什么不用改")

    @model_validator(mode="after")
    def _not_everything(self) -> Accepted:
        if not self.file and not self.text:
            raise ValueError("file 和 text 至少写一个，不然这一种提醒就全看不到了")
        return self


class WordList(Record):
    """content/wordlist.yaml."""

    words: Annotated[tuple[Word, ...], BeforeValidator(as_words)] = Field(
        (), description="不用的写法和要用的写法"
    )
    people: tuple[Leader, ...] = Field((), description="领导姓名和职务")
    phrases: Names = Field((), description="不能改动、不能拆开的提法，至少四个字")
    units: Names = Field((), description="已知的单位；写了，名单以外的单位会有提醒")
    accepted: tuple[Accepted, ...] = Field((), description="看过了、不用改的提醒")

    @field_validator("phrases")
    @classmethod
    def _long_enough(cls, phrases: tuple[str, ...]) -> tuple[str, ...]:
        for phrase in phrases:
            if len(phrase) < SHORTEST_PHRASE:
                raise ValueError(f"“{phrase}”太短，像它的词太多；固定提法至少四个字")
        return phrases
