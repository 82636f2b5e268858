// [data-fetch-ahead="<address> <address>"]: fetches the sounds that come next, once the present one is there. The server
// lets the browser keep them for as long as a reservation runs, so the next sample plays at once. Nothing is played here.
const list = document.querySelector("[data-fetch-ahead]");
const audio = document.querySelector("[data-player-audio]");

async function fetchAhead() {
  for (const address of list.dataset.fetchAhead.split(" ").filter(Boolean)) {
    try {
      const answer = await fetch(address, { headers: { "Duologue-Ahead": "1" }, priority: "low" });
      await answer.arrayBuffer();
    } catch {
      return; // the network is away: the next page fetches its sound itself
    }
  }
}

if (list && audio) {
  if (audio.readyState >= HTMLMediaElement.HAVE_ENOUGH_DATA) fetchAhead();
  else audio.addEventListener("canplaythrough", fetchAhead, { once: true });
}
