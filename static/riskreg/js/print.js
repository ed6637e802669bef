// Shows the print buttons (without scripts the browser's own menu prints) and makes them print, also those that come later.
const show = () => document.querySelectorAll("[data-print][hidden]").forEach((button) => { button.hidden = false; });

show();
new MutationObserver(show).observe(document.body, { childList: true, subtree: true });
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-print]")) window.print();
});
