// form[data-turn] on a page whose <main> has a [data-turn-away]: sent by fetch, and the <main> of the page that answers takes the
// place of ours. No script loads anew, and a sound that was fetched ahead plays at once. The document hears "turn" with
// the new <main> before it is put in, "turned" after, and "turn-failed". Without JavaScript the form is simply sent.
const PAGE = "main:has([data-turn-away])";
let shown = location.pathname;
let isTurning = false;

async function turn(form, submitter) {
  const body = new FormData(form, submitter);
  let answer, text;
  try {
    answer = await fetch(form.action, { method: "POST", body });
    text = await answer.text();
  } catch {
    // The network is away. The form is still here, with its key: sent again, it counts once.
    document.querySelector("[data-turn-away]").hidden = false;
    document.dispatchEvent(new CustomEvent("turn-failed"));
    return;
  }
  const page = new DOMParser().parseFromString(text, "text/html");
  const next = page.querySelector(PAGE);
  if (!next) location.assign(answer.url);
  else show(document.adoptNode(next), { title: page.title, address: answer.url });
}

function show(next, { title, address }) {
  document.dispatchEvent(new CustomEvent("turn", { detail: next }));
  if (address !== location.href) history.pushState(null, "", address);
  shown = location.pathname;
  document.title = title;
  document.querySelector(PAGE).replaceWith(next);
  // A browser heeds autofocus once a load; here the heading is what a screen reader says next.
  (next.querySelector("[autofocus]") ?? next).focus();
  scrollTo(0, 0);
  document.dispatchEvent(new CustomEvent("turned"));
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("[data-turn]")) return;
  event.preventDefault();
  if (isTurning) return;
  isTurning = true;
  await turn(form, event.submitter);
  isTurning = false;
});

// Back and on: the server shows what is true now.
addEventListener("popstate", () => location.pathname !== shown && location.reload());
