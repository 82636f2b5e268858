// [data-release-moment="ISO instant"]: the time left, by the server's clock. At zero the page comes again,
// each browser at another moment of the next data-spread-s seconds, so that not all ask at once.
// [data-release-poll="s"]: every so many seconds the countdown, which costs the server nothing, is asked whether
// the draw is over; then the page comes again, within data-spread-s seconds.

// The Date of an answer has whole seconds: its true time lies within the second that follows.
async function readOffset() {
  const began = performance.now();
  const asked = Date.now();
  const answer = await fetch(location.href, { method: "HEAD", cache: "no-store", credentials: "omit" });
  const age = Number(answer.headers.get("Age") || 0);
  const tookMs = performance.now() - began;
  const said = Date.parse(answer.headers.get("Date")) + 1000 * age + 500;
  return Number.isNaN(said) ? 0 : said - (asked + tookMs / 2);
}

function comeAgain(withinS) {
  setTimeout(() => location.reload(), 1000 * withinS * Math.random());
}

function write(element, leftMs) {
  const seconds = Math.max(0, Math.ceil(leftMs / 1000));
  const parts = {
    days: Math.floor(seconds / 86400),
    hours: Math.floor(seconds / 3600) % 24,
    minutes: Math.floor(seconds / 60) % 60,
    seconds: seconds % 60,
  };
  for (const [name, number] of Object.entries(parts)) {
    const place = element.querySelector(`[data-left="${name}"]`);
    if (place) place.textContent = String(number).padStart(2, "0");
  }
}

function tellOffset(offsetMs) {
  const note = document.querySelector("[data-clock-note]");
  if (!note || Math.abs(offsetMs) < 3000) return;
  note.textContent = offsetMs < 0 ? note.dataset.ahead : note.dataset.behind;
  note.hidden = false;
}

async function countDown(element) {
  const moment = Date.parse(element.dataset.releaseMoment);
  let offsetMs = 0;
  const show = () => write(element, moment - (Date.now() + offsetMs));
  show();
  const timer = setInterval(show, 250);
  offsetMs = await readOffset().catch(() => 0);
  tellOffset(offsetMs);
  const end = setInterval(() => {
    if (Date.now() + offsetMs < moment) return;
    clearInterval(timer);
    clearInterval(end);
    comeAgain(Number(element.dataset.spreadS) || 8);
  }, 250);
}

// Whoever gets no answer asks less and less often, a minute apart at most.
async function watch(element) {
  const watched = new URL(element.dataset.watched || "", location.href);
  let everyS = Number(element.dataset.releasePoll);
  for (;;) {
    const pauseS = everyS * (0.5 + Math.random());
    await new Promise((resolve) => setTimeout(resolve, 1000 * pauseS));
    const asked = { method: "HEAD", cache: "no-store", credentials: "omit" };
    const answer = await fetch(watched, asked).catch(() => null);
    if (["open", "cancelled"].includes(answer?.headers.get("X-Release-Status"))) break;
    if (!answer?.ok) everyS = Math.min(40, 2 * everyS);
  }
  comeAgain(Number(element.dataset.spreadS));
}

for (const element of document.querySelectorAll("[data-release-moment]")) countDown(element);
for (const element of document.querySelectorAll("[data-release-poll]")) watch(element);
