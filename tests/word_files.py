"""Word documents for tests, put together from raw parts: what python-docx cannot write."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
NAMESPACES = (
    f'xmlns:w="{W}" xmlns:r="{R}" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" '
    'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)


def relations(targets: dict[str, str]) -> str:
    """A .rels part: `targets` maps a part to its kind; ids are rId1, rId2, …"""
    inside = "".join(
        f'<Relationship Id="rId{n}" Type="{R}/{kind}" Target="{target}"/>'
        for n, (target, kind) in enumerate(targets.items(), 1)
    )
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{space}">{inside}</Relationships>'


def part(name: str, inside: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><w:{name} {NAMESPACES}>{inside}</w:{name}>'


def zipped(files: dict[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def word_bytes(body: str, **parts: str) -> bytes:
    """A document; `parts` are the insides of styles, numbering, footnotes, endnotes, comments,
    header1, footer1 …
    """
    roots = {"footnotes": "footnotes", "header": "hdr", "footer": "ftr"}
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": relations({"word/document.xml": "officeDocument"}),
        "word/document.xml": part("document", f"<w:body>{body}</w:body>"),
    }
    kinds = {}
    for name, inside in parts.items():
        kind = name.rstrip("0123456789")
        kinds[f"{name}.xml"] = kind
        files[f"word/{name}.xml"] = part(roots.get(kind, kind), inside)
    files["word/_rels/document.xml.rels"] = relations(kinds)
    return zipped(files)


def p(*runs: str, style: str = "", properties: str = "") -> str:
    """A paragraph of runs; plain text becomes one."""
    inside = "".join(r if r.startswith("<") else run(r) for r in runs)
    own = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{own}{properties}</w:pPr>{inside}</w:p>"


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def bold(text: str) -> str:
    return run(text, "<w:b/>")


def item(text: str, list_id: int = 1, level: int = 0) -> str:
    inside = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>'
    return p(text, properties=inside)


def levels(*given: tuple[str, str], extra: str = "", definition: int = 0) -> str:
    """A definition of a list: (format, text) for each level."""
    inside = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{extra}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for n, (form, text) in enumerate(given)
    )
    return f'<w:abstractNum w:abstractNumId="{definition}">{inside}</w:abstractNum>'


def uses(list_id: int = 1, definition: int = 0, inside: str = "") -> str:
    return f'<w:num w:numId="{list_id}"><w:abstractNumId w:val="{definition}"/>{inside}</w:num>'


def table(*rows: list[str]) -> str:
    """A table; a cell that is no paragraph yet becomes one."""
    inside = "".join(
        "<w:tr>"
        + "".join(tc(text if text.startswith("<") else p(text)) for text in row)
        + "</w:tr>"
        for row in rows
    )
    return f"<w:tbl><w:tblPr/>{inside}</w:tbl>"


def tc(inside: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inside}</w:tc>"


def saved(folder: Path, data: bytes, name: str = "来稿.docx") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path
