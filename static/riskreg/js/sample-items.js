// Items of a sample by keyboard: an outcome is saved by a small request, and the focus goes on to the next item.
// The letters work only while the focus is in the list, and not while something is typed. Without scripts each button
// sends its form and the server leads on.
const list = document.querySelector("[data-items]");

if (list) {
  const items = () => [...list.querySelectorAll("[data-item]")];
  const said = document.getElementById("said");
  const shows = document.getElementById("shows");
  const current = () => document.activeElement?.closest?.("[data-item]");
  const isTyping = () => document.activeElement?.matches?.("textarea, input:not([type=hidden])");
  let newest = 0;

  const go = (item) => {
    if (!item) return;
    item.focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest" });
  };
  const beside = (item, step) => items()[items().indexOf(item) + step];
  const nextPending = (item) => {
    const all = items();
    const from = all.indexOf(item);
    return [...all.slice(from + 1), ...all.slice(0, Math.max(from, 0))].find((one) => one.dataset.outcome === "pending");
  };

  const evaluate = async () => {
    const mine = ++newest;
    try {
      const response = await fetch(list.dataset.evaluation, { headers: { "X-Fragment": "shows" }, credentials: "same-origin" });
      if (!response.ok || response.redirected) return;
      const html = await response.text();
      if (mine === newest) shows.innerHTML = html;
    } catch { /* the next outcome asks again */ }
  };

  const progress = (answer) => {
    document.getElementById("progress").textContent = list.dataset.progress.replace("{examined}", answer.examined).replace("{total}", answer.total);
    const bar = document.querySelector("#meter progress");
    if (bar) bar.value = answer.examined;
  };

  const tell = (form, answer) => {
    const place = form.querySelector("[data-said]");
    place.replaceChildren();
    const note = document.createElement("div");
    note.className = "note critical";
    note.setAttribute("role", "alert");
    for (const error of answer.errors ?? []) {
      const line = document.createElement("p");
      line.textContent = error;
      note.append(line);
    }
    // The server's own table of what differs; it escapes what people wrote.
    if (answer.conflict) note.insertAdjacentHTML("beforeend", answer.conflict);
    place.append(note);
  };

  const save = async (item, outcome, { stay = false } = {}) => {
    const form = item.querySelector("[data-outcome-form]");
    if (!form || item.hasAttribute("aria-busy")) return;
    const data = new FormData(form);
    data.set("outcome", outcome);
    item.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (response.redirected) throw new Error("signed out");
      const answer = await response.json();
      if (!response.ok) {
        if (answer.version) form.elements.version.value = answer.version;
        tell(form, answer);
        return;
      }
      form.elements.version.value = answer.version;
      form.querySelector("[data-said]").replaceChildren();
      form.dispatchEvent(new Event("taken"));
      form.querySelectorAll("[name=outcome]").forEach((button) => button.setAttribute("aria-pressed", String(button.value === answer.outcome)));
      item.dataset.outcome = answer.outcome;
      item.querySelector("[data-tag]").innerHTML = answer.tag;
      item.querySelector("[data-who]").textContent = answer.who;
      said.textContent = answer.said;
      progress(answer);
      evaluate();
      if (!stay) go(nextPending(item) ?? item);
    } catch {
      tell(form, { errors: [list.dataset.failed] });
    } finally {
      item.removeAttribute("aria-busy");
    }
  };

  list.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.value) return;
    event.preventDefault();
    const item = event.target.closest("[data-item]");
    // A deviation wants its note: the focus stays there until it has one.
    save(item, button.value, { stay: event.detail?.stay });
  });

  list.addEventListener("keydown", (event) => {
    const item = current();
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping()) {
      if (event.key === "Escape") go(item);
      if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        save(item, item.dataset.outcome, { stay: true }).then(() => go(item));
      }
      return;
    }
    const letter = event.key.toLocaleUpperCase();
    const button = [...item.querySelectorAll("button[data-key]")].find((one) => one.dataset.key.toLocaleUpperCase() === letter);
    if (button) { event.preventDefault(); save(item, button.value); }
    else if (letter === list.dataset.keyNext) { event.preventDefault(); go(nextPending(item)); }
    else if (letter === list.dataset.keyNote) { event.preventDefault(); item.querySelector("textarea")?.focus(); }
    else if (letter === list.dataset.keyEvidence) { event.preventDefault(); item.querySelector("a.key")?.click(); }
    else if (event.key === "ArrowDown") { event.preventDefault(); go(beside(item, 1)); }
    else if (event.key === "ArrowUp") { event.preventDefault(); go(beside(item, -1)); }
  });

  // The list can be tabbed into at the first item that is not examined, and the work begins there.
  const first = items().find((one) => one.dataset.outcome === "pending") ?? items()[0];
  if (first) first.tabIndex = 0;
  list.addEventListener("focusin", () => {
    const item = current();
    for (const one of items()) one.tabIndex = one === item ? 0 : -1;
  });
}
