// Filters the rows of the matrix. The page is whole without it: this only shows the form and hides rows.
"use strict";
(() => {
  const form = document.querySelector("form");
  const count = form.querySelector("output");
  const bodies = [...document.querySelectorAll("tbody")];
  const rows = bodies.flatMap((body) => [...body.querySelectorAll("tr:not(.category)")]);
  const texts = new Map(rows.map((row) => [row, row.querySelector("th").textContent.toLowerCase()]));
  const answers = (row) => [...row.querySelectorAll("td")].map((cell) => cell.dataset.answer);

  const fits = (row, wanted) => {
    const given = answers(row);
    const half = Number(form.dataset.levels);
    if (wanted === "") return true;
    if (wanted === "levels-differ") return new Set(given.slice(0, half)).size > 1;
    if (wanted === "books-differ") return given.slice(0, half).some((answer, at) => answer !== given[half + at]);
    const [column, answer] = wanted.split(":");
    return answer === "may" ? !["barred", "unknown"].includes(given[Number(column)]) : given[Number(column)] === answer;
  };

  const filter = () => {
    const words = form.elements.words.value.trim().toLowerCase().split(/\s+/);
    const category = form.elements.category.value;
    let shown = 0;
    for (const body of bodies) {
      let any = false;
      for (const row of body.querySelectorAll("tr:not(.category)")) {
        const show = (category === "" || body.id === category)
          && words.every((word) => texts.get(row).includes(word)) && fits(row, form.elements.answer.value);
        row.hidden = !show;
        any = any || show;
        shown += show ? 1 : 0;
      }
      body.hidden = !any;
    }
    count.textContent = `${shown} of ${rows.length} skills`;
  };

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  form.hidden = false;
  filter();
})();
