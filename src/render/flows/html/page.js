
"use strict";
// Chooses links by pointer and keyboard, filters them, changes the theme. The page shows everything without it.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const rows = [...document.querySelectorAll(".row")];
  const lines = [...document.querySelectorAll(".line")];
  const groups = [...document.querySelectorAll(".group")];
  const panel = document.getElementById("why");
  const find = document.getElementById("find");
  const chips = [...document.querySelectorAll(".chip")];
  let chosen = null;

  const isShown = row => !row.classList.contains("dim") && !row.closest(".group").hidden;

  // One stop for the tab key in each group; arrow keys go on from there.
  const stop = row => {
    for (const other of row.closest(".group").querySelectorAll(".row[tabindex='0']")) other.setAttribute("tabindex", "-1");
    row.setAttribute("tabindex", "0");
  };

  // The address names the explanation once a person has chosen it.
  const choose = (row, isAsked = true) => {
    for (const old of document.querySelectorAll(".chosen")) old.classList.remove("chosen");
    for (const old of document.querySelectorAll(".row[aria-current]")) old.removeAttribute("aria-current");
    chosen = row;
    const why = row && row.dataset.why;
    if (isAsked) history.replaceState(null, "", why ? "#" + why : location.pathname + location.search);
    if (!row) return;
    row.classList.add("chosen");
    row.setAttribute("aria-current", "true");
    stop(row);
    // The line is drawn in the same band.
    for (const line of row.closest(".band").querySelectorAll(".line")) if (line.dataset.why === why) line.classList.add("chosen");
    const article = document.getElementById(why);
    if (article) {
      article.classList.add("chosen");
      for (const mark of article.querySelectorAll("mark")) {
        const lines = mark.closest("pre");
        lines.scrollLeft = Math.max(0, mark.offsetLeft + mark.offsetWidth + 24 - lines.clientWidth);
        if (lines.scrollLeft > mark.offsetLeft - 60) lines.scrollLeft = Math.max(0, mark.offsetLeft - 60);
      }
    }
    panel.scrollTop = 0;
  };

  const go = row => {
    if (!row) return;
    const group = row.closest(".group");
    if (!group.open) group.open = true;
    choose(row);
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };

  const close = () => {
    const row = chosen;
    choose(null);
    if (row) row.focus({ preventScroll: true });
  };

  for (const group of groups) {
    group.querySelectorAll(".row").forEach((row, at) => row.setAttribute("tabindex", at ? "-1" : "0"));
  }
  for (const row of rows) row.setAttribute("aria-controls", "why");

  document.addEventListener("click", event => {
    const at = event.target instanceof Element && event.target.closest(".row, .line");
    if (!at) return;
    event.preventDefault();
    const why = at.dataset.why;
    const row = at.matches(".row") ? at : [...at.closest(".band").querySelectorAll(".row")].find(one => one.dataset.why === why);
    go(row);
  });
  document.getElementById("close").addEventListener("click", close);

  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (event.target === find && find.value) { find.value = ""; filter(); } else close();
      return;
    }
    if (event.target === find) return;
    if (event.key === "/") { event.preventDefault(); find.focus(); return; }
    const shown = rows.filter(isShown);
    const here = document.activeElement && document.activeElement.closest ? document.activeElement.closest(".row") || chosen : chosen;
    const at = shown.indexOf(here);
    const inDrawing = document.activeElement === document.body || (document.activeElement && document.activeElement.closest(".row"));
    let next;
    if (event.key === "d") {
      next = shown.slice(at + 1).concat(shown.slice(0, at + 1)).find(row => row.dataset.verdict === "denied");
    } else if (!inDrawing) {
      return;
    } else if (event.key === "ArrowDown" || event.key === "ArrowRight") {
      next = shown[at + 1];
    } else if (event.key === "ArrowUp" || event.key === "ArrowLeft") {
      next = at < 0 ? shown[0] : shown[at - 1];
    } else if (event.key === "Home") {
      next = shown[0];
    } else if (event.key === "End") {
      next = shown[shown.length - 1];
    } else if ((event.key === "Enter" || event.key === " ") && here) {
      next = here;
    } else {
      return;
    }
    event.preventDefault();
    go(next);
  });

  // What is searched: the group's head and the row's label and explanation.
  const texts = new Map();
  const textOf = row => {
    let text = texts.get(row);
    if (text === undefined) {
      const article = document.getElementById(row.dataset.why);
      text = [row.closest(".group").querySelector("summary").textContent, row.getAttribute("aria-label"), article ? article.textContent : ""].join(" ").toLowerCase();
      texts.set(row, text);
    }
    return text;
  };

  const filter = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdicts = chips.filter(chip => chip.getAttribute("aria-pressed") === "true").map(chip => chip.dataset.verdict);
    const kept = new Set();
    for (const row of rows) {
      const fits = (!verdicts.length || verdicts.includes(row.dataset.verdict)) && (!words.length || words.every(word => textOf(row).includes(word)));
      row.classList.toggle("dim", !fits);
      if (fits) kept.add(row.closest(".group"));
    }
    for (const line of lines) {
      const row = [...line.closest(".band").querySelectorAll(".row")].find(one => one.dataset.why === line.dataset.why);
      line.classList.toggle("dim", !!row && row.classList.contains("dim"));
    }
    const isFiltered = words.length > 0 || verdicts.length > 0;
    for (const group of groups) {
      group.hidden = !kept.has(group);
      if (isFiltered && kept.has(group)) group.open = true;
    }
    document.getElementById("nothing").hidden = kept.size > 0 || rows.length === 0;
  };

  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", chip.getAttribute("aria-pressed") === "true" ? "false" : "true");
      filter();
    });
  }
  find.addEventListener("input", filter);

  document.getElementById("theme").addEventListener("click", () => {
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
  });

  // What is worst is shown first; a link to one explanation shows that.
  const wanted = rows.find(row => "#" + row.dataset.why === location.hash);
  const worst = ["denied", "unknown", "conditional"].map(verdict => rows.find(row => row.dataset.verdict === verdict)).find(Boolean);
  // Where the explanation would lie over the drawing, it waits to be asked for.
  const first = wanted || (matchMedia("(min-width: 1101px)").matches ? worst : null);
  if (first) {
    first.closest(".group").open = true;
    choose(first, false);
    // The browser goes to the explanation that the address names; a person wants to see the link, too.
    if (wanted) addEventListener("load", () => { panel.scrollTop = 0; first.scrollIntoView({ block: "center" }); });
  }
})();
