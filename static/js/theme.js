// Runs before first paint: the theme of a signed-in person comes from the server, otherwise from this browser, otherwise from the system.
(function () {
  var root = document.documentElement, theme = root.dataset.theme;
  root.classList.add("js");
  if (!theme) {
    try { theme = localStorage.getItem("theme"); } catch (e) { /* storage switched off */ }
  }
  root.dataset.theme = theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
})();
