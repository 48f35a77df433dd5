/**
 * The notices of a page in the preview: an overlay over a page with errors, a line on the others.
 * livereload.js brings news; what concerns notices alone is dealt with here, without a reload.
 */
(() => {
  const query = new URLSearchParams({
    page: decodeURI(location.pathname),
    mark: document.currentScript.dataset.mark,
  });
  const holder = document.createElement("div");
  const status = document.createElement("p");
  status.className = "preview-status";
  status.setAttribute("role", "status");
  let shown = "";

  /** @param {string} html notices as the server has written them */
  function show(html) {
    if (html === shown) return;
    shown = html;
    const faulty = Boolean(holder.querySelector("dialog, .preview-banner"));
    for (const open of holder.querySelectorAll("dialog[open]")) open.close();
    holder.innerHTML = html;
    const dialog = holder.querySelector("dialog");
    const banner = holder.querySelector(".preview-banner");
    const said = dialog?.querySelector("ol").textContent;
    if (dialog && sessionStorage.getItem("preview-closed") !== said) {
      dialog.addEventListener("close", () => {
        if (dialog.isConnected) sessionStorage.setItem("preview-closed", said);
      });
      dialog.showModal();
    }
    banner?.querySelector("button").addEventListener("click", () => banner.remove());
    // a dialog is announced by itself
    if (!dialog && !banner) status.textContent = faulty ? "错误已改正" : "";
    else status.textContent = dialog?.open ? "" : holder.querySelector("h2, summary").textContent;
  }

  async function refresh() {
    try {
      const answer = await fetch(`/_preview/notices?${query}`);
      if (answer.headers.get("X-Preview") === "stale") location.reload();
      else if (answer.ok) show(await answer.text());
    } catch {
      // the preview has ended: livereload.js goes on asking for it
    }
  }

  class Notices {
    static identifier = "broadsheet";
    static version = "1.0";

    /** @param {string} path what has changed */
    reload(path) {
      if (!path.startsWith("/_preview/")) return false;
      refresh();
      return true;
    }
  }
  window.LiveReloadPluginBroadsheet = Notices;

  // what has changed between the page and this moment nobody has told
  document.addEventListener("LiveReloadConnect", refresh);

  document.body.append(status, holder);
  refresh();
})();
