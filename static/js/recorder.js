// [data-recorder]: records in the page, shows level and length, plays back, and puts the recording into the form's file field.
const TYPES = ["audio/mp4;codecs=mp4a.40.2", "audio/webm;codecs=opus"];
const SOUND = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
// Some shells never answer the request for the microphone.
const PATIENCE_MS = 8000;
const CHUNK_MS = 1000;

const asClock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

class Recorder {
  constructor(root) {
    this.root = root;
    this.field = root.closest("form").querySelector("input[type=file]");
    for (const part of ["start", "stop", "time", "level", "length", "words", "playback"]) {
      this[part] = root.querySelector(`[data-recorder-${part}]`);
    }
    this.least = Number(root.dataset.recorderLeast);
    this.most = Number(root.dataset.recorderMost);
    this.start.addEventListener("click", () => this.begin());
    this.stop.addEventListener("click", () => this.recording.stop());
    root.hidden = false;
  }

  say(name, values = {}) {
    this.words.textContent = (this.root.dataset[`text${name}`] || "").replace("{least}", values.least);
  }

  async begin() {
    this.start.disabled = true;
    this.playback.hidden = true;
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
    this.recording.addEventListener("dataavailable", ({ data }) => data.size && this.chunks.push(data));
    this.recording.addEventListener("stop", () => this.finish());
    this.recording.start(CHUNK_MS);
    this.beganAt = performance.now();
    this.showRecording(true);
    this.watchLevel();
    this.tick();
  }

  watchLevel() {
    this.context = new AudioContext();
    this.analyser = this.context.createAnalyser();
    this.context.createMediaStreamSource(this.stream).connect(this.analyser);
    this.samples = new Float32Array(this.analyser.fftSize);
  }

  tick() {
    if (this.recording.state !== "recording") return;
    const seconds = (performance.now() - this.beganAt) / 1000;
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
    const type = this.recording.mimeType || "audio/webm";
    const suffix = type.startsWith("audio/mp4") ? "m4a" : "webm";
    const file = new File(this.chunks, `recording.${suffix}`, { type: type.split(";")[0] });
    const transfer = new DataTransfer();
    transfer.items.add(file);
    this.field.files = transfer.files;
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
    this.playback.src = URL.createObjectURL(file);
    this.playback.hidden = false;
    this.say("Done");
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
