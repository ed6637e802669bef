// Filters apply as they are chosen: the page is fetched and its [data-live] parts are exchanged in place,
// so focus and scroll stay where they are. Without scripts, or when the fetch fails, the form's own button does it.
const form = document.querySelector("form[data-filters]");
const parts = () => [...document.querySelectorAll("[data-live][id]")];

if (form && parts().length > 1) {
  const button = form.querySelector("button[type=submit]");
  button?.classList.add("visually-hidden");
  let newest = 0;

  const url = () => {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value) query.append(name, value);
    return `${location.pathname}?${query}`;
  };

  const apply = async () => {
    const mine = ++newest;
    const goal = url();
    parts().forEach((part) => part.setAttribute("aria-busy", "true"));
    try {
      const response = await fetch(goal, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (!response.ok || response.redirected) throw new Error(String(response.status));
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      if (mine !== newest) return;
      for (const part of parts()) part.replaceChildren(...(fresh.getElementById(part.id)?.childNodes ?? []));
      history.replaceState(null, "", goal);
    } catch {
      if (mine !== newest) return;
      button?.classList.remove("visually-hidden");
      document.getElementById("found").textContent = form.dataset.failed;
    } finally {
      if (mine === newest) parts().forEach((part) => part.removeAttribute("aria-busy"));
    }
  };

  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => {
    if (button && !button.classList.contains("visually-hidden")) return;
    event.preventDefault();
    apply();
  });
}
