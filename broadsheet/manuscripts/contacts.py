"""Contact details: telephone numbers, names of clerks, e-mail, numbers of identity cards.

They are found wherever they stand, and nothing is taken for one that is not: amounts, numbers of
documents, dates stay.
"""

from __future__ import annotations

import re
from datetime import date

# a label in the middle of a sentence, with its value; the value ends with the clause
_VALUE = r"[^，,。；;、（）()\n\s\u3000]"
_LABELLED = re.compile(
    r"(?:(?:联系|经办|承办)人(?:及|和|、)?(?:联系)?(?:电话|方式)?|联系(?:电话|方式|手机)|(?:办公|咨询|移动|固定|监督|联络)?电话(?:号码)?"
    r"|手机(?:号码?)?|传真(?:电话)?|(?:电子)?邮箱|电子邮件|[Ee]-?mail|邮编|邮政编码|身份证(?:号码?|件号码?)?|微信号?|QQ号?|联络[人员])"
    rf"\s*(?:[:：为是]\s*|(?=[\d+]))"
    rf"(?:{_VALUE}+(?:[ \u3000、,，]{{1,4}}(?=[+\d〔]|1[3-9]\d)[\d\-—－+〔〕]+)*)"
)
_NEEDS_DIGIT = re.compile(r"^(?:电话|手机|传真|邮编|微信|QQ)")
_MOBILE = re.compile(
    r"(?<![\d.A-Za-z第〔\[-])(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}"
    r"(?![\d.%％A-Za-z号]|\s*(?:万|亿|元|千|吨|度|公里|平方|立方|个|件|人|户|次|号))"
)
_LANDLINE = re.compile(
    r"(?<![\d.A-Za-z第〔\[-])(?:[（(]0\d{2,3}[）)]\s?|0\d{2,3}[-—－―‐– ]{1,2})"
    r"[2-9]\d{6,7}(?:[-—－转]{1,2}\d{1,5})?"
    r"(?![\d.%％A-Za-z]|\s*(?:万|亿|元|千|吨|度|公里|平方|立方|号))"
)
_MAIL = re.compile(
    r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}",
    re.ASCII,
)
_IDENTITY = re.compile(
    r"(?<![\dA-Za-z.])[1-8]\d{5}(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})\d{3}[\dXx](?![\dA-Za-z.])"
)
_BRACKETS = {"（": "）", "(": ")", "【": "】", "[": "]"}

PHONE, CLERK, MAIL, IDENTITY = "联系电话", "联系人和联系方式", "电子邮箱", "身份证号"


def find_contacts(text: str) -> list[tuple[int, int, str]]:
    """Where contact details stand in a text, in order, and what they are."""
    found: list[tuple[int, int, str]] = []
    for match in _LABELLED.finditer(text):
        if _NEEDS_DIGIT.match(match[0]) and not re.search(r"[\d〔@]", match[0]):
            continue
        if _sentence_like(match[0]):
            continue
        found.append((*match.span(), CLERK))
    found += [(*match.span(), PHONE) for match in _MOBILE.finditer(text)]
    found += [(*match.span(), PHONE) for match in _LANDLINE.finditer(text)]
    found += [(*match.span(), MAIL) for match in _MAIL.finditer(text)]
    for match in _IDENTITY.finditer(text):
        try:
            date(int(match["y"]), int(match["m"]), int(match["d"]))
        except ValueError:
            continue
        found.append((*match.span(), IDENTITY))
    return _whole_brackets(text, _merged(text, found))


def _sentence_like(text: str) -> bool:
    """`电话为民服务热线`: words that go on, no value."""
    value = re.split(r"[:：]", text, maxsplit=1)
    if len(value) == 2:
        return len(value[1].strip()) > 24 and not re.search(r"\d{6}|@", value[1])
    return not re.search(r"\d{7}|@", text)


def _merged(text: str, found: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Neighbours become one, with the comma or blank between them."""
    merged: list[tuple[int, int, str]] = []
    for start, end, reason in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]), merged[-1][2])
        elif merged and not text[merged[-1][1] : start].strip(" ,，、;；\u3000\t/"):
            merged[-1] = (merged[-1][0], end, merged[-1][2])
        else:
            merged.append((start, end, reason))
    return merged


def _whole_brackets(text: str, found: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Brackets go with what stood in them, when nothing else did."""
    whole = []
    for start, end, reason in found:
        before = text[:start].rstrip()
        after = text[end:].lstrip()
        if before and after and _BRACKETS.get(before[-1]) == after[0]:
            whole.append((len(before) - 1, len(text) - len(after) + 1, reason))
        elif after[:1] in ("。", "；", "，") and (not before or before[-1] in "。；，！？"):
            whole.append((start, len(text) - len(after) + 1, reason))  # the mark was theirs
        else:
            whole.append((start, end, reason))
    return whole
