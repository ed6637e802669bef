// The number follows the answers: each change asks the server what they come to, and that part of the page is exchanged.
// Only the questions of the chosen way are shown. Without scripts everything is shown, and Calculate does it.
const form = document.querySelector("form[data-design]");
const goal = document.getElementById("size");

if (form && goal) {
  const button = form.querySelector("[data-calculate]");
  let newest = 0;
  let timer;

  const chosen = (name) => form.querySelector(`[name=${name}]:checked`)?.value;
  const show = () => {
    for (const part of form.querySelectorAll("[data-kinds]")) part.hidden = !part.dataset.kinds.split(" ").includes(chosen("kind"));
    for (const part of form.querySelectorAll("[data-divisions]")) part.hidden = !part.dataset.divisions.split(" ").includes(chosen("division"));
    const size = form.querySelector("[data-kinds=fixed]");
    if (size && chosen("division") === "stated") size.hidden = true;
  };

  const ask = async () => {
    const mine = ++newest;
    const data = new FormData(form);
    data.set("act", "preview");
    goal.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(form.action, { method: "POST", body: data, headers: { "X-Fragment": "size" }, credentials: "same-origin" });
      if (!response.ok || response.redirected) throw new Error(String(response.status));
      const html = await response.text();
      if (mine !== newest) return;
      goal.innerHTML = html;
    } catch {
      if (mine === newest) goal.textContent = form.dataset.failed;
      button?.classList.remove("visually-hidden");
    } finally {
      if (mine === newest) goal.removeAttribute("aria-busy");
    }
  };

  show();
  if (button) {
    button.classList.add("visually-hidden");
    button.tabIndex = -1;
    form.addEventListener("input", () => { show(); clearTimeout(timer); timer = setTimeout(ask, 250); });
  }
}
