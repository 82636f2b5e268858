// [data-console]: the running session. Each press is one event with an id of its own; it waits in the browser until the
// server has it, so that no network for ten minutes loses nothing. What is shown is computed from the events alone.
import { doneOf, firstDialogueOf, reduceEvents, topicMsOf } from "./session_state.js";

const page = document.querySelector("[data-console]");
const form = page.querySelector("[data-press]");
const facts = JSON.parse(page.dataset.facts);
const script = { dialogueCount: facts.dialogueCount, lineCounts: facts.lineCounts };
const waitingKey = `session-waiting-${facts.key}`;
const refusedKey = `session-refused-${facts.key}`;

const SEND_EVERY_MS = 10_000;
const LONGEST_PAUSE_MS = 15_000;
const PENDING_ID = 1e12;
// Which of the form's fields each kind of event carries, and what stands behind the bar in a button's value.
const FIELDS = {
  talk_started: { topic: "topic" }, topic_started: { topic: "topic" }, dialogue_started: { number: "number" },
  dialogue_done: { number: "number" }, dialogue_retaken: { number: "retake" }, note: { text: "text" },
  incident: { text: "text" }, undone: { event: "event" },
};
const DETAILS = { topic_started: "topic", dialogue_started: "opener", dialogue_retaken: "reason" };

let known = facts.events;
let waiting = stored(waitingKey);
let refused = stored(refusedKey);
let offset = facts.now - Date.now();
let bestTrip = Infinity;
let state = null;
let connection = "saved";
let isSending = false;
let failures = 0;
let timer = 0;

function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? [];
  } catch {
    return [];
  }
}

function keep() {
  try {
    localStorage.setItem(waitingKey, JSON.stringify(waiting));
    localStorage.setItem(refusedKey, JSON.stringify(refused));
    page.dataset.kept = "yes";
  } catch {
    page.dataset.kept = "no";
  }
}

// crypto.randomUUID exists only on HTTPS and localhost.
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

const serverNow = () => Date.now() + offset;

function allEvents() {
  const pending = waiting.map((event, index) => ({ ...event, id: PENDING_ID + index }));
  return [...known, ...pending];
}

function press(kind, payload) {
  // Never before the last event: the correction of the clock may have shrunk since.
  const at = Math.max(Math.round(serverNow()), (state?.lastAt ?? 0) + 1);
  waiting.push({ client_id: newId(), kind, at, payload });
  keep();
  render();
  send();
}

async function send() {
  if (isSending) return;
  isSending = true;
  clearTimeout(timer);
  const batch = waiting.slice(0, 200);
  try {
    await exchange(batch);
    failures = 0;
  } catch {
    failures += 1;
    connection = "offline";
  }
  isSending = false;
  render();
  const pause = failures ? Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** failures) : waiting.length ? 0 : SEND_EVERY_MS;
  if (connection !== "stopped") timer = setTimeout(send, pause);
}

async function exchange(batch) {
  const began = Date.now();
  const response = await fetch(page.dataset.eventsUrl, {
    method: "POST",
    redirect: "manual",
    headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    body: JSON.stringify({
      after: known.at(-1)?.id ?? 0,
      events: batch.map((event) => ({ ...event, at: new Date(event.at).toISOString() })),
    }),
  });
  if (response.type === "opaqueredirect" || response.status === 403 || response.status === 404) return stop("signed-out");
  if (response.status === 409) return closed(await response.json());
  if (response.status === 422) return setAside(await response.json());
  if (!response.ok) throw new Error("try again");
  take(await response.json(), batch, Date.now() - began);
}

function take(answer, batch, trip) {
  if (trip < bestTrip) {
    bestTrip = trip;
    offset = answer.now + trip / 2 - Date.now();
  }
  const sent = new Set(batch.map((event) => event.client_id));
  const last = known.at(-1)?.id ?? 0;
  known = [...known, ...answer.events.filter((event) => event.id > last)];
  waiting = waiting.filter((event) => !sent.has(event.client_id));
  keep();
  connection = "saved";
  if (answer.status !== "open" && !waiting.length) location.assign(page.dataset.detailUrl);
}

function setAside(refusal) {
  const event = waiting.find((each) => each.client_id === refusal.client_id) ?? waiting[0];
  waiting = waiting.filter((each) => each !== event);
  if (event) refused.push({ ...event, message: refusal.message });
  keep();
}

function closed(refusal) {
  refused.push(...waiting.map((event) => ({ ...event, message: refusal.message })));
  waiting = [];
  keep();
  stop("closed");
}

function stop(why) {
  connection = "stopped";
  page.dataset.stopped = why;
}

// --- what is shown ---

const all = (selector) => page.querySelectorAll(selector);
const say = (name, text) => {
  for (const place of all(`[data-say="${name}"]`)) if (place.textContent !== text) place.textContent = text;
};

function clock(ms) {
  const seconds = Math.floor(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}

function topicKind(ms) {
  if (ms >= facts.topicMs - 30_000) return "bad";
  return ms >= facts.topicMs - 120_000 ? "warn" : "";
}

function flags() {
  const inDialogues = state.phase === "dialogues";
  const kind = topicKind(topicMsOf(state));
  return {
    talking: state.talkSince !== null, silent: state.talkSince === null,
    break: state.breakSince !== null, "no-break": state.breakSince === null,
    "in-talk": !inDialogues, "in-dialogues": inDialogues, "to-start": state.talkSince === null && !inDialogues,
    reading: inDialogues && state.dialogue !== null, "all-read": inDialogues && state.dialogue === null,
    retakable: retakable().length > 0, undoable: Boolean(state.undoableId),
    "topic-ok": kind === "", "topic-warn": kind === "warn", "topic-bad": kind === "bad",
    "talk-enough": state.freeTalkMs >= facts.freeTalkMs,
    saved: connection === "saved" && !waiting.length, sending: connection === "saved" && waiting.length > 0,
    offline: connection === "offline", stopped: connection === "stopped", refused: refused.length > 0,
    unkept: page.dataset.kept === "no",
  };
}

function render() {
  const now = serverNow();
  state = reduceEvents(allEvents(), script, now);
  const done = doneOf(state);
  say("free-talk", clock(state.freeTalkMs));
  say("topic", clock(topicMsOf(state)));
  say("break", clock(state.breakMs));
  say("done", String(done.size));
  say("number", String(firstDialogueOf(state)));
  say("waiting", String(waiting.length));
  say("refused", refused.map((event) => `${facts.kinds[event.kind]} · ${event.message}`).join(" "));
  say("undoable", facts.kinds[state.undoableKind] ?? "");
  say("topic-name", state.topics.at(-1)?.topic ?? "");
  showParts();
  showVoices();
  showDialogues(done);
  showTopics();
  fillForm();
  showLog();
}

function showParts() {
  for (const [flag, isShown] of Object.entries(flags())) {
    for (const part of all(`[data-show="${flag}"]`)) part.hidden = !isShown;
  }
  const kind = topicKind(topicMsOf(state));
  for (const dial of all("[data-topic-dial]")) {
    dial.classList.toggle("dial-warn", kind === "warn");
    dial.classList.toggle("dial-bad", kind === "bad");
  }
}

function showVoices() {
  for (const mark of all("[data-turn]")) {
    const letter = mark.dataset.turn === "0" ? state.opener : state.opener === "A" ? "B" : "A";
    if (mark.textContent === letter) continue;
    mark.textContent = letter;
    mark.classList.toggle("voice-mark-a", letter === "A");
    mark.classList.toggle("voice-mark-b", letter === "B");
  }
  say("opener", state.opener);
}

function showDialogues(done) {
  const retaken = new Set(state.takes.filter((take) => !take.isKept).map((take) => take.number));
  for (const card of all("[data-dialogue]")) {
    card.hidden = state.phase !== "dialogues" || Number(card.dataset.dialogue) !== state.dialogue;
  }
  for (const cell of all("[data-cell]")) {
    const number = Number(cell.dataset.cell);
    const isCurrent = state.phase === "dialogues" && number === state.dialogue;
    cell.classList.toggle("tally-done", done.has(number));
    cell.classList.toggle("tally-again", retaken.has(number));
    cell.classList.toggle("tally-now", isCurrent);
    if (isCurrent) cell.setAttribute("aria-current", "step");
    else cell.removeAttribute("aria-current");
  }
}

function showTopics() {
  const used = new Set(state.topics.map((each) => each.topic));
  const current = state.topics.at(-1)?.topic;
  for (const item of all("[data-topic]")) {
    item.classList.toggle("topic-used", used.has(item.dataset.topic) && item.dataset.topic !== current);
    item.classList.toggle("topic-now", item.dataset.topic === current);
  }
}

function nextTopic() {
  const used = new Set(state.topics.map((each) => each.topic));
  return [...all("[data-topic]")].map((item) => item.dataset.topic).find((topic) => !used.has(topic)) ?? "";
}

function retakable() {
  const current = state.phase === "dialogues" && state.dialogue !== null ? [state.dialogue] : [];
  const last = state.takes.slice(-1).map((take) => take.number);
  return [...current, ...last.filter((number) => !current.includes(number))];
}

function fillForm() {
  form.elements.topic.value = nextTopic();
  say("next-topic", form.elements.topic.value);
  form.elements.number.value = firstDialogueOf(state);
  form.elements.event.value = state.undoableId;
  const numbers = retakable().map(String);
  const choice = form.elements.retake;
  if ([...choice.options].map((option) => option.value).join() === numbers.join()) return;
  choice.replaceChildren(...numbers.map((number) => new Option(number, number)));
}

function showLog() {
  const list = page.querySelector("[data-log]");
  const rows = allEvents().slice(-8).reverse();
  list.replaceChildren(
    ...rows.map((event) => {
      const item = document.createElement("li");
      const at = document.createElement("span");
      item.className = event.id >= PENDING_ID ? "event event-waiting" : "event";
      at.className = "event-at";
      at.textContent = new Date(event.at).toLocaleTimeString(document.documentElement.lang, {
        hourCycle: "h23",
        timeZone: facts.timeZone,
      });
      const { number, topic, text } = event.payload;
      item.append(at, [facts.kinds[event.kind], number ?? "", topic ?? text ?? ""].filter((part) => part !== "").join(" "));
      return item;
    }),
  );
}

// --- buttons and keys ---

function pressButton(button) {
  const [kind, detail] = button.value.split("|");
  const payload = {};
  for (const [name, field] of Object.entries(FIELDS[kind] ?? {})) {
    const value = form.elements[field].value;
    if (value) payload[name] = name === "number" ? Number(value) : value;
  }
  if (detail) payload[DETAILS[kind]] = detail;
  if ((kind === "note" || kind === "incident") && !payload.text?.trim()) return form.elements.text.focus();
  if (kind === "undone" && !payload.event) return undefined;
  press(kind, payload);
  if (payload.text) {
    form.elements.text.value = "";
    form.elements.text.blur();
  }
  showReasons(false);
  return undefined;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter) pressButton(event.submitter);
});

const reasons = page.querySelector("[data-reasons]");
const asker = page.querySelector("[data-ask-reason]");
function showReasons(isShown) {
  reasons.hidden = !isShown;
  asker.setAttribute("aria-expanded", String(isShown));
  if (isShown) reasons.querySelector("button").focus();
}
asker.addEventListener("click", () => showReasons(reasons.hidden));

const firstShown = (selector) => [...all(selector)].find((button) => !button.closest("[hidden]") && !button.disabled);

const KEYS = {
  " ": () => firstShown("[data-key='space']"),
  t: () => firstShown("[data-key='t']"),
  ArrowRight: () => firstShown("[data-key='right']"),
  ArrowLeft: () => firstShown("[data-key='left']"),
  b: () => firstShown("[data-key='b']"),
};

document.addEventListener("keydown", (event) => {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const isTyping = event.target.closest("input, textarea, select, dialog, [contenteditable]");
  if (isTyping && key === "Escape") event.target.blur();
  if (isTyping || event.repeat || event.ctrlKey || event.altKey || event.metaKey || connection === "stopped") return;
  if (key === "Escape") return showReasons(false);
  if (!reasons.hidden && /^[1-9]$/.test(key)) {
    const button = reasons.querySelectorAll("button")[Number(key) - 1];
    if (button) pressButton(button);
    event.preventDefault();
  } else if (key === "x") {
    if (firstShown("[data-ask-reason]")) showReasons(true);
  } else if (key === "n" || key === "i") {
    event.preventDefault();
    form.elements.text.dataset.kind = key === "n" ? "note" : "incident";
    form.elements.text.focus();
  } else if (KEYS[key]) {
    event.preventDefault();
    const button = KEYS[key]();
    if (button) pressButton(button);
  }
  return undefined;
});

form.elements.text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  const kind = event.target.dataset.kind === "incident" ? "incident" : "note";
  pressButton(form.querySelector(`button[value="${kind}"]`));
});

// The end asks the server what is short: it must have everything first.
for (const link of all("[data-leave]")) {
  link.addEventListener("click", (event) => {
    if (!waiting.length) return;
    event.preventDefault();
    send();
    page.querySelector("[data-unsent]").hidden = false;
  });
}

showReasons(false);
addEventListener("online", send);
document.addEventListener("visibilitychange", () => document.hidden || send());
keep();
render();
send();
setInterval(render, 500);
