// A file input that files can be dropped on, with the chosen files listed. Texts come from data attributes.
for (const zone of document.querySelectorAll("[data-drop]:not([data-ready])")) {
  const input = zone.querySelector("input[type=file]");
  if (!input) continue;
  zone.dataset.ready = "";
  const hint = document.createElement("span");
  hint.className = "help";
  hint.textContent = zone.dataset.hint;
  const list = document.createElement("ul");
  list.setAttribute("aria-label", zone.dataset.chosen);
  list.setAttribute("aria-live", "polite");
  zone.append(hint, list);

  const size = (bytes) => {
    const lang = document.documentElement.lang;
    const [value, unit] = bytes < 1e3 ? [bytes, "byte"] : bytes < 1e6 ? [bytes / 1e3, "kilobyte"] : [bytes / 1e6, "megabyte"];
    return new Intl.NumberFormat(lang, { style: "unit", unit, maximumFractionDigits: 1 }).format(value);
  };
  const show = () => list.replaceChildren(...[...input.files].map((file) => {
    const item = document.createElement("li");
    const weight = document.createElement("span");
    weight.textContent = size(file.size);
    item.append(file.name, weight);
    return item;
  }));
  const over = (on) => (event) => {
    event.preventDefault();
    zone.classList.toggle("over", on);
  };

  input.addEventListener("change", show);
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", (event) => {
    over(false)(event);
    const files = new DataTransfer();
    const dropped = [...event.dataTransfer.files];
    for (const file of input.multiple ? [...input.files, ...dropped] : dropped.slice(0, 1)) files.items.add(file);
    input.files = files.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
