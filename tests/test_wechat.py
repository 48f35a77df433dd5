"""Articles for WeChat: they survive its editor, nothing is missing, and the button copies them."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_probes import until
from browser_sites import Mode
from helpers import NOW, PNG, ROOT, case, make_site, publication
from lxml import html

from broadsheet import cli
from broadsheet.plan import Options, Plan, plan
from broadsheet.read import read
from broadsheet.views import CaseView
from broadsheet.wechat import Texts, articles, known, texts

pytest_plugins = ["browser_fixtures"]

BODY = """\
## 背景

见[国务院](https://www.gov.cn/a?b=1&c=2)、[下一件](002-b.md)和 <https://example.net/>，写信 [给我们](mailto:a@b.cn)。[^1]

[^1]: 脚注 <文字>。

## 建议

1. 第一条
2. 第二条

   第二段

   - **粗**项
   - ~~划掉~~

> 引文

| 单位 | 数 |
|---|---|
| 甲局 | `3` |

![加装电梯](dianti.png "楼道")

### 小标题

    代码  一
      缩进

---

三行
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    files: dict[str, str | bytes] = {
        "content/p/index.md": publication(
            "某刊",
            "## 综述\n\n综述正文。\n",
            session={"term": 12, "meeting": 4},
            region="云栖区",
            organ="cppcc",
            year=2025,
            declared_total=100,
            figures=[{"label": "立案", "value": "248", "unit": "件"}],
            grade_scheme={"A": "已经解决"},
            intro="导语 <b>。",
        ),
        "content/p/001-a.md": case(
            "a",
            BODY,
            number="0867",
            merged_numbers=["0868"],
            proposers=["王芳", "李明"],
            proposers_more=3,
            co_hosts=["区财政局"],
            ratings=[{"round": 1, "grade": "B"}, {"round": 2, "grade": "A"}],
            satisfaction="满意",
            reply={
                "no": "云函〔2025〕3号",
                "date": "2025-06-01",
                "unit": "区住建局",
                "signer": "周舟",
            },
            keywords=["电梯", "老旧小区"],
            source={
                "name": "云栖报",
                "date": "2025-07-01",
                "page": "第3版",
                "url": "https://yunqi.example/a",
            },
        ),
        "content/p/002-b.md": case("b", "第二件。\n", title="关于 <script> 的建议", theme="city"),
        "content/p/003-c.md": case("c", "草稿。\n", draft=True),
        "content/p/dianti.png": PNG,
    }
    root = make_site(
        tmp_path_factory.mktemp("wechat"), files, "base_url: https://example.org/paper/\n"
    )
    return plan(read(root / "content"), Options(now=NOW))


@pytest.fixture(scope="module")
def article(site: Plan) -> Texts:
    return made(site, "a")


def made(site: Plan, id: str) -> Texts:
    found = texts(site, id)
    assert found
    return found


def elements(fragment: str) -> Iterator[Any]:
    for element in html.fragment_fromstring(fragment, create_parent="div").iterdescendants():
        assert isinstance(element.tag, str)
        yield element


def survives(fragment: str) -> None:
    """Only what the editor of WeChat keeps."""
    for element in elements(fragment):
        assert element.tag in {
            "section", "p", "h2", "h3", "h4", "span", "strong", "em", "br", "img", "table", "tbody",
            "tr", "td",
        }  # fmt: skip
        assert set(element.attrib.keys()) <= {"style", "src", "alt"}, element.tag
        style = element.get("style") or ""
        assert not re.search(
            r"position|url\(|expression|float|display:\s*(flex|grid)|var\(|@|!|margin[^;]*-\d",
            style,
        )
        if element.tag in ("p", "h2", "h3", "h4", "table", "td"):
            assert style, element.tag


def test_only_inline_styles(site: Plan) -> None:
    for id in ("a", "b", "p"):
        fragment = made(site, id).fragment
        survives(fragment)
        assert not re.search(r"<script|<style|<link|href=|\bid=|\bclass=", fragment)


def test_pictures_have_their_absolute_address(article: Texts) -> None:
    sources = [e.get("src") for e in elements(article.fragment) if e.tag == "img"]
    assert sources == ["https://example.org/paper/media/p/dianti.png"]
    assert "楼道" in article.text and "［图片：加装电梯］" in article.text


def test_without_an_address_there_is_none(tmp_path: Path) -> None:
    root = make_site(
        tmp_path,
        {"content/p/001-a.md": case("a", "![电梯](a.png)\n"), "content/p/a.png": PNG},
        site=None,
    )
    found = made(plan(read(root / "content"), Options(now=NOW)), "a")
    assert "localhost" not in found.fragment
    assert "<img" not in found.fragment
    assert found.text.count("［图片：电梯］") == 1


def test_links_are_text_with_the_address_of_other_sites(article: Texts) -> None:
    assert (
        "见国务院（https://www.gov.cn/a?b=1&c=2）、下一件和 https://example.net/，" in article.text
    )
    assert "给我们（a@b.cn）" in article.text


def test_lists_tables_quotes_code_and_notes(article: Texts) -> None:
    for line in (
        "1. 第一条", "2. 第二条", "第二段", "· 粗项", "· 划掉", "引文", "单位：数", "甲局：3", "小标题",
        "代码  一", "1. 脚注 <文字>。", "三行",
    ):  # fmt: skip
        assert line in article.text.replace("\u00a0", " ").split("\n"), line
    assert "↩" not in article.text


def shown(case: CaseView) -> Iterator[str]:
    yield from (case.title, case.theme.name, case.kind, case.session, case.year)
    for fact in case.facts:
        yield from (fact.label, fact.text, fact.external, *(ref.name for ref in fact.refs))
    for step in case.journey:
        yield from (step.label, step.detail, step.grade, *(ref.name for ref in step.refs))
    for section in case.sections:
        yield section.heading
        yield from section.paragraphs


def missing(text: str, site: Plan, address: str) -> list[str]:
    (page,) = [page for page in site.pages if page.address == address]
    flat = re.sub(r"\s", "", text)
    view = page.context["case"]
    return [part for part in shown(view) if re.sub(r"\s", "", part) not in flat]


def test_every_fact_and_every_sentence_is_there(site: Plan) -> None:
    assert not missing(made(site, "a").text.replace("（a@b.cn）", "").replace("（https://www.gov.cn/a?b=1&c=2）", ""), site, "/cases/a/")  # fmt: skip
    whole = made(site, "p")
    assert not missing(whole.text, site, "/cases/b/")
    for part in (
        "某刊", "云栖区政协十二届四次会议", "原刊登 100 件，已收录 2 件", "导语 <b>。", "立案 248 件",
        "综述正文。", "A：已经解决", "原文：https://example.org/paper/publications/p/",
        "原文：https://example.org/paper/cases/a/",
    ):  # fmt: skip
        assert part in whole.text, part
    assert whole.text.index("0867") < whole.text.index("第二件。")
    assert "草稿" not in whole.text


def test_every_shipped_case_is_complete() -> None:
    shipped = plan(read(ROOT / "content"), Options(now=NOW))
    ids = known(shipped)
    assert len(ids) == shipped.cases + 5
    for id in ids:
        found = made(shipped, id)
        survives(found.fragment)
        if any(page.address == f"/cases/{id}/" for page in shipped.pages):
            assert not missing(found.text, shipped, f"/cases/{id}/"), id


def test_seals_have_the_colours_of_the_site() -> None:
    tokens = (ROOT / "templates/assets/tokens.css").read_text("utf-8")
    assert tuple(re.findall(r"--hue-\d: (#\w+);", tokens)) == articles.HUES


def test_a_publication_of_several_pages(tmp_path: Path) -> None:
    files = {f"content/p/{n:03}-c.md": case(f"c{n}", f"第{n}件正文。\n") for n in range(1, 53)}
    root = make_site(tmp_path, files)
    whole = made(plan(read(root / "content"), Options(now=NOW)), "p").text
    assert [int(n) for n in re.findall(r"第(\d+)件正文", whole)] == list(range(1, 53))


# -- the page that copies -------------------------------------------------------------------------


def test_the_policy_allows_the_script_and_nothing_else(article: Texts) -> None:
    tree = html.document_fromstring(article.page)
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    (script,) = tree.xpath("//script/text()")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert not tree.xpath("//@onclick | //link | //script/@src")


def opened(browsers: Any, tmp_path: Path, article: Texts, before: str = "") -> Any:
    path = tmp_path / "a.copy.html"
    path.write_text(article.page, "utf-8")
    context = browsers.new_context(Mode(480, 900))
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.route("https://**", lambda route: route.abort())
    if before:
        page.add_init_script(before)
    page.goto(path.as_uri())
    page.faults = faults
    return page


def pasted(page: Any) -> tuple[str, str]:
    """What an editor gets when one pastes: HTML and text."""
    page.evaluate(
        """() => { document.body.innerHTML = '<div contenteditable>x</div>';
        document.addEventListener('paste', (event) => { window.got = ['text/html', 'text/plain']
          .map((type) => event.clipboardData.getData(type)); event.preventDefault(); });
        document.querySelector('div').focus(); }"""
    )
    page.keyboard.press("Control+V")
    until(page, "window.got")
    found = page.evaluate("window.got")
    return found[0], found[1]


@pytest.mark.browser
@pytest.mark.parametrize(
    "before",
    ["", "navigator.clipboard.write = () => Promise.reject(new Error('no'));", "delete window.ClipboardItem;"],
)  # fmt: skip
def test_the_button_copies_both(browsers: Any, tmp_path: Path, article: Texts, before: str) -> None:
    page = opened(browsers, tmp_path, article, before)
    page.click("[data-copy=all]")
    page.wait_for_function(
        "document.querySelector('[role=status]').textContent.startsWith('已复制')"
    )
    fragment, text = pasted(page)
    assert text.replace("\r\n", "\n") == article.text
    wanted = [(e.tag, (e.text or "").strip()) for e in elements(article.fragment)]
    got = html.fragment_fromstring(fragment, create_parent="div")
    found = [(e.tag, (e.text or "").strip()) for e in got.iter() if e.tag in dict(wanted)]
    assert found == wanted
    assert all(e.get("style") for e in got.iter("p"))
    assert not [fault for fault in page.faults if "Security" in fault]
    page.context.close()


@pytest.mark.browser
def test_the_other_button_copies_text_alone(browsers: Any, tmp_path: Path, article: Texts) -> None:
    page = opened(browsers, tmp_path, article)
    page.click("[data-copy=words]")
    page.wait_for_function(
        "document.querySelector('[role=status]').textContent.startsWith('已复制')"
    )
    assert pasted(page) == ("", article.text)
    page.context.close()


@pytest.mark.browser
def test_a_browser_that_refuses_says_what_to_do(
    browsers: Any, tmp_path: Path, article: Texts
) -> None:
    page = opened(
        browsers,
        tmp_path,
        article,
        "delete window.ClipboardItem; document.execCommand = () => false;",
    )
    page.click("[data-copy=all]")
    page.wait_for_function("document.querySelector('[role=status]').textContent.includes('Ctrl+C')")
    assert article.text.split("\n")[2] in page.evaluate("getSelection().toString()")
    page.context.close()


# -- the command ----------------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    code = cli.run([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return code, said.out + said.err


def test_the_command_writes_three_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = make_site(
        tmp_path, {"content/p/001-a.md": case("a"), "content/p/002-b.md": case("b", draft=True)}
    )
    code, said = run(capsys, "export", "wechat", "a", "--root", root)
    assert code == 0
    assert "a.copy.html" in said
    folder = root / "export/wechat"
    assert sorted(path.name for path in folder.iterdir()) == ["a.copy.html", "a.html", "a.txt"]
    assert "一段正文。" in (folder / "a.txt").read_text("utf-8")
    assert (folder / "a.html").read_text("utf-8") in (folder / "a.copy.html").read_text("utf-8")
    assert run(capsys, "export", "wechat", "p", "--root", root, "--output", root / "x")[0] == 0
    assert (root / "x/wechat/p.html").is_file()


def test_ids_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = make_site(
        tmp_path,
        {"content/p/001-a.md": case("yunqi-2025-001"), "content/p/002-b.md": case("b", draft=True)},
    )
    code, said = run(capsys, "export", "wechat", "yunqi-2025-01", "--root", root)
    assert code == 1
    assert "B721" in said and "是不是 yunqi-2025-001？" in said
    code, said = run(capsys, "export", "wechat", "b", "--root", root)
    assert code == 1 and "--drafts" in said
    assert not (root / "export").exists()
    assert run(capsys, "export", "wechat", "b", "--root", root, "--drafts")[0] == 0
    assert "草稿" in (root / "export/wechat/b.txt").read_text("utf-8")
    assert run(capsys, "export", "wechat", "--root", root)[0] == 2
    assert run(capsys, "export", "opensearch", "a", "--root", root)[0] == 2


def test_a_long_article_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = make_site(tmp_path, {"content/p/001-a.md": case("a", "很长的正文。" * 4000)})
    assert "公众号可能存不下" in run(capsys, "export", "wechat", "a", "--root", root)[1]
