"""Ordinary Whoosh on the prebuilt index, and on what its own writer makes through the codec."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import count, pairwise, product
from pathlib import Path
from typing import Any

import pytest
from helpers import tree
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from test_search_index import document, some_documents
from whoosh.filedb.filestore import FileStorage, RamStorage
from whoosh.qparser import MultifieldParser, OrGroup, QueryParser
from whoosh.query import And, Every, Not, NullQuery, Or, Query, Term
from whoosh.scoring import BM25F, TF_IDF

from broadsheet.search.answer import FIELDS, Searcher
from broadsheet.search.codec import CaseCodec, open_index
from broadsheet.search.coding import DamagedError
from broadsheet.search.documents import FACETS, Document
from broadsheet.search.fields import schema
from broadsheet.search.folding import fold, words
from broadsheet.search.index import update
from broadsheet.search.layout import FEW, SOUND, ZONES
from broadsheet.search.sounds import grams
from broadsheet.search.state import SEGMENT
from broadsheet.search.substring import Substring

TEXT_FIELDS = ZONES[:SOUND]
SOUGHT = [
    "甲",
    "乙丙",
    "甲甲",
    "甲乙丙",
    "甲甲甲",
    "乙甲乙甲",
    "丙乙甲丙乙",
    "区科",
    "科技局",
    "丁",
    "没有",
    "a5.2",
    "𠮷",
]
Stored = dict[str, Any]


def stored(one: Document) -> Stored:
    """A document as `add_document` takes it."""
    fields: Stored = {
        "id": one.id, "title": one.title, "proposers": list(one.proposers), "hosts": list(one.hosts),
        "keywords": list(one.keywords), "facts": list(one.facts),
        "body": [[label, list(texts)] for label, texts in one.sections],
    }  # fmt: skip
    return fields | {
        name: [list(value) for value in values]
        for name, values in zip(FACETS, one.filters, strict=True)
    }


def ids(index: Any, query: Query, **options: Any) -> set[str]:
    with index.searcher(weighting=BM25F(B=0.0)) as searcher:
        results = searcher.search(query, limit=None, **options)
        found = [hit["id"] for hit in results]
    assert len(found) == len(set(found)) == len(results)
    return set(found)


def having(documents: Iterable[Document], field: str, word: str) -> set[str]:
    """The ids of documents that have the folded word in a field."""
    zone = TEXT_FIELDS.index(field)
    return {
        one.id
        for one in documents
        if any(word in run for text in one.zones[zone] for run in words(fold(text)))
    }


def assert_finds(index: Any, documents: Iterable[Document]) -> None:
    """Every word in every field, every filter, every document: as they are, and nothing else."""
    documents = list(documents)
    for field, word in product(TEXT_FIELDS, SOUGHT):
        assert ids(index, Substring(field, word)) == having(documents, field, word), (field, word)
    for n, facet in enumerate(FACETS):
        for value in {value for one in documents for value, _ in one.filters[n]} | {"none"}:
            wanted = {one.id for one in documents if value in dict(one.filters[n])}
            assert ids(index, Term(facet, value)) == wanted
    assert ids(index, Every()) == {one.id for one in documents}
    with index.searcher() as searcher:
        assert searcher.doc_count() == len(documents)
        for one in documents:
            (number,) = searcher.document_numbers(id=one.id)
            assert searcher.stored_fields(number) == stored(one)


@pytest.fixture
def documents() -> list[Document]:
    documents = some_documents(40, letters="甲乙丙")
    documents += [document("case-far", "𠮷a5.2乙丙"), document("case-old", "臺甲醫乙，甲乙")]
    return documents


@pytest.fixture
def index(tmp_path: Path, documents: list[Document]) -> Any:
    update(tmp_path, documents)
    return open_index(tmp_path)


# -- reading --------------------------------------------------------------------------------------


def test_every_substring_is_found_and_nothing_else(index: Any, documents: list[Document]) -> None:
    assert_finds(index, documents)
    assert having(documents, "body", "甲乙丙") and len(having(documents, "body", "乙丙")) > FEW


def test_the_query_parser(index: Any, documents: list[Document]) -> None:
    def found(text: str, parser: Any = None) -> set[str]:
        return ids(index, (parser or QueryParser("body", index.schema)).parse(text))

    def has(word: str, field: str = "body") -> set[str]:
        return having(documents, field, word)

    assert found("甲乙") == has("甲乙") > set()
    assert found("甲乙 乙丙") == has("甲乙") & has("乙丙")
    assert found("甲乙，乙丙") == has("甲乙") & has("乙丙")
    assert found("甲乙 OR 乙丙") == has("甲乙") | has("乙丙")
    assert found("甲乙 NOT 乙丙") == has("甲乙") - has("乙丙") > set()
    assert found("title:甲乙") == has("甲乙", "title") != has("甲乙")
    assert found("甲乙 title:丙丙") == has("甲乙") & has("丙丙", "title")
    assert found("甲乙^3") == has("甲乙")
    assert found("臺甲 ａ") == set() and found("臺甲") == {"case-old"} == found("台甲醫")
    assert found("theme:town 甲乙") == has("甲乙") & ids(index, Term("theme", "town")) > set()
    assert found("，。") == found("") == set()
    several = MultifieldParser(["title", "hosts"], index.schema)
    assert found("甲乙", several) == has("甲乙", "title") | has("甲乙", "hosts")
    either = QueryParser("body", index.schema, group=OrGroup)
    assert found("甲乙 丙丙丙", either) == has("甲乙") | has("丙丙丙")


def test_a_query_can_be_printed(index: Any) -> None:
    query = QueryParser("body", index.schema).parse("甲乙 NOT theme:town")
    assert "甲乙" in str(query) and "甲乙" in repr(query)


def test_filters_masks_and_sets(index: Any, documents: list[Document]) -> None:
    pairs, town = Substring("body", "甲乙"), Term("theme", "town")
    has = having(documents, "body", "甲乙")
    inside = {one.id for one in documents if ("town", "城建") in one.filters[0]}
    assert ids(index, pairs, filter=town) == has & inside > set()
    assert ids(index, pairs, mask=town) == has - inside > set()
    assert ids(index, And([Every(), Not(pairs)])) == {one.id for one in documents} - has
    assert ids(index, Or([pairs, town])) == has | inside
    assert ids(index, NullQuery) == set()


@pytest.mark.parametrize("weighting", [BM25F(B=0.0), BM25F(), TF_IDF()])
def test_the_best_are_those_of_the_whole_list(
    index: Any, documents: list[Document], weighting: Any
) -> None:
    queries = [
        Substring("body", "甲乙"), Or([Substring("title", "甲乙", 5.0), Substring("body", "乙丙")]),
        And([Substring("body", "乙"), Or([Substring("body", "丙丙"), Substring("body", "甲甲", 3.0)])]),
    ]  # fmt: skip
    for query in queries:
        with index.searcher(weighting=weighting) as searcher:
            whole = [(hit.score, hit.docnum) for hit in searcher.search(query, limit=None)]
            assert whole == sorted(whole, key=lambda pair: (-pair[0], pair[1])) and len(whole) > 5
            for limit in (1, 3, 1000):
                some = [(hit.score, hit.docnum) for hit in searcher.search(query, limit=limit)]
                assert [score for score, _ in some] == [score for score, _ in whole[:limit]]


def test_what_stands_more_often_weighs_more(tmp_path: Path) -> None:
    texts = ["甲乙", "甲乙，甲乙", "甲乙，甲乙，甲乙", *["丁"] * 5]
    documents = [Document(f"c{n}", "丁", sections=(("", (text,)),)) for n, text in enumerate(texts)]
    update(tmp_path, documents)
    with open_index(tmp_path).searcher(weighting=BM25F(B=0.0)) as searcher:
        results = searcher.search(Substring("body", "甲乙"))
        assert [hit["id"] for hit in results] == ["c2", "c1", "c0"]
        assert len({hit.score for hit in results}) == 3


def test_a_title_weighs_more_than_a_body(tmp_path: Path) -> None:
    fields = ("title", "proposers", "hosts", "keywords", "body")
    documents = [
        Document(
            field, "甲乙" if field == "title" else "丁",
            **{name: ("甲乙",) for name in fields[1:4] if name == field},
            sections=(("", ("甲乙" if field == "body" else "丁",)),),
        )
        for field in fields
    ]  # fmt: skip
    update(tmp_path, documents)
    answer = Searcher(tmp_path).search("甲乙")
    assert [hit.id for hit in answer.hits] == list(fields) == list(FIELDS)
    assert all(one.score > other.score for one, other in pairwise(answer.hits))


def test_terms_are_listed_in_order(index: Any, documents: list[Document]) -> None:
    reader = index.reader()
    terms = list(reader.all_terms())
    assert terms == sorted(set(terms)) and ("body", "甲乙".encode()) in terms
    assert ("body", "甲乙") in reader and ("body", "没有") not in reader
    assert {text.decode() for text in reader.lexicon("theme")} == {"economy", "town", "health"}
    assert reader.doc_frequency("body", "甲乙") == len(having(documents, "body", "甲乙"))
    assert reader.doc_frequency("body", "没有") == 0
    assert reader.doc_count() == len(documents) < reader.doc_count_all()
    assert next(reader.terms_from("id", b"case-4")) == ("id", b"case-4")
    assert reader.frequency("body", "甲乙") >= reader.doc_frequency("body", "甲乙")


def test_holes_are_no_documents(index: Any, documents: list[Document]) -> None:
    reader = index.reader()
    alive = set(reader.all_doc_ids())
    assert len(alive) == len(documents)
    assert all(reader.is_deleted(n) == (n not in alive) for n in range(reader.doc_count_all()))
    assert ids(index, Every("body")) <= {one.id for one in documents}


def test_a_sound_is_a_field_too(tmp_path: Path) -> None:
    update(tmp_path, [Document("a", "余杭区"), Document("b", "萧山区")])
    (term,) = grams("yhq")
    assert ids(open_index(tmp_path), Term("sound", term)) == {"a"}


def test_an_index_describes_itself(index: Any, documents: list[Document]) -> None:
    assert index.up_to_date() and index.doc_count() == len(documents) and not index.is_empty()
    assert {name for name, _ in index.schema.items()} == {"id", "facts", *ZONES, *FACETS}


def test_a_query_reads_no_more_than_it_needs(
    tmp_path: Path, documents: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also with a filter; a list of all terms would be all files of the index."""
    update(tmp_path, documents)
    read: list[str] = []
    original = FileStorage.open_file

    def open_file(self: Any, name: str, *arguments: Any, **options: Any) -> Any:
        read.append(name.removeprefix(f"{SEGMENT}."))
        return original(self, name, *arguments, **options)

    monkeypatch.setattr(FileStorage, "open_file", open_file)
    answer = Searcher(tmp_path).search("甲乙", limit=3, filters={"theme": ["城建"]})
    assert answer.total > 3
    shards = [name for name in read if name[:2] == "t."]
    assert len(set(shards)) == 1 == len(shards)
    assert len([name for name in read if name[:2] == "d."]) <= 3 + 1  # the preset
    assert not [name for name in read if name[:2] == "b."]


# -- writing --------------------------------------------------------------------------------------


def add(writer: Any, *some: Document) -> None:
    for one in some:
        writer.add_document(**stored(one))


def test_documents_are_added_changed_and_deleted(index: Any, documents: list[Document]) -> None:
    with index.writer(codec=CaseCodec()) as writer:
        assert writer.delete_by_term("id", "case-3") == 1
        assert writer.delete_by_term("id", "nobody") == 0
    documents = [one for one in documents if one.id != "case-3"]
    assert_finds(index, documents)
    new = [document(f"new-{n}", "甲乙丙甲乙" * (n + 1)) for n in range(FEW + 3)]
    with index.writer(codec=CaseCodec()) as writer:
        add(writer, *new)
    documents += new
    assert_finds(index, documents)
    other = document("case-7", "乙丙乙丙𠮷")
    with index.writer(codec=CaseCodec()) as writer:
        writer.update_document(**stored(other))
        writer.update_document(**stored(document("new-2", "丙丙丙")))
    documents = [one for one in documents if one.id not in ("case-7", "new-2")]
    documents += [other, document("new-2", "丙丙丙")]
    assert_finds(index, documents)


@pytest.mark.parametrize("optimize", [False, True])
def test_segments_are_merged(index: Any, documents: list[Document], optimize: bool) -> None:
    for n in range(3):
        with index.writer(codec=CaseCodec()) as writer:
            add(writer, document(f"new-{n}", "甲乙丙𠮷丙" * (n + 1)))
            writer.delete_by_term("id", f"case-{n}")
        documents = [one for one in documents if one.id != f"case-{n}"]
        documents += [document(f"new-{n}", "甲乙丙𠮷丙" * (n + 1))]
    writer = index.writer(codec=CaseCodec())
    add(writer, document("last", "甲"))
    writer.commit(optimize=optimize)
    documents = [*documents, document("last", "甲")]
    if optimize:
        with index.searcher() as searcher:
            assert len(searcher.leaf_searchers()) == 1
            assert searcher.doc_count_all() == len(documents)
    assert_finds(index, documents)


def test_merged_cases_keep_their_sound(tmp_path: Path) -> None:
    update(tmp_path, [Document("a", "余杭区"), Document("b", "萧山区")])
    index = open_index(tmp_path)
    writer = index.writer(codec=CaseCodec())
    writer.add_document(id="c", title="钱塘区", sound=["钱塘区"])
    writer.commit(optimize=True)
    for letters, id_ in (("yhq", "a"), ("xsq", "b"), ("qtq", "c"), ("qiantang", "c")):
        assert ids(index, And([Term("sound", term) for term in grams(letters)])) == {id_}


def test_all_documents_can_be_deleted(index: Any, documents: list[Document]) -> None:
    with index.writer(codec=CaseCodec()) as writer:
        for one in documents:
            writer.delete_by_term("id", one.id)
    assert_finds(index, [])
    with index.writer(codec=CaseCodec()) as writer:
        add(writer, *documents[:3])
    assert_finds(index, documents[:3])


def test_deletion_by_a_query(index: Any, documents: list[Document]) -> None:
    with index.writer(codec=CaseCodec()) as writer:
        writer.delete_by_query(Substring("body", "甲乙"))
    gone = having(documents, "body", "甲乙")
    assert gone
    assert_finds(index, [one for one in documents if one.id not in gone])


def test_a_writer_that_is_cancelled_changes_nothing(index: Any, documents: list[Document]) -> None:
    writer = index.writer(codec=CaseCodec())
    add(writer, document("new", "甲"))
    writer.delete_by_term("id", "case-1")
    writer.cancel()
    assert_finds(open_index(Path(index.storage.folder)), documents)


@pytest.mark.parametrize("kind", ["memory", "folder"])
def test_an_index_made_by_whoosh_alone(
    tmp_path: Path, documents: list[Document], kind: str
) -> None:
    storage = RamStorage() if kind == "memory" else FileStorage(str(tmp_path))
    index = storage.create_index(schema())
    assert_finds(index, [])
    with index.writer(codec=CaseCodec()) as writer:
        add(writer, *documents)
    assert_finds(index, documents)
    with index.writer(codec=CaseCodec()) as writer:
        add(writer, document("new", "甲乙丙丙"))
        writer.delete_by_term("id", "case-2")
    documents = [one for one in documents if one.id != "case-2"]
    assert_finds(index, [*documents, document("new", "甲乙丙丙")])
    index.writer(codec=CaseCodec()).commit(optimize=True)
    assert_finds(index, [*documents, document("new", "甲乙丙丙")])


def test_fields_may_be_left_out_or_be_plain_text(tmp_path: Path) -> None:
    index = FileStorage(str(tmp_path)).create_index(schema())
    with index.writer(codec=CaseCodec()) as writer:
        writer.add_document(id="a", title="甲乙", body="丙丁戊", theme="town", year="2024")
        writer.add_document(id="b", hosts="区科技局", unit=["甲局", "乙局"])
    assert ids(index, Substring("body", "丙丁戊")) == {"a"} == ids(index, Term("year", "2024"))
    assert ids(index, Substring("hosts", "科技")) == {"b"} == ids(index, Term("unit", "乙局"))
    with index.searcher() as searcher:
        fields = searcher.document(id="a")
    assert (fields["title"], fields["body"], fields["year"]) == (
        "甲乙",
        [["", ["丙丁戊"]]],
        [["2024", "2024"]],
    )


def test_a_value_that_goes_by_two_names_is_one_value(tmp_path: Path) -> None:
    index = FileStorage(str(tmp_path)).create_index(schema())
    with index.writer(codec=CaseCodec()) as writer:
        writer.add_document(id="a", theme="town")
        writer.add_document(id="b", theme=[("town", "城建")])
    assert ids(index, Term("theme", "town")) == {"a", "b"}


TEXTS = st.text("甲乙丙，", min_size=1, max_size=10)
ACTS = st.one_of(
    st.tuples(st.just("add"), st.integers(0, 99), TEXTS),
    st.tuples(st.just("update"), st.integers(0, 99), TEXTS),
    st.tuples(st.just("delete"), st.integers(0, 99), st.none()),
)


@settings(max_examples=12, phases=[Phase.explicit, Phase.generate])  # to shrink takes minutes
@given(start=st.integers(0, 15), commits=st.lists(
    st.tuples(st.lists(ACTS, min_size=1, max_size=4), st.sampled_from(["", "merge", "optimize"])), max_size=4,
))  # fmt: skip
def test_whatever_was_written_is_found(
    tmp_path_factory: pytest.TempPathFactory, start: int, commits: list[tuple[list[Any], str]]
) -> None:
    folder = tmp_path_factory.mktemp("written")
    held = {one.id: one for one in some_documents(start, letters="甲乙丙")}
    update(folder, list(held.values()))
    index, new = open_index(folder), count()
    for acts, how in commits:
        writer, done = index.writer(codec=CaseCodec()), set()
        for act, which, text in acts:
            id_ = sorted(held)[which % len(held)] if held and act != "add" else f"new-{next(new)}"
            if id_ in done:  # Whoosh's writers do not see what they themselves have written
                continue
            done.add(id_)
            if act == "delete":
                writer.delete_by_term("id", id_)
                held.pop(id_, None)
            else:
                held[id_] = document(id_, text)
                writer.update_document(**stored(held[id_]))
        writer.commit(merge=how != "", optimize=how == "optimize")
        assert_finds(index, held.values())


@pytest.mark.parametrize("how", ["delete", "add", "optimize"])
def test_a_build_puts_right_what_whoosh_changed(
    tmp_path: Path, documents: list[Document], how: str
) -> None:
    """The site shows the documents; the index beside it must not say anything else."""
    update(tmp_path, documents)
    before = tree(tmp_path)
    writer = open_index(tmp_path).writer(codec=CaseCodec())
    if how == "add":
        add(writer, document("new", "甲乙"))
    else:
        writer.delete_by_term("id", "case-1")
    writer.commit(optimize=how == "optimize")
    update(tmp_path, documents)
    assert_finds(open_index(tmp_path), documents)
    after = {name: data for name, data in tree(tmp_path).items() if name in before}
    assert after == before


# -- damage ---------------------------------------------------------------------------------------


def asked(folder: Path) -> None:
    """What a command would ask; raises whatever comes out."""
    searcher = Searcher(folder)
    searcher.search("甲乙丙")
    searcher.search("甲乙丙", filters={"theme": ["城建"]})
    searcher.search("yhq")
    searcher.search("", filters={"year": ["2003"]}, limit=1000)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "cut": lambda data: data[: len(data) // 2],
    "text": lambda data: b"<html>404</html>",
    "null": lambda data: b"null",
    "list": lambda data: b"[1]",
    "number": lambda data: b"1",
    "zeros": lambda data: bytes(len(data)),
    "ones": lambda data: b"\xff" * len(data),
}
KINDS = {"toc": "_MAIN_1.toc", "root": "root", "ids": "ids", "theme": "f.theme", "year": "f.year",
         "shards": "t.*", "preset": "d.preset", "fragments": "d.[0-9a-f]*"}  # fmt: skip


@pytest.mark.parametrize("damage", [*DAMAGES, "gone"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_index_is_told(tmp_path: Path, kind: str, damage: str) -> None:
    update(tmp_path, some_documents(30, letters="甲乙丙"))
    asked(tmp_path)
    pattern = KINDS[kind] if kind == "toc" else f"{SEGMENT}.{KINDS[kind]}"
    for path in list(tmp_path.glob(pattern)):
        if damage == "gone":
            path.unlink()
        else:
            path.write_bytes(DAMAGES[damage](path.read_bytes()))
    with pytest.raises(DamagedError):
        asked(tmp_path)


@pytest.mark.parametrize(
    "changes", [{"format": 99}, {"format": None}, {"space": 10_000}, {"bits": 9}, {"bits": "x"}]
)
def test_an_index_of_another_format_is_told(tmp_path: Path, changes: dict[str, Any]) -> None:
    update(tmp_path, some_documents(30))
    path = tmp_path / f"{SEGMENT}.root"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | changes))
    with pytest.raises(DamagedError):
        asked(tmp_path)


@pytest.mark.parametrize("make", [lambda p: None, lambda p: p.mkdir(), lambda p: p.write_text("x")])
def test_where_no_index_is_that_is_told(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "index")
    with pytest.raises(DamagedError):
        Searcher(tmp_path / "index").search("甲")
