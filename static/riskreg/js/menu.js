// The rail's menu on a phone: the link to #rail-body (which works without scripts) becomes a disclosure button.
const link = document.querySelector("[data-menu-toggle]");
const body = document.getElementById("rail-body");

if (link && body) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = link.className;
  button.append(...link.childNodes);
  button.setAttribute("aria-controls", body.id);
  const show = (open) => {
    body.classList.toggle("open", open);
    button.setAttribute("aria-expanded", String(open));
  };
  show(location.hash === "#rail-body");
  if (location.hash === "#rail-body") history.replaceState(null, "", location.pathname + location.search);
  link.replaceWith(button);
  button.addEventListener("click", () => show(!body.classList.contains("open")));
  body.parentElement.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && body.classList.contains("open")) {
      show(false);
      button.focus();
    }
  });
}

// Who signs out leaves nothing of what they typed in the tab; the server has it (unsaved.js).
document.querySelector("[data-sign-out]")?.addEventListener("submit", () => {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith("unsent:")) sessionStorage.removeItem(key);
});
