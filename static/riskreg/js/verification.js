// Follows a verification that the worker runs, and shows the page anew when it is done.
const region = document.querySelector("[data-verification]");

if (region) {
  const bar = region.querySelector("progress");
  const words = region.querySelector(".meter > span");
  const look = async () => {
    try {
      const answer = await fetch(region.dataset.verification, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const said = await answer.json();
      if (!said.is_open) {
        location.reload();
        return;
      }
      bar.max = Math.max(said.total, 1);
      bar.value = said.checked;
      words.textContent = said.text;
    } catch {
      // The network is away for a moment: the next look tries again.
    }
    setTimeout(look, 2000);
  };
  setTimeout(look, 1000);
}
