// [data-fetch-ahead="<address> <address>"]: fetches the sounds that come next, once the present one is there, and hands
// them, ready to play, to the page that takes this one's place (turn.js): it plays at once. Where a page is loaded instead, the browser's
// own cache has them, for as long as a reservation runs. Nothing is played here.
// The one that is heard, the two after it, and two to go back to.
const MOST_KEPT = 5;
const kept = new Map(); // the sounds by their addresses, the oldest first

async function fetchAhead(addresses) {
  for (const address of addresses.filter((address) => !kept.has(address))) {
    try {
      const answer = await fetch(address, { headers: { "Duologue-Ahead": "1" }, priority: "low" });
      if (answer.ok) keep(address, await answer.blob());
    } catch {
      return; // the network is away: the next page fetches its sound itself
    }
  }
}

function keep(address, sound) {
  const url = URL.createObjectURL(sound);
  const ready = new Audio(url);
  ready.preload = "auto";
  kept.set(address, { url, ready });
  if (kept.size <= MOST_KEPT) return;
  const [oldest, { url: old }] = kept.entries().next().value;
  URL.revokeObjectURL(old);
  kept.delete(oldest);
}

// An element serves one page: what listens to it there would still listen on the next.
function handOver(audio) {
  const sound = kept.get(audio.getAttribute("src"));
  if (!sound) return;
  audio.src = sound.url;
  if (!sound.ready) return;
  for (const { name, value } of audio.attributes) if (name !== "src") sound.ready.setAttribute(name, value);
  audio.replaceWith(sound.ready);
  sound.ready = null;
}

function attach() {
  const list = document.querySelector("[data-fetch-ahead]");
  if (!list) return;
  const addresses = list.dataset.fetchAhead.split(" ").filter(Boolean);
  const audio = document.querySelector("[data-player-audio]");
  if (!audio || audio.readyState >= HTMLMediaElement.HAVE_ENOUGH_DATA) fetchAhead(addresses);
  else audio.addEventListener("canplaythrough", () => fetchAhead(addresses), { once: true });
}

document.addEventListener("turn", ({ detail: next }) => next.querySelectorAll("[data-player-audio]").forEach(handOver));
document.addEventListener("turned", attach);
attach();
