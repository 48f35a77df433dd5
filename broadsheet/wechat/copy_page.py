"""A page for the browser at the desk: how the article will look, and a button that copies it."""

from __future__ import annotations

import base64
import hashlib
from html import escape

# The Clipboard API wants a page that the browser trusts; where it refuses, the older way follows.
_SCRIPT = """
const article = document.querySelector("[data-article]");
const words = document.querySelector("[data-words]").textContent;
const status = document.querySelector("[role=status]");

function select(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

function copyBySelection(parts) {
  const hand = (event) => {
    for (const [type, text] of Object.entries(parts)) event.clipboardData.setData(type, text);
    event.preventDefault();
  };
  document.addEventListener("copy", hand);
  select(article);
  try {
    return document.execCommand("copy");
  } finally {
    document.removeEventListener("copy", hand);
    getSelection().removeAllRanges();
  }
}

async function copy(parts) {
  try {
    const blobs = Object.entries(parts).map(([type, text]) => [type, new Blob([text], { type })]);
    await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
    return true;
  } catch {
    return copyBySelection(parts);
  }
}

async function run(parts, done) {
  status.textContent = "";
  if (await copy(parts)) {
    status.textContent = done;
  } else {
    select(article);
    status.textContent = "浏览器不让复制。文字已经选中，请按 Ctrl+C（苹果电脑按 ⌘C）。";
  }
}

document.querySelector("[data-copy=all]").addEventListener("click", () =>
  run(
    { "text/html": article.innerHTML.trim(), "text/plain": words },
    "已复制。到公众号后台，在正文里粘贴。",
  ),
);
document.querySelector("[data-copy=words]").addEventListener("click", () =>
  run({ "text/plain": words }, "已复制文字，不带格式。"),
);
"""

_STYLE = """
body { margin: 0; background: #faf8f3; color: #1c1a17; font: 16px/1.75 "PingFang SC",
  "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
header { position: sticky; top: 0; padding: 12px 20px; background: #faf8f3;
  border-bottom: 1px solid #d9d4ca; }
h1 { margin: 0 0 8px; font-size: 18px; }
button { min-height: 44px; padding: 0 20px; font: inherit; color: #fff; background: #a3281a;
  border: 1px solid #a3281a; cursor: pointer; }
button + button { color: #a3281a; background: none; }
button:focus-visible { outline: 3px solid #1c1a17; outline-offset: 2px; }
[role=status] { min-height: 28px; margin: 8px 0 0; }
main { max-width: 420px; margin: 24px auto; padding: 24px 20px; background: #fff;
  border: 1px solid #d9d4ca; }
details { max-width: 420px; margin: 24px auto; padding: 0 20px; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; }
"""


def copy_page(title: str, fragment: str, text: str) -> str:
    """A whole page that shows the fragment and copies it, or the text alone."""
    digest = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
    policy = (
        "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    return f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>复制到公众号：{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<header>
<h1>复制到公众号</h1>
<button type="button" data-copy="all">复制全文</button>
<button type="button" data-copy="words">只复制文字</button>
<p role="status"></p>
</header>
<main data-article>
{fragment}
</main>
<details><summary>纯文字</summary><pre data-words>{escape(text, quote=False)}</pre></details>
<script>{_SCRIPT}</script>
</body>
</html>
"""
