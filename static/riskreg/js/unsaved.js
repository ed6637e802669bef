// Warns before leaving a form whose values differ from those it opened with.
// Values are compared, not events counted, so a change that was taken back does not warn.
const forms = [...document.querySelectorAll("form[data-unsaved], body.change-form #content-main form[method=post]")];
const values = (form) => JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value instanceof File ? [value.name, value.size] : value]));

if (forms.length) {
  const opened = new Map();
  let leaving = false;
  addEventListener("load", () => forms.forEach((form) => opened.set(form, values(form))));
  forms.forEach((form) => form.addEventListener("submit", () => { leaving = true; }));
  // Back from the cache after a submit: watch again.
  addEventListener("pageshow", () => { leaving = false; });
  addEventListener("beforeunload", (event) => {
    if (!leaving && forms.some((form) => opened.has(form) && opened.get(form) !== values(form))) event.preventDefault();
  });
}
