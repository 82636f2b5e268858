// [data-sound-again] on an <audio>: where the object store sends the sound, the player's link opens for a minute only.
// A part that is asked for later is refused; then the sound is loaded anew from our address, and goes on where it was.
// Media events do not bubble, but pass the document on their way down: players that come later are heard too.
const NOT_WITHIN_MS = 5000;
const triedAt = new WeakMap();
const playing = new WeakSet();

const listen = (name, run) => {
  const pick = ({ target }) => target instanceof HTMLAudioElement && "soundAgain" in target.dataset && run(target);
  document.addEventListener(name, pick, { capture: true });
};

const load = (audio) => {
  if (performance.now() - (triedAt.get(audio) ?? -Infinity) < NOT_WITHIN_MS) return;
  triedAt.set(audio, performance.now());
  const { currentTime, playbackRate } = audio;
  const isPlaying = playing.has(audio);
  const goOn = () => {
    audio.currentTime = currentTime;
    audio.playbackRate = playbackRate;
  };
  audio.addEventListener("loadedmetadata", goOn, { once: true });
  audio.load();
  if (isPlaying) audio.play().catch(() => {});
};

listen("play", (audio) => playing.add(audio));
listen("pause", (audio) => playing.delete(audio));
listen("error", load);
