// The state of a session, computed from its events: the same as recordings/sessions.py, for the time without network.
// Pure: events in ({id, client_id, kind, at in ms, payload}), state out. A test compares the two. Rules.
const OTHER = { A: "B", B: "A" };
const NEVER_UNDONE = new Set(["checked_in", "completed", "abandoned", "undone"]);

export function eventsThatCount(events) {
  const first = new Map();
  for (const event of [...events].sort((a, b) => a.id - b.id)) {
    if (!first.has(event.client_id)) first.set(event.client_id, event);
  }
  const all = [...first.values()];
  const undone = new Set(all.filter((event) => event.kind === "undone").map((event) => event.payload.event));
  return all
    .filter((event) => !undone.has(event.client_id) || NEVER_UNDONE.has(event.kind))
    .sort((a, b) => a.at - b.at || a.id - b.id);
}

export function reduceEvents(events, script, now = null) {
  const state = {
    script, phase: "waiting", freeTalkMs: 0, talkSince: null, topics: [], dialogue: null, opener: "A", takeSince: null,
    takes: [], breakMs: 0, breakSince: null, breakCount: 0, closedAt: null, lastAt: null, undoableId: "", undoableKind: "",
  };
  for (const event of eventsThatCount(events)) {
    if (state.closedAt !== null) break;
    HANDLERS[event.kind]?.(state, event);
    state.lastAt = event.at;
    if (!NEVER_UNDONE.has(event.kind)) {
      state.undoableId = event.client_id;
      state.undoableKind = event.kind;
    }
  }
  if (now !== null && state.closedAt === null) readClocks(state, Math.max(now, state.lastAt ?? now));
  return state;
}

export const doneOf = (state) => new Set(state.takes.filter((take) => take.isKept).map((take) => take.number));
export const topicMsOf = (state) => state.topics.at(-1)?.ms ?? 0;

export function firstDialogueOf(state) {
  if (state.dialogue !== null) return state.dialogue;
  return nextAfter(0, state) ?? 1;
}

function openerOf(number, state) {
  const earlier = state.takes.filter((take) => take.number === number).at(-1);
  if (earlier) return earlier.opener;
  const before = state.takes.filter((take) => take.number === number - 1).at(-1) ?? state.takes.at(-1);
  if (!before) return "A";
  const isOdd = (state.script.lineCounts[before.number] ?? 1) % 2;
  const closer = isOdd ? before.opener : OTHER[before.opener];
  return OTHER[closer];
}

function readClocks(state, at) {
  if (state.talkSince !== null) {
    const ms = Math.max(0, at - state.talkSince);
    state.freeTalkMs += ms;
    state.topics.at(-1).ms += ms;
    state.talkSince = at;
  }
  if (state.breakSince !== null) {
    state.breakMs += Math.max(0, at - state.breakSince);
    state.breakSince = at;
  }
}

function stopClocks(state, at) {
  readClocks(state, at);
  state.talkSince = state.breakSince = null;
}

function numberOf(state, event) {
  const number = event.payload.number;
  return Number.isInteger(number) && number >= 1 && number <= state.script.dialogueCount ? number : null;
}

function recordTake(state, number, at) {
  const isCurrent = number === state.dialogue && state.takeSince !== null;
  const take = {
    number,
    takeNumber: 1 + state.takes.filter((each) => each.number === number).length,
    opener: number === state.dialogue ? state.opener : openerOf(number, state),
    startedAt: (isCurrent ? state.takeSince : state.lastAt) ?? at,
    endedAt: at,
    isKept: true,
    retakeReason: "",
  };
  state.takes.push(take);
  return take;
}

function nextAfter(number, state) {
  const done = doneOf(state);
  const open = [];
  for (let n = 1; n <= state.script.dialogueCount; n += 1) if (!done.has(n)) open.push(n);
  return open.find((n) => n > number) ?? open[0] ?? null;
}

function goTo(state, number, at) {
  stopClocks(state, at);
  state.phase = "dialogues";
  state.dialogue = number;
  state.takeSince = number === null ? null : at;
  if (number !== null) state.opener = openerOf(number, state);
}

function close(state, event) {
  stopClocks(state, event.at);
  state.phase = "closed";
  state.closedAt = event.at;
  state.takeSince = null;
}

const HANDLERS = {
  talk_started(state, event) {
    if (state.talkSince !== null) return;
    stopClocks(state, event.at);
    state.phase = "talk";
    state.takeSince = null;
    if (!state.topics.length) state.topics.push({ topic: event.payload.topic ?? "", ms: 0 });
    state.talkSince = event.at;
  },
  talk_paused(state, event) {
    if (state.talkSince !== null) stopClocks(state, event.at);
  },
  topic_started(state, event) {
    readClocks(state, event.at);
    state.topics.push({ topic: event.payload.topic ?? "", ms: 0 });
  },
  dialogue_started(state, event) {
    const number = numberOf(state, event);
    if (number === null) return;
    stopClocks(state, event.at);
    const hasTake = state.takes.some((take) => take.number === number);
    const wished = event.payload.opener;
    state.phase = "dialogues";
    state.dialogue = number;
    state.takeSince = event.at;
    state.opener = wished in OTHER && !hasTake ? wished : openerOf(number, state);
  },
  dialogue_done(state, event) {
    const number = numberOf(state, event);
    if (number === null || doneOf(state).has(number)) return;
    recordTake(state, number, event.at);
    goTo(state, nextAfter(number, state), event.at);
  },
  dialogue_retaken(state, event) {
    const number = numberOf(state, event);
    const isDone = number !== null && doneOf(state).has(number);
    if (number === null || (!isDone && number !== state.dialogue)) return;
    const take = isDone
      ? state.takes.find((each) => each.number === number && each.isKept)
      : recordTake(state, number, event.at);
    take.isKept = false;
    take.retakeReason = event.payload.reason || "other";
    goTo(state, number, event.at);
  },
  break_started(state, event) {
    if (state.breakSince !== null) return;
    stopClocks(state, event.at);
    state.breakSince = event.at;
    state.takeSince = null;
    state.breakCount += 1;
  },
  break_ended(state, event) {
    if (state.breakSince === null) return;
    stopClocks(state, event.at);
    if (state.phase === "dialogues" && state.dialogue !== null) state.takeSince = event.at;
  },
  completed: close,
  abandoned: close,
};
