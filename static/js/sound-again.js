// [data-sound-again] on an <audio>: where the object store sends the sound, the player's link opens for so many seconds only.
// A part that is asked for later is refused, and a browser tries for half a minute before it says so. So a sound that lacks
// something after that time is loaded anew from our address, and goes on where it was; where the answer is an error, too.
// Media events do not bubble, but pass the document on their way down: players that come later are heard too.
const NOT_WITHIN_MS = 5000;
const triedAt = new WeakMap();
const loadedAt = new WeakMap();
const playing = new WeakSet();

const listen = (name, run) => {
  const pick = ({ target }) => target instanceof HTMLAudioElement && "soundAgain" in target.dataset && run(target);
  document.addEventListener(name, pick, { capture: true });
};

const load = (audio) => {
  if (performance.now() - (triedAt.get(audio) ?? -Infinity) < NOT_WITHIN_MS) return;
  triedAt.set(audio, performance.now());
  const { currentTime, playbackRate } = audio;
  const isPlaying = playing.has(audio) || !audio.paused;
  const goOn = () => {
    audio.currentTime = currentTime;
    audio.playbackRate = playbackRate;
  };
  audio.addEventListener("loadedmetadata", goOn, { once: true });
  audio.load();
  if (isPlaying) audio.play().catch(() => {});
};

const has = ({ buffered, currentTime }) =>
  [...Array(buffered.length).keys()].some((part) => buffered.start(part) <= currentTime && currentTime < buffered.end(part));

const loadWhenOver = (audio) => {
  const lastsMs = Number(audio.dataset.soundAgain) * 1000;
  if (lastsMs && performance.now() - (loadedAt.get(audio) ?? Infinity) > lastsMs && !has(audio)) load(audio);
};

listen("play", (audio) => playing.add(audio));
listen("pause", (audio) => playing.delete(audio));
listen("loadstart", (audio) => loadedAt.set(audio, performance.now()));
listen("seeking", loadWhenOver);
listen("waiting", loadWhenOver);
listen("error", load);
