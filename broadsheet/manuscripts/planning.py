"""What an import will write, decided before the first byte: new cases, updates, conflicts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from broadsheet.diagnostics import ContentError, Diagnostic, did_you_mean
from broadsheet.frontmatter import FrontMatterError
from broadsheet.manuscripts import report as reports
from broadsheet.manuscripts.account import UnbalancedError, placements, settle
from broadsheet.manuscripts.cases import Written, render, write_case, write_publication
from broadsheet.manuscripts.drafts import Draft, Masthead
from broadsheet.manuscripts.lines import Manuscript
from broadsheet.manuscripts.matching import fold, match
from broadsheet.manuscripts.merge import Merged, merge
from broadsheet.manuscripts.numbering import case_file, case_id, publication_id
from broadsheet.manuscripts.outcomes import Action, CaseOutcome, Intake, Outcome, Request
from broadsheet.manuscripts.proof import prove
from broadsheet.manuscripts.records import CaseRecord, Record, dump, path_of
from broadsheet.manuscripts.shelf import Shelf, Standing
from broadsheet.manuscripts.themes import propose
from broadsheet.manuscripts.understand import Understood
from broadsheet.manuscripts.values import han_numeral
from broadsheet.scan import display
from broadsheet.textfile import read_text


def unbalanced(file: str, error: UnbalancedError) -> Diagnostic:
    hint = "这是程序的缺陷，稿件没有导入；把稿件和这条消息发给开发者"
    return Diagnostic("B736", f"字数对不上：{error}", hint, file)


class Planner:
    def __init__(self, request: Request, shelf: Shelf, records: dict[str, Record]) -> None:
        self.request, self.shelf, self.records = request, shelf, records
        self.files: dict[str, bytes] = {}
        self.texts: dict[str, str] = {}  # of case files, as they will be
        self.told: list[Diagnostic] = []
        self.numbers: dict[tuple[str, str], str] = {}  # who has which, of what this run writes
        self.ids = {case.id for case in shelf.cases}
        for record in records.values():
            self.ids |= {one.id for one in record.cases}
        self.paths = set(shelf.paths)
        self.changed: set[str] = set()  # publications whose record must be written
        known = [theme.id for theme in shelf.themes]
        if request.theme and request.theme not in known:
            by_name = {theme.name: theme.id for theme in shelf.themes}
            guess = by_name.get(request.theme) or did_you_mean(request.theme, known)
            hint = f"是不是 {guess}？" if guess else f"可以写：{'、'.join(known)}"
            raise ContentError([Diagnostic("B731", f"没有“{request.theme}”这个主题", hint)])

    def plan(self, understood: Sequence[Understood]) -> Intake:
        outcomes = [self._manuscript(one) for one in understood]
        for publication in sorted(self.changed):
            data = dump(self.records[publication]).encode()
            self._put(path_of(publication), data)
        for outcome in outcomes:
            for path, text in reports.lasting(outcome):
                self._put(path, text.encode())
        return Intake(self.request.content, outcomes, self.told, self.files, self.request.dry_run)

    def _put(self, path: str, data: bytes) -> None:
        target = self.shelf.content / path
        try:
            same = target.read_bytes() == data
        except OSError:
            same = False
        if same:
            self.files.pop(path, None)
        else:
            self.files[path] = data

    # -- one manuscript ---------------------------------------------------------------------------

    def _manuscript(self, understood: Understood) -> Outcome:
        manuscript, parsed = understood.manuscript, understood.parsed
        self.parsed = parsed
        name = manuscript.name.rpartition("/")[2]
        digest = _digest(manuscript)
        publication = (
            self.request.publication or self._recorded(name, digest) or publication_id(parsed, name)
        )
        record = self.records.setdefault(publication, Record(publication))
        folder = self.shelf.folder_of(publication)
        page_file = f"{folder}/index.md"
        marked = manuscript.form in ("text", "markdown")
        page, understood = self._page(understood, record, page_file, name, marked)
        pieces = []
        for draft in parsed.drafts:
            theme = self._theme(draft)
            pieces.append(write_case(draft, "x", theme, marked=marked))
        known = match(pieces, record.cases, name)
        cases = []
        for draft, written, before in zip(parsed.drafts, pieces, known, strict=True):
            piece = written
            if self._number_taken(draft, publication, before):
                theme = str(written.fields["theme"])
                piece = write_case(draft, "x", theme, marked=marked)
            if before:
                cases.append(self._again(draft, piece, before, name))
            else:
                cases.append(self._new(draft, piece, record, folder, name))
            problem = prove(cases[-1].written, draft, self.shelf.themes, marked=marked)
            if problem:
                raise ContentError([unbalanced(manuscript.name, UnbalancedError(problem))])
        understood = replace(understood, account=settle(manuscript, understood.parsed))
        mine = {one.id for one in record.cases}
        understood = _without_drafts(
            understood, [n for n, one in enumerate(cases) if one.id not in mine]
        )
        for left in record.cases:
            if left.manuscript == name and all(left.id != one.id for one in cases):
                message = f"{left.id}“{left.title[:24]}”在新稿里没有了，案例留着没有动"
                hint = "确实撤稿的话，由编辑删去这个文件"
                self.told.append(
                    Diagnostic("B737", message, hint, display(self.shelf.content / left.file))
                )
        if record.manuscripts.get(name) != digest:
            record.manuscripts[name] = digest
            self.changed.add(publication)
        return Outcome(understood, publication, page, page_file, cases)

    def _number_taken(self, draft: Draft, publication: str, before: CaseRecord | None) -> bool:
        """Two offices may answer the same proposal; a number stands once in a publication. The
        second one goes without, for an editor to look at.
        """
        number = draft.first("number")
        if not number:
            return False
        own = before.id if before else ""
        holder = self.numbers.get((publication, number), "")
        for case in self.shelf.cases:
            if case.publication == publication and str(case.matter.get("number", "")) == number:
                holder = holder or case.id
        imported = {one.id for record in self.records.values() for one in record.cases}
        editors = not before and holder != "?" and holder not in imported  # B734 tells of it
        if not holder or holder == own or editors:
            self.numbers[publication, number] = own or self.numbers.get((publication, number), "?")
            return False
        for value in draft.fields.pop("number"):
            if not value.again:
                self.parsed.dropped.append((value.excerpt, "提案号，同一刊次里已经有了"))
        draft.review("number", f"提案号 {number} 已经用在同一刊次的另一件里，没有写进字段")
        return True

    def _recorded(self, name: str, digest: str) -> str:
        """The publication into which this very text was imported before, or a manuscript of this
        name, where there is only one.
        """
        same = [p for p, record in self.records.items() if digest in record.manuscripts.values()]
        named = [p for p, record in self.records.items() if name in record.manuscripts]
        found = same or named
        return found[0] if len(found) == 1 else ""

    def _theme(self, draft: Draft) -> str:
        if self.request.theme:
            return self.request.theme
        theme, words = propose(
            draft.first("title"),
            draft.text,
            draft.themes,
            self.shelf.themes,
            letter=draft.kind == "reply",
        )
        name = next(one.name for one in self.shelf.themes if one.id == theme)
        if words:
            why = f"按文中的“{'”“'.join(words)}”提议为{name}，请确认"
        else:
            why = f"文中看不出主题，暂列{name}，请确认"
        draft.review("theme", why)
        return theme

    # -- the page of the publication --------------------------------------------------------------

    def _page(
        self, understood: Understood, record: Record, file: str, name: str, marked: bool
    ) -> tuple[Action | None, Understood]:
        masthead = understood.parsed.masthead
        page = write_publication(masthead, _page_title(understood), marked=marked)
        path = self.shelf.content / file
        there = file in self.shelf.paths or file in self.texts
        if record.page and record.page_from == name and there:
            text = self.texts.get(file) or read_text(path)
            try:
                merged = merge(text, record.page, page)
            except FrontMatterError:
                self._unreadable(file)
                return "kept", understood
            self._settle_merge(merged, file, text, record)
            record.page = merged.base
            return ("updated" if merged.updated else "unchanged"), understood
        if record.page and record.page_from == name:
            message = "刊次说明页已经删去，没有重新写"
            hint = "要恢复它，从 git 或备份里取回"
            self.told.append(Diagnostic("B733", message, hint, display(path)))
            return "gone", _without_masthead(understood, "刊次说明页已由编辑删去")
        if there or record.page:
            if masthead.blocks or masthead.figures:
                message = "这个刊次已经有说明页，新稿里关于刊次的文字没有写进去"
                hint = "在导入报告里看那些文字，需要的由编辑补进说明页"
                self.told.append(Diagnostic("B741", message, hint, display(path)))
            return "kept", _without_masthead(understood, "刊次已有说明页，没有写进去")
        record.page, record.page_from = page, name
        self.changed.add(record.publication)
        text = render(page)
        self.texts[file] = text
        self._put(file, text.encode())
        return "new", understood

    # -- cases ------------------------------------------------------------------------------------

    def _new(
        self, draft: Draft, piece: Written, record: Record, folder: str, name: str
    ) -> CaseOutcome:
        standing = self._standing(piece, record.publication)
        if standing:
            message = f"“{draft.first('title')[:30]}”已经有了，不是导入的，没有动它"
            hint = "要用新稿，由编辑对照导入报告修改，或先删去这个文件再导入"
            self.told.append(
                Diagnostic("B734", message, hint, display(self.shelf.content / standing.path))
            )
            written = Written({**piece.fields, "id": standing.id}, piece.sections)
            return CaseOutcome(standing.id, standing.path, draft, written, "kept")
        page = f"{folder}/index.md"
        position = 1 + sum(
            1 for path in self.paths
            if path.startswith(f"{folder}/") and path.endswith(".md") and path != page
        )  # fmt: skip
        id_ = case_id(record.publication, draft, position, self.ids)
        names = {path.rpartition("/")[2] for path in self.paths if path.startswith(f"{folder}/")}
        file = f"{folder}/{case_file(draft, position, names)}"
        written = Written({**piece.fields, "id": id_}, piece.sections)
        self.ids.add(id_)
        self.paths.add(file)
        record.cases.append(CaseRecord(id_, file, name, written))
        self.changed.add(record.publication)
        text = render(written)
        self.texts[file] = text
        self._put(file, text.encode())
        return CaseOutcome(id_, file, draft, written, "new")

    def _standing(self, piece: Written, publication: str) -> Standing | None:
        """A case that an editor wrote about the same proposal, in the same publication."""
        imported = {one.id for record in self.records.values() for one in record.cases}
        for case in self.shelf.cases:
            if case.publication != publication or case.id in imported:
                continue
            number = str(piece.fields.get("number", ""))
            if number and str(case.matter.get("number", "")) == number:
                return case
            if fold(str(case.matter.get("title", ""))) == fold(str(piece.fields["title"])):
                return case
        return None

    def _again(self, draft: Draft, piece: Written, before: CaseRecord, name: str) -> CaseOutcome:
        """A piece that was imported before: bring its case up to date, as far as no editor has."""
        now = Written({**piece.fields, "id": before.id}, piece.sections)
        if self.request.theme == "" and "theme" in before.written.fields:
            now = _theme_as_before(now, before.written)
        file = self._find(before)
        if not file:
            message = f"{before.id}“{before.title[:24]}”已由编辑删去，没有恢复"
            hint = "要恢复它，从 git 或备份里取回；要当作新案例，先在导入记录里删去它"
            self.told.append(
                Diagnostic("B733", message, hint, display(self.shelf.content / before.file))
            )
            return CaseOutcome(before.id, before.file, draft, now, "gone")
        try:
            text = self.texts.get(file) or read_text(self.shelf.content / file)
            merged = merge(text, before.written, now)
        except FrontMatterError:
            self._unreadable(file)
            return CaseOutcome(before.id, file, draft, now, "kept")
        record = next(r for r in self.records.values() if before in r.cases)
        self._settle_merge(merged, file, text, record)
        if merged.base != before.written:
            before.written = merged.base
            self.changed.add(record.publication)
        if before.file != file:
            before.file = file
            self.changed.add(record.publication)
        action: Action = (
            "updated" if merged.updated else "kept" if merged.conflicts else "unchanged"
        )
        conflicts = [one.name for one in merged.conflicts]
        return CaseOutcome(before.id, file, draft, now, action, merged.updated, conflicts)

    def _find(self, before: CaseRecord) -> str:
        """Where an imported case stands now: by its id, else, its id changed, where it was put."""
        for case in self.shelf.by_id.get(before.id, []):
            return case.path
        if before.file in self.texts or before.file in self.shelf.broken:
            return before.file
        here = next((case for case in self.shelf.cases if case.path == before.file), None)
        imported = {one.id for record in self.records.values() for one in record.cases}
        return here.path if here and here.id not in imported else ""

    def _settle_merge(self, merged: Merged, file: str, before: str, record: Record) -> None:
        for one in merged.conflicts:
            what = "这一节" if one.section else f"字段 {one.name}"
            where = f"“{one.name}”" if one.section else ""
            message = f"{what}{where}编辑改过，新稿也改了，留着编辑的没有动"
            hint = f"新稿现在是：{one.theirs}；对照之后由编辑决定"
            lines = before.split("\n")
            excerpt = lines[one.line - 1] if 0 < one.line <= len(lines) else ""
            shown = display(self.shelf.content / file)
            self.told.append(Diagnostic("B732", message, hint, shown, one.line, 1, excerpt))
        if merged.text != before:
            self.texts[file] = merged.text
            data = merged.text.encode()
            target = self.shelf.content / file
            if target.is_file() and b"\r\n" in target.read_bytes():
                data = merged.text.replace("\n", "\r\n").encode()
            self._put(file, data)
            self.changed.add(record.publication)

    def _unreadable(self, file: str) -> None:
        message = "这个文件的前置信息读不懂，没有更新它"
        hint = "先运行 build，按报错改好，再导入一次"
        self.told.append(Diagnostic("B738", message, hint, display(self.shelf.content / file)))


def _theme_as_before(now: Written, then: Written) -> Written:
    """A theme once proposed is not proposed again: it is no part of the manuscript."""
    fields = {**now.fields, "theme": then.fields["theme"]}
    reviews = [one for one in fields.get("needs_review", []) if one.get("field") != "theme"]
    before = [one for one in then.fields.get("needs_review", []) if one.get("field") == "theme"]
    if reviews or before:
        fields["needs_review"] = [*reviews, *before]
    else:
        fields.pop("needs_review", None)
    return Written(fields, now.sections)


def _without_masthead(understood: Understood, reason: str) -> Understood:
    """The same, with what it says of the publication set aside."""
    parsed = understood.parsed
    masthead = parsed.masthead
    dropped = list(parsed.dropped)
    for values in masthead.fields.values():
        dropped += ((value.excerpt, reason) for value in values if not value.again)
    for block in masthead.blocks:
        cells = (
            [cell for row in block.rows for cell in row]
            if block.kind == "table"
            else [block.excerpt]
        )
        dropped += ((cell, reason) for cell in cells)
    bare = replace(parsed, masthead=Masthead(), dropped=dropped)
    return Understood(understood.manuscript, bare, settle(understood.manuscript, bare))


def _without_drafts(understood: Understood, numbers: Sequence[int]) -> Understood:
    """The same, with those pieces set aside whose case an editor has written."""
    if not numbers:
        return understood
    parsed = understood.parsed
    reason = "这件案例已经有了，不是导入的，没有写进去"
    alone = replace(parsed, masthead=Masthead())
    dropped = [*parsed.dropped]
    dropped += ((text, reason) for case, _, text in placements(alone) if case in numbers)
    drafts = [
        Draft(draft.kind, draft.line) if number in numbers else draft
        for number, draft in enumerate(parsed.drafts)
    ]
    bare = replace(parsed, drafts=drafts, dropped=dropped)
    return Understood(understood.manuscript, bare, settle(understood.manuscript, bare))


def _page_title(understood: Understood) -> str:
    """The title of a publication whose manuscript has none."""
    masthead, form = understood.parsed.masthead, understood.parsed.name
    region = masthead.first("region")
    session = ""
    if masthead.first("session.term"):
        organ = {"cppcc": "政协", "npc": "人大"}.get(masthead.first("organ"), "")
        term, meeting = (int(masthead.first(f"session.{key}")) for key in ("term", "meeting"))
        session = f"{organ}{han_numeral(term)}届{han_numeral(meeting)}次会议"
    return f"{region}{session}{form}"


def _digest(manuscript: Manuscript) -> str:
    text = "\n".join(line.text for line in manuscript.lines)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
