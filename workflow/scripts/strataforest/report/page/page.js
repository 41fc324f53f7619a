// Shows what was laid ready in the page's data: nothing is computed here.
"use strict";
(() => {
  const { forests, traces } = JSON.parse(document.getElementById("data").textContent);
  const $ = (selector, inside = document) => inside.querySelector(selector);
  const $$ = (selector, inside = document) => [...inside.querySelectorAll(selector)];

  // Draws an effect's mark anew in its cell.
  function place(cell, mark, size) {
    const drawn = ".ci, .pi, .square, .diamond";
    for (const part of $$(drawn, cell)) part.hidden = !("at" in mark);
    if (!("at" in mark)) return;
    const line = $(".ci", cell);
    line.style.left = `${mark.from}%`;
    line.style.width = `${mark.to - mark.from}%`;
    line.classList.toggle("cut-low", mark.cut_low);
    line.classList.toggle("cut-high", mark.cut_high);
    const point = $(".square, .diamond", cell);
    point.style.left = `${mark.at}%`;
    // On the edge it would be read as a value; the arrowhead of its line says which way it lies.
    point.hidden = mark.outside;
    if (size) point.style.setProperty("--size", size);
    const prediction = $(".pi", cell);
    if (!prediction) return;
    prediction.hidden = !("pi_from" in mark);
    prediction.classList.toggle("cut-low", Boolean(mark.pi_cut_low));
    prediction.classList.toggle("cut-high", Boolean(mark.pi_cut_high));
    prediction.style.left = `${mark.pi_from}%`;
    prediction.style.width = `${mark.pi_to - mark.pi_from}%`;
  }

  function showPooled(article, pooled, label) {
    const row = $("tr.pooled", article);
    $("th", row).textContent = label;
    const number = $("button", row);
    number.textContent = pooled.text;
    number.dataset.value = pooled.value;
    place($(".plotted", row), pooled.mark);
  }

  function say(article, text) {
    $(".status", article).textContent = text;
  }

  // The button says what it does next, so a screen reader needs no pressed state beside it.
  function markOut(row, out) {
    row.classList.toggle("out", out);
    $(".leave .long", row).textContent = out ? "Put back" : "Leave out";
    $(".leave .short", row).textContent = out ? "Back" : "Out";
  }

  function putBack(article) {
    const forest = forests[article.dataset.name];
    for (const row of $$("tbody tr.out", article)) markOut(row, false);
    $("[data-reset]", article).disabled = true;
    showPooled(article, forest.pooled.configured, "Pooled");
    say(article, "");
  }

  function leaveOut(article, button) {
    const forest = forests[article.dataset.name];
    const study = forest.rows[Number(button.dataset.leave)];
    const row = button.closest("tr");
    const wasOut = row.classList.contains("out");
    putBack(article);
    if (wasOut) {
      say(article, `${study.label} is back: ${forest.measure} ${forest.pooled.configured.text} with all studies.`);
      return;
    }
    markOut(row, true);
    $("[data-reset]", article).disabled = false;
    const without = study.without;
    showPooled(article, without, `Without ${study.label}`);
    const flags = without.flags ? ` Changes: ${without.flags}.` : "";
    say(article, `Without ${study.label}: ${forest.measure} ${without.text}, ${without.p}; ` +
      `τ² = ${without.tau2}, I² = ${without.i2}. With all studies: ${forest.pooled.configured.text}.${flags}`);
  }

  function choosePreset(article, name) {
    const forest = forests[article.dataset.name];
    putBack(article);
    hideTip();
    article.dataset.shown = name;
    const own = name === "configured";
    const label = own ? "" : forest.presets[name];
    for (const button of $$(".leave", article)) button.disabled = !own;
    for (const row of $$("tr[data-index]", article)) {
      const study = forest.rows[Number(row.dataset.index)];
      const shown = study.shown[name] || study.shown.configured;
      const number = $(".effect", row);
      number.textContent = shown.text;
      number.dataset.value = shown.value;
      row.dataset.yi = shown.value;
      row.dataset.share = shown.share ?? "";
      $(".weight", row).textContent = shown.weight;
      place($(".plotted", row), shown.mark, shown.size);
    }
    const pooled = forest.pooled[name];
    showPooled(article, pooled, own ? "Pooled" : `Pooled as by ${label}`);
    say(article, own ? "" : `As by ${label}: ${forest.measure} ${pooled.text}, ${pooled.p}; τ² = ${pooled.tau2}, ` +
      `I² = ${pooled.i2}. ${pooled.note} Leave-one-out is shown for this review's own settings only.`);
  }

  function sort(button) {
    const heading = button.closest("th");
    const body = $("tbody", button.closest("table"));
    const key = button.dataset.sort;
    const down = heading.getAttribute("aria-sort") === "ascending";
    for (const other of $$("th[aria-sort]", heading.parentElement)) other.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = $$("tr", body);
    const isText = key === "label";
    rows.sort((a, b) => {
      const [one, other] = [a.dataset[key], b.dataset[key]];
      // What is not known comes last, whichever way the rest is sorted.
      if (!one || !other) return Number(!one) - Number(!other);
      const order = isText ? one.localeCompare(other) : Number(one) - Number(other);
      return down ? -order : order;
    });
    body.append(...rows);
  }

  // What stands behind a study, beside its mark: on hover, on the keyboard's focus, at a tap.
  const tip = $("#tip");
  let told = null;
  let leaving = 0;
  // Where the pointer rests, and where it rested when Escape sent the tip away.
  let pointer = "";
  let dismissed = null;
  const spot = (event) => `${event.clientX} ${event.clientY}`;

  function hideTip() {
    clearTimeout(leaving);
    if (told) $(".effect", told).removeAttribute("aria-describedby");
    tip.hidden = true;
    told = null;
  }

  function showTip(row) {
    clearTimeout(leaving);
    if (told === row) return;
    hideTip();
    const article = row.closest("article");
    const forest = forests[article.dataset.name];
    const study = forest.rows[Number(row.dataset.index)];
    const shown = study.shown[article.dataset.shown] || study.shown.configured;
    const weight = shown.weight ? `, weight ${shown.weight}` : "";
    const lines = [study.year ? `${study.label} (${study.year})` : study.label,
      `${forest.measure} ${shown.text}${weight}`, study.people, study.risk && `Risk of bias: ${study.risk}`,
      study.cells && `From ${study.cells}`];
    tip.replaceChildren(...lines.filter(Boolean).map((text) => {
      const paragraph = document.createElement("p");
      paragraph.textContent = text;
      return paragraph;
    }));
    tip.hidden = false;
    told = row;
    $(".effect", row).setAttribute("aria-describedby", "tip");
    // Below the mark, above it where there is no room, and never beyond the page's sides.
    const mark = $(".plotted", row).getBoundingClientRect();
    const size = tip.getBoundingClientRect();
    const room = document.documentElement.clientWidth - size.width - 8;
    const above = mark.bottom + size.height + 8 > innerHeight && mark.top > size.height + 8;
    tip.style.left = `${scrollX + Math.max(8, Math.min(mark.left, room))}px`;
    tip.style.top = `${scrollY + (above ? mark.top - size.height - 4 : mark.bottom + 4)}px`;
  }

  const studyOf = (element) => element.closest?.("article tr[data-index]");

  document.addEventListener("pointerover", (event) => {
    // What comes to lie under a resting pointer because the tip went was not pointed at.
    if (event.pointerType !== "mouse" || spot(event) === dismissed) return;
    if (tip.contains(event.target)) clearTimeout(leaving);
    else if (event.target.closest(".plotted") && studyOf(event.target)) showTip(studyOf(event.target));
    else if (told && !told.contains(document.activeElement)) {
      clearTimeout(leaving);
      leaving = setTimeout(hideTip, 250);
    }
  });
  document.addEventListener("focusin", (event) => {
    const { target } = event;
    if (target.matches(".effect:focus-visible") && studyOf(target)) showTip(studyOf(target));
    else hideTip();
  });
  document.addEventListener("pointermove", (event) => {
    pointer = spot(event);
    if (pointer !== dismissed) dismissed = null;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    dismissed = pointer;
    hideTip();
  });
  // A closed dialog gives the focus back to the number that opened it: that is not asking for a tip.
  $("#trace").addEventListener("close", hideTip);

  // A tree of lines as nested lists; addresses of the web become links, all else stays text.
  function line(text) {
    const parts = text.split(/(https?:\/\/[^\s;,)]+)/);
    return parts.map((part, i) => {
      if (i % 2 === 0) return part;
      const link = document.createElement("a");
      link.href = part;
      link.rel = "noopener noreferrer";
      link.textContent = part;
      return link;
    });
  }

  function branch([text, below]) {
    const item = document.createElement("li");
    if (!below) {
      item.append(...line(text));
      return item;
    }
    const fold = document.createElement("details");
    fold.open = true;
    const head = document.createElement("summary");
    head.append(...line(text));
    const list = document.createElement("ul");
    list.append(...below.map(branch));
    fold.append(head, list);
    item.append(fold);
    return item;
  }

  function showTrace(trees, folded) {
    const list = document.createElement("ul");
    const items = trees.map(branch);
    items.slice(folded).forEach((item) => { const fold = $("details", item); if (fold) fold.open = false; });
    list.append(...items);
    $("#trace-body").replaceChildren(list);
    $("#trace").showModal();
  }

  function traceStratum(name) {
    const stratum = traces.strata[name];
    showTrace([stratum.tree, ...stratum.effects.map((effect) => traces.effects[effect])], 1);
  }

  function filter(input) {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = $$("tbody tr", document.getElementById(input.dataset.search));
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    const left = rows.filter((row) => !row.hidden).length;
    document.getElementById(`${input.dataset.search}-found`).textContent =
      words.length ? `${left} of ${rows.length} rows` : `${rows.length} rows`;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const row = event.target.closest(".plotted") && studyOf(event.target);
    if (row) showTip(row);
    else if (!tip.contains(event.target)) hideTip();
    if (!button) return;
    const article = button.closest("article");
    const { sort: key, leave, reset, effect, stratum } = button.dataset;
    if (key) sort(button);
    else if (leave) leaveOut(article, button);
    else if (reset) { const choice = $("[data-preset]", article); if (choice) choice.value = "configured"; choosePreset(article, "configured"); }
    else if (effect && traces.effects[effect]) showTrace([traces.effects[effect]], 1);
    else if (stratum && traces.strata[stratum]) traceStratum(stratum);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-preset]")) choosePreset(event.target.closest("article"), event.target.value);
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-search]")) filter(event.target);
  });
  // On paper everything is open, and afterwards as it was.
  const opened = [];
  addEventListener("beforeprint", () => {
    for (const fold of $$("main details:not([open])")) { opened.push(fold); fold.open = true; }
  });
  addEventListener("afterprint", () => { for (const fold of opened.splice(0)) fold.open = false; });
})();
