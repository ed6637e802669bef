// The slider says its day while it moves, and shows it when it stops: the page's [data-live] parts but the slider's own
// are exchanged, so that focus stays on it. Without scripts its form's button does the same.
let newest = 0;
const dressed = new WeakSet();

const options = (form) => [...form.querySelectorAll("datalist option")];

const say = (range) => {
  const form = range.form;
  const label = options(form)[Number(range.value)]?.label ?? "";
  form.querySelector("output").textContent = label;
  range.setAttribute("aria-valuetext", label);
  return label;
};

const show = async (range) => {
  const mine = ++newest;
  const link = [...range.form.querySelectorAll(".stops a")][Number(range.value)];
  if (!link) return;
  const parts = [...document.querySelectorAll("[data-live][id]")].filter((part) => !part.contains(range));
  parts.forEach((part) => part.setAttribute("aria-busy", "true"));
  try {
    const response = await fetch(link.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (!response.ok || response.redirected) throw new Error(String(response.status));
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    if (mine !== newest) return;
    for (const part of parts) part.replaceChildren(...(fresh.getElementById(part.id)?.childNodes ?? []));
    for (const one of range.form.querySelectorAll(".stops a")) one.toggleAttribute("aria-current", one === link);
    link.setAttribute("aria-current", "true");
    const day = document.querySelector("form[data-filters] [name=day]");
    if (day) day.value = new URL(link.href).searchParams.get("day") ?? "";
    history.replaceState(null, "", link.href);
  } catch {
    if (mine === newest) location.assign(link.href);
  } finally {
    if (mine === newest) parts.forEach((part) => part.removeAttribute("aria-busy"));
  }
};

const isSlider = (target) => target instanceof HTMLInputElement && target.type === "range" && target.form?.hasAttribute("data-slider");
document.addEventListener("input", (event) => { if (isSlider(event.target)) say(event.target); });
document.addEventListener("change", (event) => { if (isSlider(event.target)) show(event.target); });

// A slider may have been moved before this script was there to hear it.
const dress = () => {
  for (const form of document.querySelectorAll("form[data-slider]")) {
    const range = form.querySelector("input[type=range]");
    form.querySelector("button[type=submit]")?.classList.add("visually-hidden");
    say(range);
    if (!dressed.has(range) && range.value !== range.defaultValue) show(range);
    dressed.add(range);
  }
};
dress();
new MutationObserver(dress).observe(document.getElementById("slider") ?? document.body, { childList: true });
