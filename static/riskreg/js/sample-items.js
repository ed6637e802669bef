// Items of a sample by keyboard: an outcome is saved by a small request, and the focus goes on to the next item at once. The
// requests are sent one after the other, so nobody types faster than they save. The letters work only while the focus is in the
// list, where it is put when the page opens, and not while something is typed. Without scripts each button
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
    const finished = document.getElementById("finished");
    if (finished) finished.hidden = answer.examined !== answer.total;
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

  let queue = Promise.resolve();
  // What was pressed, as the form stood then. The item counts as examined at once, and as before again where that is refused.
  const save = (item, outcome, { stay = false } = {}) => {
    const form = item.querySelector("[data-outcome-form]");
    if (!form) return queue;
    const data = new FormData(form);
    data.set("outcome", outcome);
    item.pressed = (item.pressed ?? 0) + 1;
    item.setAttribute("aria-busy", "true");
    const before = item.saved ?? item.dataset.outcome;
    item.dataset.outcome = outcome;
    if (!stay) go(nextPending(item) ?? item);
    queue = queue.then(() => send(item, form, data, before));
    return queue;
  };

  const send = async (item, form, data, before) => {
    data.set("version", form.elements.version.value);
    let isSaved = false;
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
      if (form.elements.note.value === data.get("note")) form.dispatchEvent(new Event("taken"));
      form.querySelectorAll("[name=outcome]").forEach((button) => button.setAttribute("aria-pressed", String(button.value === answer.outcome)));
      isSaved = true;
      item.saved = answer.outcome;
      item.querySelector("[data-tag]").innerHTML = answer.tag;
      item.querySelector("[data-who]").textContent = answer.who;
      said.textContent = answer.said;
      progress(answer);
      evaluate();
    } catch {
      tell(form, { errors: [list.dataset.failed] });
    } finally {
      item.pressed -= 1;
      if (!item.pressed) {
        item.removeAttribute("aria-busy");
        item.dataset.outcome = item.saved ?? before;
      }
      if (!isSaved) said.textContent = list.dataset.refused.replace("{number}", item.querySelector(".num").textContent);
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

  // The list can be tabbed into at the first item that is not examined. Where somebody examines, the work begins there at once.
  const first = items().find((one) => one.dataset.outcome === "pending") ?? items()[0];
  if (first) first.tabIndex = 0;
  if (first?.dataset.outcome === "pending" && first.querySelector("[data-outcome-form]") && document.activeElement === document.body && !location.hash) first.focus({ preventScroll: true });
  list.addEventListener("focusin", () => {
    const item = current();
    for (const one of items()) one.tabIndex = one === item ? 0 : -1;
  });
}
