// [data-player][data-heard-url]: tells the server which seconds were played, and shows what a vote still needs.
// The server counts for itself and allows no more than the clock: this only keeps it informed.
const REPORT_EVERY_MS = 3000;
// At 2.5 × a slow browser reports every 1.5 s of sound; a bigger step is a jump, not listening.
const LARGEST_STEP_S = 3;

class Listening {
  constructor(root) {
    this.root = root;
    this.audio = root.querySelector("[data-player-audio]");
    this.seconds = Number(root.dataset.seconds);
    this.heard = new Set((root.dataset.heard || "").split(",").filter(Boolean).map(Number));
    this.counted = this.heard.size;
    this.last = null;
    this.isVoting = false;
    this.reporting = null;
    const box = document.querySelector("[data-vote-heard]");
    // A vote that becomes possible is not kept waiting for the next report.
    this.needs = box ? [Number(box.dataset.needed), Number(box.dataset.neededToReject)] : [];
    this.audio.addEventListener("timeupdate", () => this.hear());
    this.audio.addEventListener("seeking", () => (this.last = null));
    this.audio.addEventListener("pause", () => this.isVoting || this.report());
    this.audio.addEventListener("ended", () => this.hearEnd());
    this.show();
  }

  hear() {
    if (this.audio.paused || this.audio.seeking) return;
    const at = this.audio.currentTime;
    const before = this.heard.size;
    const from = this.last !== null && at >= this.last && at - this.last < LARGEST_STEP_S ? this.last : at;
    // A second counts once it is over: the server allows no more than the clock, to the second.
    for (let second = Math.floor(from); second < Math.floor(at); second += 1) this.add(second);
    this.last = at;
    if (this.needs.some((needed) => before < needed && this.heard.size >= needed)) this.report();
    this.show();
  }

  hearEnd() {
    this.add(this.seconds - 1);
    this.report();
  }

  add(second) {
    if (second >= 0 && second < this.seconds) this.heard.add(second);
  }

  report() {
    this.reporting = this.send();
    return this.reporting;
  }

  async send() {
    if (!this.heard.size) return;
    const body = new FormData();
    body.set("seconds", [...this.heard].sort((a, b) => a - b).join(","));
    const token = document.querySelector("[name=csrfmiddlewaretoken]");
    if (token) body.set("csrfmiddlewaretoken", token.value);
    try {
      const answer = await fetch(this.root.dataset.heardUrl, { method: "POST", body });
      if (answer.ok) this.counted = (await answer.json()).heard;
    } catch {
      // The network is away: all seconds go again with the next report.
    }
    this.show();
  }

  show() {
    if (!this.root.isConnected) return; // another page has taken this one's place
    const count = document.querySelector("[data-heard-count]");
    const bar = document.querySelector("[data-heard-bar]");
    if (count) count.textContent = String(this.heard.size);
    if (bar) bar.value = Math.min(this.heard.size, bar.max);
    this.root.dispatchEvent(new CustomEvent("player:heard", { detail: [...this.heard] }));
  }
}

// The vote waits until the server knows enough of what was heard; the sound stops at the vote.
function guardVotes(form, listening) {
  const box = form.querySelector("[data-vote-heard]");
  const words = form.querySelector("[data-vote-words]");
  let isPassing = false;
  form.addEventListener("submit", async (event) => {
    if (isPassing) return;
    const isApproval = ["approve", "overturn"].includes(event.submitter?.value);
    const needed = Number(isApproval ? box.dataset.needed : box.dataset.neededToReject);
    const missing = needed - listening.heard.size;
    words.textContent = missing > 0 ? box.dataset.textMissing.replace("{missing}", missing) : "";
    if (missing > 0 || listening.isVoting) {
      event.preventDefault();
      return;
    }
    listening.isVoting = true;
    listening.root.dispatchEvent(new CustomEvent("player:pause"));
    if (listening.counted >= needed) return;
    event.preventDefault();
    await listening.reporting;
    if (listening.counted < needed) await listening.report();
    isPassing = true;
    form.requestSubmit(event.submitter);
    isPassing = false;
  });
}

let listenings = [];

function attach() {
  listenings = [...document.querySelectorAll("[data-player][data-heard-url]")].map((root) => new Listening(root));
  for (const listening of listenings) {
    for (const form of document.querySelectorAll("[data-vote-form]")) guardVotes(form, listening);
  }
}

const voteAgain = () => listenings.forEach((listening) => (listening.isVoting = false));
const reportWhilePlaying = () => listenings.forEach((listening) => listening.audio.paused || listening.report());

setInterval(reportWhilePlaying, REPORT_EVERY_MS);
addEventListener("pageshow", voteAgain);
document.addEventListener("turn-failed", voteAgain);
document.addEventListener("turned", attach);
attach();
