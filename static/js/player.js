// [data-player]: a waveform drawn from the server's peaks, a slider and buttons in front of an <audio>.
// Other scripts steer it with the events player:toggle, player:skip, player:speed and player:pause on the element.
const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5];
// Several presses in a row are one setting.
const SAVE_AFTER_MS = 400;

const twoDigits = (number) => String(number).padStart(2, "0");
const asClock = (seconds) => `${Math.floor(seconds / 60)}:${twoDigits(Math.floor(seconds % 60))}`;

class Player {
  constructor(root) {
    this.root = root;
    this.audio = root.querySelector("[data-player-audio]");
    this.slider = root.querySelector("[data-player-slider]");
    this.canvas = root.querySelector("[data-player-canvas]");
    this.seconds = Number(root.dataset.seconds);
    this.peaks = JSON.parse(root.dataset.peaks || "[]");
    // [0 for voice A or 1 for voice B, from, to] in ms: an estimate, in lanes of its own below the wave.
    this.voices = JSON.parse(root.dataset.voices || "[]");
    this.regions = [...root.querySelectorAll("[data-region-kind]")].map(({ dataset }) => ({
      kind: dataset.regionKind,
      from: Number(dataset.regionFrom) / 1000,
      to: Number(dataset.regionTo) / 1000,
    }));
    // The loudest moment fills the wave, unless all is faint: what is quiet must look quiet.
    this.fullScale = Math.max(48, ...this.peaks.map(([low, high]) => Math.max(-low, high)));
    this.audio.controls = false;
    this.audio.hidden = true;
    this.setSpeed(Number(root.dataset.speed) || 1);
    this.listen();
    // The sound first, the picture after it. A browser that lets no page start a sound by itself leaves it to the reviewer.
    if (root.dataset.playsAtOnce !== undefined) this.audio.play().catch(() => {});
    this.show();
  }

  get length() {
    return Number.isFinite(this.audio.duration) ? this.audio.duration : this.seconds;
  }

  toggle() {
    if (this.audio.paused) this.audio.play();
    else this.audio.pause();
  }

  seek(seconds) {
    this.audio.currentTime = Math.min(Math.max(0, seconds), this.length);
    this.show();
  }

  skip(seconds) {
    this.seek(this.audio.currentTime + seconds);
  }

  step(direction) {
    const at = SPEEDS.indexOf(this.audio.playbackRate);
    this.setSpeed(SPEEDS[Math.min(Math.max(0, at + direction), SPEEDS.length - 1)]);
    clearTimeout(this.saving);
    this.saving = setTimeout(() => this.saveSpeed(), SAVE_AFTER_MS);
  }

  // The speed is the person's, on every machine they sit down at.
  saveSpeed() {
    const { settingsUrl } = this.root.dataset;
    if (!settingsUrl) return;
    const body = new FormData();
    body.set("speed", this.audio.playbackRate.toFixed(2).replace(/0$/, ""));
    const token = document.querySelector("[name=csrfmiddlewaretoken]");
    if (token) body.set("csrfmiddlewaretoken", token.value);
    fetch(settingsUrl, { method: "POST", body, keepalive: true }).catch(() => {});
  }

  setSpeed(speed) {
    const known = SPEEDS.includes(speed) ? speed : 1;
    this.audio.defaultPlaybackRate = known;
    this.audio.playbackRate = known;
    this.root.querySelector("[data-player-speed]").textContent = `${known}×`;
  }

  listen() {
    const on = (selector, run) => this.root.querySelector(selector).addEventListener("click", run);
    on("[data-player-toggle]", () => this.toggle());
    on("[data-player-slower]", () => this.step(-1));
    on("[data-player-faster]", () => this.step(1));
    for (const jump of this.root.querySelectorAll("[data-player-jump]")) {
      jump.addEventListener("click", () => this.seek(Number(jump.dataset.playerJump)));
    }
    this.root.addEventListener("player:toggle", () => this.toggle());
    this.root.addEventListener("player:pause", () => this.audio.pause());
    this.root.addEventListener("player:skip", (event) => this.skip(event.detail));
    this.root.addEventListener("player:speed", (event) => this.step(event.detail));
    this.root.addEventListener("player:heard", (event) => this.showHeard(event.detail));
    for (const name of ["timeupdate", "play", "pause", "loadedmetadata", "seeked"]) {
      this.audio.addEventListener(name, () => this.show());
    }
    this.slider.addEventListener("pointerdown", (event) => this.drag(event));
    this.slider.addEventListener("keydown", (event) => this.slide(event));
    new ResizeObserver(() => this.draw()).observe(this.slider);
  }

  drag(event) {
    const seekTo = ({ clientX }) => {
      const box = this.slider.getBoundingClientRect();
      this.seek(((clientX - box.left) / box.width) * this.length);
    };
    const stop = () => this.slider.removeEventListener("pointermove", seekTo);
    this.slider.setPointerCapture(event.pointerId);
    this.slider.addEventListener("pointermove", seekTo);
    this.slider.addEventListener("pointerup", stop, { once: true });
    this.slider.addEventListener("pointercancel", stop, { once: true });
    seekTo(event);
  }

  slide(event) {
    const moves = {
      ArrowLeft: () => this.skip(-2),
      ArrowDown: () => this.skip(-2),
      ArrowRight: () => this.skip(2),
      ArrowUp: () => this.skip(2),
      PageDown: () => this.skip(-10),
      PageUp: () => this.skip(10),
      Home: () => this.seek(0),
      End: () => this.seek(this.length),
    };
    if (!moves[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    moves[event.key]();
  }

  showHeard(seconds) {
    this.heard = seconds;
    this.draw();
  }

  show() {
    const at = this.audio.currentTime;
    const words = this.root.dataset.textPosition.replace("{at}", asClock(at)).replace("{length}", asClock(this.seconds));
    this.slider.setAttribute("aria-valuenow", String(Math.floor(at)));
    this.slider.setAttribute("aria-valuetext", words);
    this.root.querySelector("[data-player-at]").textContent = asClock(at);
    for (const icon of this.root.querySelectorAll("[data-player-when]")) {
      icon.hidden = (icon.dataset.playerWhen === "playing") === this.audio.paused;
    }
    this.draw();
  }

  // Several changes in one frame are one picture.
  draw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.paint();
    });
  }

  paint() {
    const { clientWidth: width, clientHeight: height } = this.slider;
    if (!width || !height) return;
    const scale = devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(width * scale)) this.canvas.width = Math.round(width * scale);
    if (this.canvas.height !== Math.round(height * scale)) this.canvas.height = Math.round(height * scale);
    const brush = this.canvas.getContext("2d");
    brush.setTransform(scale, 0, 0, scale, 0, 0);
    brush.clearRect(0, 0, width, height);
    const style = getComputedStyle(this.root);
    const colour = (name) => style.getPropertyValue(name).trim();
    this.drawRegions(brush, { width, height, colour });
    this.drawWave(brush, { width, height, colour });
    this.drawVoices(brush, { width, height, colour });
    this.drawHeard(brush, { width, height, colour });
    const x = (this.audio.currentTime / this.length) * width;
    brush.fillStyle = colour("--accent");
    brush.fillRect(Math.min(x, width - 2), 0, 2, height);
  }

  drawRegions(brush, { width, height, colour }) {
    for (const { kind, from, to } of this.regions) {
      const left = (from / this.seconds) * width;
      const right = Math.max(left + 2, (to / this.seconds) * width);
      brush.fillStyle = colour(kind === "clipping" ? "--bad-soft" : "--warn-soft");
      brush.fillRect(left, 0, right - left, height);
      brush.fillStyle = colour(kind === "clipping" ? "--bad" : "--warn");
      brush.fillRect(left, 0, right - left, kind === "clipping" ? 6 : 2);
      // Hatched, so that it is no matter of colour alone.
      if (kind !== "clipping") continue;
      brush.fillStyle = colour("--surface");
      for (let x = left + 3; x < right; x += 5) brush.fillRect(x, 0, 2, 6);
    }
  }

  drawWave(brush, { width, height, colour }) {
    const bars = Math.max(1, Math.floor(width / 3));
    const middle = (height - 8 - this.lanes()) / 2;
    const played = (this.audio.currentTime / this.length) * width;
    const [heard, ahead] = [colour("--ink"), colour("--line-strong")];
    for (let bar = 0; bar < bars; bar += 1) {
      const first = Math.floor((bar / bars) * this.peaks.length);
      const last = Math.max(first + 1, Math.floor(((bar + 1) / bars) * this.peaks.length));
      let low = 0;
      let high = 0;
      for (const [lowest, highest] of this.peaks.slice(first, last)) {
        low = Math.min(low, lowest);
        high = Math.max(high, highest);
      }
      const x = (bar / bars) * width;
      const top = middle - (high / this.fullScale) * middle;
      brush.fillStyle = x < played ? heard : ahead;
      brush.fillRect(x, top, 2, Math.max(1, middle - (low / this.fullScale) * middle - top));
    }
  }

  // Height of the two lanes.
  lanes() {
    return this.voices.length ? 20 : 0;
  }

  // Two lanes, the upper one for A: their place says whose stretch it is.
  drawVoices(brush, { width, height, colour }) {
    if (!this.voices.length) return;
    const top = height - 6 - this.lanes();
    for (const [voice, from, to] of this.voices) {
      const left = (from / 1000 / this.seconds) * width;
      brush.fillStyle = colour(voice ? "--voice-b" : "--voice-a");
      brush.fillRect(left, top + voice * 10, Math.max(1, ((to - from) / 1000 / this.seconds) * width - 1), 7);
    }
  }

  // A thin line under the wave: what was heard so far.
  drawHeard(brush, { width, height, colour }) {
    if (!this.heard) return;
    brush.fillStyle = colour("--line");
    brush.fillRect(0, height - 4, width, 4);
    brush.fillStyle = colour("--accent");
    const second = width / this.seconds;
    for (const at of this.heard) brush.fillRect(at * second, height - 4, second + 0.5, 4);
  }
}

let players = [];
const attach = () => (players = [...document.querySelectorAll("[data-player]")].map((root) => new Player(root)));
const redraw = () => players.forEach((player) => player.draw());

new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
// A page that takes the place of another (turn.js) has a player of its own; the old one falls silent.
document.addEventListener("turn", () => players.forEach((player) => player.audio.pause()));
document.addEventListener("turned", attach);
attach();
