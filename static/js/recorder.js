// [data-recorder]: records in the page, shows level and length, plays back, and gives the recording to the form.
// Every second of it is kept in the browser as it comes (form.kept, see upload.js): a tab that dies loses nothing.
const TYPES = ["audio/mp4;codecs=mp4a.40.2", "audio/webm;codecs=opus"];
const SOUND = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
// Some shells never answer the request for the microphone.
const PATIENCE_MS = 8000;
const CHUNK_MS = 1000;

const asClock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

class Recorder {
  constructor(root) {
    this.root = root;
    this.form = root.closest("form");
    this.field = this.form.querySelector("input[type=file]");
    for (const part of ["start", "stop", "time", "level", "length", "words", "playback"]) {
      this[part] = root.querySelector(`[data-recorder-${part}]`);
    }
    this.least = Number(root.dataset.recorderLeast);
    this.most = Number(root.dataset.recorderMost);
    this.start.addEventListener("click", () => this.begin());
    this.stop.addEventListener("click", () => this.recording.stop());
    this.form.addEventListener("restored", ({ detail }) => this.restore(detail));
    this.form.addEventListener("chosen", () => this.clear());
    this.form.addEventListener("discarded", () => this.clear());
    root.hidden = false;
  }

  say(name, values = {}) {
    this.words.textContent = (this.root.dataset[`text${name}`] || "").replace("{least}", values.least);
  }

  async begin() {
    this.start.disabled = true;
    this.say("Waiting");
    const late = setTimeout(() => this.say("Slow"), PATIENCE_MS);
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: SOUND });
      this.record();
    } catch {
      this.say("Denied");
    } finally {
      clearTimeout(late);
      this.start.disabled = false;
    }
  }

  record() {
    const type = TYPES.find((candidate) => MediaRecorder.isTypeSupported(candidate));
    this.recording = new MediaRecorder(this.stream, type ? { mimeType: type } : undefined);
    this.chunks = [];
    this.recording.addEventListener("dataavailable", ({ data }) => this.keep(data));
    this.recording.addEventListener("stop", () => this.finish());
    this.clear();
    this.form.dispatchEvent(new CustomEvent("recording"));
    this.form.kept?.begin({ kind: "recording", state: "recording", type: this.type });
    this.recording.start(CHUNK_MS);
    this.beganAt = performance.now();
    this.showRecording(true);
    this.watchLevel();
    this.tick();
  }

  get type() {
    return (this.recording.mimeType || "audio/webm").split(";")[0];
  }

  get seconds() {
    return (performance.now() - this.beganAt) / 1000;
  }

  keep(data) {
    if (!data.size) return;
    this.chunks.push(data);
    this.form.kept?.add(data, this.seconds);
  }

  watchLevel() {
    this.context = new AudioContext();
    this.analyser = this.context.createAnalyser();
    this.context.createMediaStreamSource(this.stream).connect(this.analyser);
    this.samples = new Float32Array(this.analyser.fftSize);
  }

  tick() {
    if (this.recording.state !== "recording") return;
    const { seconds } = this;
    this.analyser.getFloatTimeDomainData(this.samples);
    const power = this.samples.reduce((sum, sample) => sum + sample * sample, 0) / this.samples.length;
    // −60 dBFS is the left end of the meter, full scale the right.
    this.level.value = Math.max(0, 1 + (10 * Math.log10(power + 1e-9)) / 60);
    this.length.value = Math.min(seconds, this.most);
    this.time.textContent = asClock(seconds);
    this.say(seconds < this.least ? "Short" : "Good", { least: asClock(this.least) });
    if (seconds >= this.most) this.recording.stop();
    else requestAnimationFrame(() => this.tick());
  }

  finish() {
    for (const track of this.stream.getTracks()) track.stop();
    this.context.close();
    this.level.value = 0;
    this.showRecording(false);
    const suffix = this.type === "audio/mp4" ? "m4a" : "webm";
    const file = new File(this.chunks, `recording.${suffix}`, { type: this.type });
    const transfer = new DataTransfer();
    transfer.items.add(file);
    this.field.files = transfer.files;
    this.field.setCustomValidity("");
    this.form.kept?.mark({ state: "kept" });
    this.show(file, this.seconds);
    this.say("Done");
    this.form.dispatchEvent(new CustomEvent("recorded", { detail: file }));
  }

  restore({ blob, seconds, words }) {
    this.show(blob, seconds);
    this.words.textContent = words;
  }

  show(blob, seconds) {
    this.clear();
    this.playback.src = URL.createObjectURL(blob);
    this.showPlayback(true);
    this.length.value = Math.min(seconds, this.most);
    this.time.textContent = asClock(seconds);
  }

  clear() {
    if (this.playback.src) URL.revokeObjectURL(this.playback.src);
    this.playback.removeAttribute("src");
    this.showPlayback(false);
    this.length.value = 0;
    this.time.textContent = asClock(0);
    this.words.textContent = this.root.dataset.textReady;
  }

  // The level of what is being said and the sound of what was said take turns.
  showPlayback(isThere) {
    this.playback.classList.toggle("is-absent", !isThere);
    this.level.classList.toggle("is-absent", isThere);
  }

  showRecording(isRecording) {
    this.start.hidden = isRecording;
    this.stop.hidden = !isRecording;
    this.root.classList.toggle("recorder-on", isRecording);
  }
}

const canRecord = navigator.mediaDevices?.getUserMedia && window.MediaRecorder && window.DataTransfer;
if (canRecord) {
  for (const root of document.querySelectorAll("[data-recorder]")) new Recorder(root);
}
