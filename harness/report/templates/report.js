"use strict";
// Only what makes a long report quicker to read; without it everything is there, unfolded.

function fold(facet, folded) {
  facet.classList.toggle("folded", folded);
  facet.querySelector("button.fold").setAttribute("aria-expanded", String(!folded));
}

function prepare(section) {
  const tools = section.querySelector(".tools");
  const search = tools.querySelector(".search");
  const differences = tools.querySelector(".differences");
  const foldAll = tools.querySelector(".fold-all");
  const shown = tools.querySelector(".shown");
  const facets = [...section.querySelectorAll("tbody.facet")];
  const rows = [...section.querySelectorAll("tr.check")];
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  for (const facet of facets) {
    const label = facet.querySelector(".fold");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "fold";
    button.setAttribute("aria-expanded", "true");
    button.append(...label.childNodes);
    label.replaceWith(button);
    button.addEventListener("click", () => fold(facet, !facet.classList.contains("folded")));
  }

  function filter() {
    const wanted = search.value.trim().toLowerCase();
    let left = 0;
    for (const row of rows) {
      const kept = (!wanted || texts.get(row).includes(wanted)) && (!differences.checked || row.classList.contains("differs"));
      row.hidden = !kept;
      left += kept ? 1 : 0;
    }
    for (const facet of facets) {
      facet.hidden = !facet.querySelector("tr.check:not([hidden])");
    }
    shown.textContent = left === rows.length ? "" : `${left} of ${rows.length} checks`;
  }

  search.addEventListener("input", filter);
  differences.addEventListener("change", filter);
  foldAll.addEventListener("click", () => {
    const folded = foldAll.getAttribute("aria-expanded") === "true";
    facets.forEach((facet) => fold(facet, folded));
    foldAll.setAttribute("aria-expanded", String(!folded));
    foldAll.textContent = folded ? "Unfold every facet" : "Fold every facet";
  });
  tools.hidden = false;
}

function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let each = target; each; each = each.parentElement) {
    if (each.tagName === "DETAILS") {
      each.open = true;
    }
  }
  if (target) {
    target.scrollIntoView();
  }
}

document.querySelectorAll("section").forEach((section) => {
  if (section.querySelector(".tools")) {
    prepare(section);
  }
});
window.addEventListener("hashchange", reveal);
if (location.hash) {
  reveal();
}
