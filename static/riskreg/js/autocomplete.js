// Select2 names its box by the chosen value alone, and an empty one not at all: put the field's label first.
const name = (select) => {
  const box = select.nextElementSibling?.querySelector?.(".select2-selection");
  const text = [...(select.labels ?? [])].map((label) => label.textContent.replace(/:\s*$/, "").trim()).join(" ") || select.getAttribute("aria-label");
  if (!box || !text) return;
  const value = box.querySelector(".select2-selection__rendered");
  box.setAttribute("aria-label", text);
  box.id ||= `${select.id}-box`;
  if (value?.id) box.setAttribute("aria-labelledby", `${box.id} ${value.id}`);
  if (value?.getAttribute("role") === "textbox") value.setAttribute("aria-label", text);
};
const nameAll = () => document.querySelectorAll("select.admin-autocomplete").forEach(name);

document.addEventListener("DOMContentLoaded", () => setTimeout(nameAll));
addEventListener("load", nameAll);
document.addEventListener("formset:added", () => setTimeout(nameAll));
