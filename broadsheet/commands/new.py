"""`broadsheet new case|publication|site|template`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from broadsheet.chinese_click import Command, Group
from broadsheet.commands.output import EXIT_CONTENT, print_findings
from broadsheet.commands.parameters import FOLDER

if TYPE_CHECKING:
    from broadsheet.new.make import Made

Result = TypeVar("Result")


@click.group(
    cls=Group,
    help="新建案例、刊次、整个站点，或取一个模板来改。只添新的，从不改动已有的文件。",
)
def new() -> None:
    pass


_ROOT = click.option(
    "--root", type=FOLDER, default=Path(), metavar="文件夹",
    help="项目文件夹，稿件默认在它里面。默认是当前文件夹。",
)  # fmt: skip
_CONTENT = click.option(
    "--content", type=FOLDER, metavar="文件夹", help="稿件文件夹。默认是 content。"
)
_DEBUG = click.option("--debug", is_flag=True, help="出错时显示程序内部的经过，给开发者看。")


@new.command(
    cls=Command,
    help="新建一件案例：编号接着已有的往下排，要填的地方写着【待填】，是草稿，不会发布。"
    "标题可以先不写。",
)
@click.argument("title", metavar="[标题]", nargs=-1)
@click.option(
    "--publication", default="", metavar="刊次",
    help="放进哪个刊次。只有一个刊次，或就在刊次的文件夹里运行时，可以不写。",
)  # fmt: skip
@click.option(
    "--kind", default="", metavar="文种",
    help="文种，如 key 或 重点督办。默认是 case；这一刊次全是同一种的，就是那一种。",
)  # fmt: skip
@click.option(
    "--theme", default="", metavar="主题",
    help="主题，编号或名称。默认是第一个主题，建好以后再改也行。",
)  # fmt: skip
@click.option("--id", default="", metavar="编号", help="固定编号。默认接着已有的往下排。")
@_ROOT
@_CONTENT
@_DEBUG
def case(
    title: tuple[str, ...],
    root: Path,
    content: Path | None,
    debug: bool,  # `run` looks at it
    **wishes: str,
) -> int:
    from broadsheet.new.make import new_case
    from broadsheet.scan import display

    def make() -> Made:
        here = Path.cwd() if root == Path() else root
        return new_case(root, content, " ".join(title), wishes, here)

    made = _told(make)
    if made is None:
        return EXIT_CONTENT
    click.echo(f"已建 {display(made.path)}，编号 {made.id}，是草稿")
    click.echo("下一步：填好写着【待填】的地方，用 serve 边写边看；定稿后删去 draft: true")
    return 0


@new.command(
    cls=Command,
    help="新建一个刊次：在稿件文件夹里建一个以编号命名的文件夹，写好 index.md。"
    "编号是网址的一部分，如 yunqi-2025。",
)
@click.argument("id", metavar="编号")
@click.option("--title", default="", metavar="名称", help="刊次的名称，读者看到的。")
@click.option("--region", default="", metavar="地区", help="地区，如 云栖区。")
@click.option("--organ", default="", metavar="机关", help="政协（cppcc）或人大（npc）。")
@click.option("--year", type=click.IntRange(1900, 2999), metavar="年份", help="年份。")
@_ROOT
@_CONTENT
@_DEBUG
def publication(
    id: str,
    year: int | None,
    root: Path,
    content: Path | None,
    debug: bool,  # `run` looks at it
    **facts: str,
) -> int:
    from broadsheet.new.make import new_publication
    from broadsheet.scan import display

    known = {**facts, "year": str(year or "")}
    made = _told(lambda: new_publication(root, content, id, known))
    if made is None:
        return EXIT_CONTENT
    click.echo(f"已建 {display(made)}")
    click.echo(f"下一步：改好里面的名称和说明，再用 new case 标题 --publication {id} 写第一件案例")
    click.echo("在首页的顺序由 site.yaml 的 publications 定；没写到的排在后面")
    return 0


@new.command(
    cls=Command,
    help="在一个新的文件夹里建一个完整的站点：站点设置、一个刊次、两件示例案例、说明，"
    "和编辑软件补全字段用的文件。",
)
@click.argument("folder", metavar="文件夹", type=FOLDER)
@click.option("--title", default="", metavar="站名", help="站名，以后可以在 site.yaml 里改。")
@_DEBUG
def site(folder: Path, title: str, debug: bool) -> int:
    from broadsheet.new.make import new_site
    from broadsheet.scan import display

    count = _told(lambda: new_site(folder, title))
    if count is None:
        return EXIT_CONTENT
    click.echo(f"已建 {display(folder)}，有 {count} 个文件")
    click.echo(f"下一步：cd {display(folder)}，再运行 broadsheet serve --open")
    click.echo("以后怎样做，看里面的 README.md")
    return 0


@new.command(
    cls=Command,
    help="把一个自带的模板或样式复制到 templates/ 里来改，网站就用它。不写文件名，就列出有哪些。",
)
@click.argument("name", metavar="[文件名]", required=False)
@click.option(
    "--root", type=FOLDER, default=Path(), metavar="文件夹",
    help="项目文件夹，templates 在它里面。默认是当前文件夹。",
)  # fmt: skip
@_DEBUG
def template(name: str | None, root: Path, debug: bool) -> int:
    from broadsheet.new.make import new_template, template_names
    from broadsheet.scan import display

    if not name:
        click.echo("\n".join(template_names()))
        return 0
    made = _told(lambda: new_template(root, name))
    if made is None:
        return EXIT_CONTENT
    click.echo(f"已建 {display(made)}，和自带的一样")
    click.echo("下一步：改好它，再构建；不想要了就删去它，网站又用自带的")
    return 0


def _told(make: Callable[[], Result]) -> Result | None:
    """What `make` returns, or None once it has been told why not."""
    from broadsheet.diagnostics import ContentError

    try:
        return make()
    except ContentError as error:
        print_findings("text", error.diagnostics, None, site=False)
        return None
