// Shows what the chosen action asks for, and adds rows for more actions. Without scripts everything is shown.
const choices = [...document.querySelectorAll("input[name=decision]")];
const parts = [...document.querySelectorAll("[data-shown-for]")];
const filled = (part) => part.matches(".measures") && [...part.querySelectorAll("textarea")].some((one) => one.value.trim());

const show = () => {
  const chosen = choices.find((choice) => choice.checked)?.value;
  for (const part of parts) part.hidden = !(part.dataset.shownFor.split(" ").includes(chosen) || (chosen !== "none_needed" && filled(part)));
};
choices.forEach((choice) => choice.addEventListener("change", show));
if (choices.length) show();

for (const rows of document.querySelectorAll("[data-rows]")) {
  const prefix = rows.dataset.rows;
  const total = rows.querySelector(`[name=${prefix}-TOTAL_FORMS]`);
  const most = Number(rows.querySelector(`[name=${prefix}-MAX_NUM_FORMS]`).value);
  const template = rows.querySelector("template[data-row]");
  const add = rows.querySelector("[data-add-row]");
  add.hidden = false;
  add.addEventListener("click", () => {
    const number = Number(total.value);
    const html = template.innerHTML.replaceAll("__prefix__", number);
    const holder = document.createElement("div");
    holder.innerHTML = html;
    const row = holder.firstElementChild;
    add.before(row);
    total.value = number + 1;
    add.hidden = total.value >= most;
    row.querySelector("textarea").focus();
  });
}

// The draft of what a sample shows goes into the result, after what is written there.
for (const button of document.querySelectorAll("[data-use-draft]")) {
  const result = document.querySelector("#follow-up [name=result]");
  if (!result) break;
  button.hidden = false;
  button.addEventListener("click", () => {
    const draft = document.getElementById(button.dataset.useDraft).textContent.trim();
    result.value = result.value.trim() ? `${result.value.trim()}\n\n${draft}` : draft;
    result.focus();
  });
}
