// Keeps what is typed: a form's fields are sent to the server every few seconds while somebody writes, for them alone, and put in
// again when the page is opened anew. What the server has not taken lies in this tab (sessionStorage) until it has: so it
// survives a lost network, a full disk and a session that ended. Sending the form empties both (riskreg.web.unsent).
// Warns before leaving a form while something is not kept: a chosen file, or what was typed a moment ago.
const PAUSE = 1500;
const AGAIN = 10000;
const words = document.getElementById("unsent-words")?.dataset;
const NOT_KEPT = /^(file|password|submit|button|reset|image)$/;
const SECRET = /passw|token|secret|losenord|^_|^csrf/i;
const place = words && `unsent:${words.user}:`;
const page = [...crypto.getRandomValues(new Uint8Array(12))].map((one) => one.toString(16).padStart(2, "0")).join("");

const forms = [...document.querySelectorAll("form[data-unsaved], body.change-form #content-main form[method=post]")];
const isVersion = (field) => field.type === "hidden" && /(^|-)version$/.test(field.name);
const isKept = (field) => field.name && !SECRET.test(field.name) && !NOT_KEPT.test(field.type) && field.tagName !== "OUTPUT" && field.tagName !== "FIELDSET" && (field.type !== "hidden" || isVersion(field));
const keptFields = (form) => [...form.elements].filter((field) => isKept(field) && !field.closest("template"));
const isTyped = (field) => field.matches("textarea, input:not([type]), input[type=text], input[type=search], input[type=email], input[type=url], input[type=number], input[type=date]") && !field.readOnly;

// What a form holds, by name: words; of a choice that may have to be searched for again, the value and what it is called.
const read = (form) => {
  const fields = {};
  for (const field of keptFields(form)) {
    const values = (fields[field.name] ??= []);
    if (field.type === "checkbox" || field.type === "radio") { if (field.checked) values.push(field.value); }
    else if (field.tagName === "SELECT") { for (const one of field.selectedOptions) if (one.value) values.push([one.value, one.text.trim()]); }
    else values.push(field.value);
  }
  return fields;
};
const isVersionName = (name) => /(^|-)version$/.test(name);
// Compared without the version, which moves by itself, and without rows that nobody wrote in.
const same = (one, other) => {
  const plain = (fields) => JSON.stringify(Object.entries(fields).filter(([name, values]) => !isVersionName(name) && values.some((value) => value !== "")).sort(([a], [b]) => (a < b ? -1 : 1)));
  return plain(one) === plain(other);
};

const fieldsNamed = (form, name) => keptFields(form).filter((field) => field.name === name);
// Rows that were added by a button (formsets) are added again.
const addRowFor = (form, name) => {
  const prefix = name.match(/^(.+)-\d+-/)?.[1];
  const add = prefix && (form.querySelector(`[data-rows="${CSS.escape(prefix)}"] [data-add-row]`) ?? document.querySelector(`#${CSS.escape(prefix)}-group .add-row a`));
  for (let rows = 0; add && !add.hidden && rows < 100 && !fieldsNamed(form, name).length; rows++) add.click();
};
const write = (form, fields) => {
  const changed = new Set();
  for (const [name, values] of Object.entries(fields)) {
    if (values.some((value) => value !== "") && !fieldsNamed(form, name).length) addRowFor(form, name);
    const plain = values.map((value) => (Array.isArray(value) ? value[0] : value));
    fieldsNamed(form, name).forEach((field, index) => {
      const before = JSON.stringify([field.checked, field.value, [...(field.selectedOptions ?? [])].map((one) => one.value)]);
      if (field.type === "checkbox" || field.type === "radio") field.checked = plain.includes(field.value);
      else if (field.tagName === "SELECT") {
        for (const value of values) if (Array.isArray(value) && ![...field.options].some((one) => one.value === value[0])) field.add(new Option(value[1], value[0]));
        if (field.multiple) for (const one of field.options) one.selected = plain.includes(one.value);
        else field.value = plain[0] ?? "";
      } else field.value = plain[index] ?? "";
      if (JSON.stringify([field.checked, field.value, [...(field.selectedOptions ?? [])].map((one) => one.value)]) !== before) changed.add(field);
    });
  }
  for (const field of changed) for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
};

const nameOf = (form) => {
  const address = new URL(form.action || location.href, location.href);
  for (const name of ["_changelist_filters", "_popup", "_to_field"]) address.searchParams.delete(name);
  return `${address.pathname}${address.search}${form.dataset.unsaved ? `#${form.dataset.unsaved}` : ""}`;
};
const local = {
  read: (name) => { try { return JSON.parse(sessionStorage.getItem(place + name)); } catch { return null; } },
  write: (name, copy) => { try { sessionStorage.setItem(place + name, JSON.stringify(copy)); } catch { /* no room in the tab: the server has it */ } },
  drop: (name) => { try { sessionStorage.removeItem(place + name); } catch { /* as above */ } },
};
const ask = (address, options = {}) => fetch(address, { credentials: "same-origin", redirect: "manual", ...options });

class Kept {
  constructor(form) {
    this.form = form;
    this.name = nameOf(form);
    this.opened = this.settled = read(form);
    this.revision = 0;
    this.isHeld = this.isBusy = false;
    for (const [name, value] of [["_unsent_form", this.name], ["_unsent_page", page]]) {
      const field = Object.assign(document.createElement("input"), { type: "hidden", name, value });
      form.append(field);
    }
    const moved = () => this.moved();
    form.addEventListener("input", moved);
    form.addEventListener("change", moved);
    // A script that sends the form by itself says when it is taken.
    form.addEventListener("taken", () => {
      this.opened = read(form);
      local.drop(this.name);
      if (this.revision) this.send({});
      this.say("");
    });
  }

  leave() {
    clearTimeout(this.timer);
    this.isSent = true;
    if (!same(read(this.form), this.opened)) this.holdInTab();
  }

  // Where the form ends: quietly, for those who look. What goes wrong is said above it, aloud.
  say(text) {
    if (!text && !this.said) return;
    if (!this.said) {
      this.said = Object.assign(document.createElement("p"), { className: "help unsent" });
      const end = this.form.querySelector(".form-end, .submit-row, .verbs");
      if (end) end.before(this.said);
      else this.form.append(this.said);
    }
    this.said.textContent = text;
    this.said.hidden = !text;
  }

  // What is kept elsewhere comes in; the tab's own copy is what no server has taken, so it is the newest.
  begin(kept) {
    const mine = local.read(this.name);
    if (kept) this.revision = kept.revision;
    if (mine && kept && kept.page === mine.page && !Object.keys(kept.fields).length) local.drop(this.name);
    else if (mine && !same(mine.fields, this.opened)) {
      if (kept && kept.page !== mine.page && Object.keys(kept.fields).length && !same(kept.fields, mine.fields)) this.elsewhere(kept, mine.fields);
      else this.putIn(mine.fields, words.restored);
      return;
    } else if (mine) local.drop(this.name);
    if (!kept || !Object.keys(kept.fields).length || same(kept.fields, this.opened)) return;
    if (!same(read(this.form), this.opened)) this.elsewhere(kept);
    else { this.settled = kept.fields; this.putIn(kept.fields, words.restoredAt.replace("{time}", kept.kept)); }
  }

  putIn(fields, text) {
    write(this.form, fields);
    this.note(text, [[words.remove, () => { write(this.form, this.opened); this.note(); this.send({}); }]]);
  }

  note(text, choices = []) {
    this.told?.remove();
    this.told = null;
    if (!text) return;
    this.told = document.createElement("div");
    this.told.className = "note guard unsent";
    this.told.setAttribute("role", "status");
    const line = document.createElement("p");
    line.textContent = text;
    const row = document.createElement("p");
    row.className = "cluster";
    for (const [label, act] of choices) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "btn slim", textContent: label });
      button.addEventListener("click", act);
      row.append(button);
    }
    this.told.append(line, ...(choices.length ? [row] : []));
    this.form.prepend(this.told);
  }

  moved() {
    this.holdInTab();
    if (this.isHeld) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), PAUSE);
  }

  holdInTab() { local.write(this.name, { page, fields: read(this.form) }); }
  get isKept() { return same(read(this.form), this.settled) || same(read(this.form), this.opened); }
  get hasFiles() { return [...this.form.elements].some((field) => field.type === "file" && field.files.length); }

  async send(fields = read(this.form), { leaving = false } = {}) {
    clearTimeout(this.timer);
    if (this.isSent || this.isHeld) return;
    if (this.isBusy) { this.isWaiting = true; return; }
    if (same(fields, this.settled)) { local.drop(this.name); return; }
    this.isBusy = true;
    try {
      const token = this.form.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
      const kept = JSON.stringify(same(fields, this.opened) ? {} : fields);
      const body = new URLSearchParams({ csrfmiddlewaretoken: token, user: words.user, form: this.name, fields: kept, page, revision: this.revision });
      // The browser finishes a small request of a page that is left.
      const answer = await ask(words.url, { method: "POST", body, keepalive: leaving && body.toString().length < 60000 });
      if (answer.type === "opaqueredirect" || answer.status === 403) this.trouble(words.signedOut, { signIn: true });
      else if (answer.status === 409) this.elsewhere(await answer.json());
      else if (answer.status === 413 || answer.status === 400) this.trouble(words.tooMuch);
      else if (!answer.ok) this.trouble(words.later, { again: true });
      else {
        const kept = await answer.json();
        this.revision = kept.revision;
        this.settled = Object.keys(fields).length ? fields : this.opened;
        if (same(read(this.form), this.settled)) local.drop(this.name);
        if (this.isTroubled) this.note();
        this.isTroubled = false;
        this.say(Object.keys(fields).length && !same(fields, this.opened) ? words.saved.replace("{time}", kept.kept) : "");
      }
    } catch { this.trouble(words.noNetwork, { again: true }); }
    this.isBusy = false;
    if (this.isWaiting) { this.isWaiting = false; this.send(); }
  }

  trouble(text, { again = false, signIn = false } = {}) {
    this.isTroubled = true;
    this.say("");
    if (this.told?.firstElementChild.textContent !== text) {
      this.note(text);
      if (signIn) {
        const link = Object.assign(document.createElement("a"), { className: "btn slim", textContent: words.signIn, href: `${words.signInUrl}?${new URLSearchParams({ next: location.pathname + location.search })}` });
        this.told.append(link);
      }
    }
    if (again) this.timer = setTimeout(() => this.send(), AGAIN);
  }

  // Another page wrote in the same form: nobody's text is replaced before this person has chosen.
  elsewhere(kept, mine = null) {
    this.isHeld = true;
    this.say("");
    if (mine) write(this.form, mine);
    const go = (fields) => {
      this.isHeld = false;
      this.revision = kept.revision;
      this.note();
      if (fields) { write(this.form, fields); this.settled = fields; local.drop(this.name); }
      else this.send();
    };
    const isEmpty = !Object.keys(kept.fields).length;
    const choices = [[words.keepMine, () => go()], ...(isEmpty ? [] : [[words.takeOther, () => go(kept.fields)]])];
    this.note((isEmpty ? words.sentElsewhere : words.elsewhere).replace("{time}", kept.kept), choices);
  }
}

const begin = async (watched) => {
  // Of everybody else who used this tab nothing stays.
  for (const key of Object.keys(sessionStorage)) if (key.startsWith("unsent:") && !key.startsWith(place)) sessionStorage.removeItem(key);
  let kept = {};
  try {
    const answer = await ask(`${words.url}?${new URLSearchParams(watched.map((one) => ["form", one.name]))}`);
    if (answer.ok) kept = await answer.json();
  } catch { /* no network: what lies in the tab comes in */ }
  for (const one of watched) one.begin(kept[one.name]);
};

if (forms.length) {
  const watched = words ? forms.filter((form) => keptFields(form).some(isTyped)).map((form) => new Kept(form)) : [];
  const other = forms.filter((form) => !watched.some((one) => one.form === form));
  const whole = (form) => JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value instanceof File ? [value.name, value.size] : value]));
  const opened = new Map();
  let leaving = false;
  const start = () => { other.forEach((form) => opened.set(form, whole(form))); if (watched.length) begin(watched); };
  if (document.readyState === "complete") start();
  else addEventListener("load", start);
  addEventListener("submit", (event) => {
    if (event.defaultPrevented || !forms.includes(event.target)) return;
    leaving = true;
    watched.filter((one) => one.form === event.target).forEach((one) => one.leave());
  });
  // Back from the cache after a submit: watch again.
  addEventListener("pageshow", () => { leaving = false; watched.forEach((one) => { one.isSent = false; }); });
  addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") watched.filter((one) => !one.isKept).forEach((one) => one.send(undefined, { leaving: true }));
  });
  addEventListener("online", () => watched.filter((one) => one.isTroubled).forEach((one) => one.send()));
  addEventListener("beforeunload", (event) => {
    if (leaving) return;
    if (watched.some((one) => one.hasFiles || !one.isKept) || other.some((form) => opened.has(form) && opened.get(form) !== whole(form))) event.preventDefault();
  });
}
