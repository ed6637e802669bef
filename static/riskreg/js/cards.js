// Names each cell of the admin's tables after its column: for the style sheet (rows are cards on a phone), and for
// screen readers, as Django gives the inputs in a table's rows no label of their own.
const UNNAMED = "input:not([type=hidden], [aria-label]), select:not([aria-label]), textarea:not([aria-label])";

for (const table of document.querySelectorAll("#result_list, .inline-group table, table[data-cards]")) {
  const heads = [...table.querySelectorAll("thead :is(th, td)")].map((head) => (head.querySelector(".text") ?? head).textContent.trim());
  for (const row of table.querySelectorAll("tbody tr")) {
    [...row.children].forEach((cell, index) => {
      const name = heads[index];
      if (!name || cell.classList.contains("action-checkbox")) return;
      if (cell.tagName === "TD") cell.dataset.label = name;
      for (const input of cell.querySelectorAll(UNNAMED)) if (!input.labels?.length) input.setAttribute("aria-label", name);
    });
  }
  table.classList.add("cards");
  for (const head of table.querySelectorAll("th.original:empty")) {
    const cell = document.createElement("td");
    cell.className = head.className;
    head.replaceWith(cell);
  }
}
