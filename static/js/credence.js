// Everything here improves plain links and forms.
(function () {
  "use strict";
  var doc = document, root = doc.documentElement;
  function $(selector, base) { return (base || doc).querySelector(selector); }
  function $$(selector, base) { return [...(base || doc).querySelectorAll(selector)]; }
  function visible(el) { return el && el.getClientRects().length > 0 && !el.disabled; }
  function store(key, value) {
    try { return value === undefined ? localStorage.getItem(key) : localStorage.setItem(key, value); } catch (e) { return null; }
  }

  // Theme: the server keeps it of who is signed in.
  doc.addEventListener("submit", function (event) {
    if (!event.target.matches("[data-theme-form]")) return;
    event.preventDefault();
    var next = root.dataset.theme === "dark" ? "light" : "dark", form = event.target, body = new FormData(form);
    root.dataset.theme = next;
    store("theme", next);
    body.set("theme", next);
    fetch(form.action, { method: "POST", body: body });
  });

  // Dialogs, menus.
  doc.addEventListener("click", function (event) {
    var opener = event.target.closest("[data-dialog]"), closer = event.target.closest("[data-close]"), menu = event.target.closest(".menu");
    if (opener) $(opener.dataset.dialog).showModal();
    if (closer) closer.closest("dialog").close();
    if (menu) menu.setAttribute("aria-expanded", doc.body.classList.toggle("open"));
    $$("details.more[open]").forEach(function (el) { if (!el.contains(event.target)) el.open = false; });
  });

  function focusSummary(base) {
    var box = $(".problem", base);
    if (box) box.focus();
    return box;
  }
  doc.addEventListener("click", function (event) {
    var link = event.target.closest(".problem a"), field = link && doc.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    if (!field.matches("input,select,textarea,button")) field = $("input,select,textarea", field) || field;
    field.focus();
    field.scrollIntoView({ block: "center" });
  });

  // Fields shown for some values only.
  function showNeeded(base) {
    $$("[data-shown-for]", base).forEach(function (el) {
      var parts = el.dataset.shownFor.split("="), picked = $("[name='" + parts[0] + "']:checked, select[name='" + parts[0] + "']");
      el.hidden = !(picked && parts[1].split("|").indexOf(picked.value) >= 0);
    });
  }
  doc.addEventListener("change", function (event) {
    showNeeded(doc);
    if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
    if (event.target.matches("[data-all]")) {
      $$("[data-row] input[type=checkbox]").forEach(function (el) { el.checked = event.target.checked; });
    }
    countSelected();
  });
  function countSelected() {
    var bar = $("[data-bulk]");
    if (!bar) return;
    var count = $$("[data-row] input[type=checkbox]:checked").length;
    bar.hidden = !count;
    $$("[data-count]", bar).forEach(function (el) { el.textContent = count; });
  }

  // J and K walk; the peek follows.
  function rows() { return $$("[data-row]").filter(visible); }
  function current() { return $("[data-row].current") || doc.activeElement.closest("[data-row]"); }
  function mark(row) {
    if (!row || row.classList.contains("current")) return;
    $$("[data-row].current").forEach(function (el) { el.classList.remove("current"); });
    row.classList.add("current");
    var peek = $("#peek");
    if (row.dataset.peek && window.htmx && peek && (visible(peek.parentElement) || visible(peek))) {
      window.htmx.ajax("GET", row.dataset.peek, { target: "#peek", swap: "innerHTML" });
    }
  }
  function walk(step) {
    var all = rows(), at = all.indexOf(current()), next = all[Math.max(0, Math.min(all.length - 1, at + step))];
    if (!next) return;
    mark(next);
    var link = $("a", next);
    if (link) link.focus();
  }
  doc.addEventListener("focusin", function (event) { mark(event.target.closest("[data-row]")); });
  doc.addEventListener("click", function (event) {
    if (!event.target.closest("a,button,input,label,select")) mark(event.target.closest("[data-row]"));
  });

  // Single keys can be switched off.
  function typing(el) { return el.isContentEditable || el.matches("textarea,select,input:not([type=checkbox],[type=radio])"); }
  function press(key) {
    var base = current(), sel = "[data-key='" + key + "']";
    var el = (base && $$(sel, base).filter(visible)[0]) || $$(sel).filter(visible)[0];
    if (!el) return false;
    if (el.matches("input[type=radio]")) el.focus();
    if (el.matches("textarea,input:not([type=radio],[type=checkbox])")) el.focus(); else el.click();
    return true;
  }
  doc.addEventListener("keydown", function (event) {
    var key = event.key;
    if (event.defaultPrevented || event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (key === "k" && $("#q")) { event.preventDefault(); doc.body.classList.add("open"); $("#q").focus(); $("#q").select(); }
      if (key === "Enter") {
        var form = doc.activeElement.closest("form[method=post]") || $("form[data-submit]");
        if (form) { event.preventDefault(); form.requestSubmit(); }
      }
      return;
    }
    if (typing(event.target) || $("dialog[open]") || store("keys") === "off") return;
    var done = true, row = current(), box;
    if (key === "j") walk(1);
    else if (key === "k") walk(-1);
    else if (key === "x" && row && (box = $("input[type=checkbox]", row))) box.click();
    else if (key === "Enter" && row && event.target === doc.body && $("a", row)) $("a", row).click();
    else if (key === "?" && $("#keys")) $("#keys").showModal();
    else if (key.length === 1 && /[\w\/]/.test(key)) done = press(key);
    else done = false;
    if (done) event.preventDefault();
  });
  var off = $("[data-keys-switch]");
  if (off) {
    off.checked = store("keys") !== "off";
    off.addEventListener("change", function () { store("keys", off.checked ? "on" : "off"); });
  }

  // Regions that htmx fills.
  function notice(region, text, reference) {
    var box = $("#failed").content.cloneNode(true);
    $("[data-text]", box).textContent = text + (reference ? " Reference " + reference + "." : "");
    $("[data-again]", box).addEventListener("click", function (event) {
      event.currentTarget.closest(".banner").remove();
      if (region.hasAttribute("hx-get")) window.htmx.ajax("GET", region.getAttribute("hx-get"), { target: region, swap: region.getAttribute("hx-swap") || "innerHTML" });
      else window.location.reload();
    });
    $$(".banner.failed", region).forEach(function (el) { el.remove(); });
    region.prepend(box);
  }
  function region(event) { return event.detail.target || event.detail.elt; }
  doc.addEventListener("htmx:beforeRequest", function (event) { region(event).setAttribute("aria-busy", "true"); });
  doc.addEventListener("htmx:afterRequest", function (event) {
    region(event).removeAttribute("aria-busy");
    event.detail.elt.again &= event.detail.failed;
  });
  doc.addEventListener("htmx:responseError", function (event) {
    var sent = event.detail, elt = sent.elt, token = sent.xhr.getResponseHeader("X-Fresh-Token");
    // Signed in again elsewhere.
    if (token && !elt.again) {
      $$("[name=csrfmiddlewaretoken]").forEach(function (el) { el.value = token; });
      doc.body.setAttribute("hx-headers", `{"X-CSRFToken":"${token}"}`);
      elt.again = 1;
      setTimeout(function () { window.htmx.trigger(elt, sent.requestConfig.triggeringEvent.type); });
    } else notice(region(event), "This part could not be loaded.", sent.xhr.getResponseHeader("X-Request-ID"));
  });
  doc.addEventListener("htmx:sendError", function (event) { notice(region(event), "The server did not answer.", ""); });
  doc.addEventListener("htmx:beforeSwap", function (event) {
    // The sign-in page is never swapped in.
    if (/\/account\/(login|reauthenticate|2fa)/.test(event.detail.xhr.responseURL) && $("#signin")) {
      event.detail.shouldSwap = false;
      $("#signin").showModal();
    }
  });
  doc.addEventListener("htmx:afterSettle", function (event) {
    var target = event.detail.target;
    showNeeded(doc);
    countSelected();
    if (focusSummary(target)) return;
    var first = $("[data-focus]", target) || (target.matches("[data-focus]") && target);
    if (first) first.focus();
  });

  // No page kept for another.
  if (window.caches && $("[data-forget]")) window.caches.delete("stops");

  showNeeded(doc);
  countSelected();
  focusSummary(doc);
})();
