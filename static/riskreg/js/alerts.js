// Alerts by keyboard: the arrows go from alert to alert, a letter opens the page that asks, and its answer leads back here.
// The letters work only while the focus is on an alert in the list, and not while something is typed. The list may be
// exchanged by a filter, so the page listens, not the list. Without scripts the links and the boxes do the same.
const PAGES = { G: "granska", B: "bekrafta", F: "forklara", L: "falskt", S: "sov" };

const rowsOf = (list) => [...list.querySelectorAll("[data-alert]")];
const go = (row) => row?.querySelector("th a")?.focus();

document.addEventListener("keydown", (event) => {
  const row = document.activeElement?.closest?.("[data-alert]");
  if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
  const list = row.closest("[data-alerts]");
  const rows = rowsOf(list);
  const letter = event.key.toLocaleUpperCase();
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    go(rows[rows.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1)]);
  } else if (letter === "X") {
    event.preventDefault();
    row.querySelector("input[type=checkbox]")?.click();
  } else if (letter === "G") {
    event.preventDefault();
    examine(row, list);
  } else if (PAGES[letter]) {
    event.preventDefault();
    location.assign(`${row.dataset.address}${PAGES[letter]}/?back=${encodeURIComponent(list.dataset.back)}`);
  }
});

// To examine asks for nothing: it is sent at once, with the page's own token.
const examine = (row, list) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = `${row.dataset.address}${PAGES.G}/?back=${encodeURIComponent(list.dataset.back)}`;
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.cloneNode();
  if (!token) return;
  form.append(token);
  document.body.append(form);
  form.submit();
};
