// form[data-upload]: sends its file in pieces by tus, goes on after a cut and after the page was left, then sends the form.
// Without JavaScript the form sends the file itself.
import { Kept } from "./kept.js";

const PIECE_BYTES = 512 * 1024;
const RETRY_MS = [0, 1000, 3000, 5000, 10000];
// After those, the connection is tried again and again: at once when the browser is online, else after so long.
const PATIENCE_MS = 10000;

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_match, name) => values[name]);
const asClock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
// What the server says in the person's own language; a whole page that came instead says nothing here.
const wordsOf = (response) => (response.getHeader("Content-Type")?.startsWith("text/plain") ? response.getBody() : "");

class Sender {
  constructor(form) {
    this.form = form;
    this.texts = form.dataset;
    this.field = form.querySelector("input[type=file]");
    this.named = form.querySelector("[name=upload]");
    this.bar = form.querySelector("[data-upload-bar]");
    this.words = form.querySelector("[data-upload-words]");
    this.promise = form.querySelector("[data-upload-promise]");
    this.button = form.querySelector("[data-upload-send]");
    this.discardButton = form.querySelector("[data-upload-discard]");
    this.errors = document.querySelector("[data-upload-errors]");
    this.kept = new Kept(form.dataset.uploadOwner);
    this.item = null;
    this.field.required = false; // a recording, or what was kept, does as well; the words for nothing are ours
    form.kept = this.kept;
    form.addEventListener("submit", (event) => this.submit(event));
    form.addEventListener("recording", () => {
      this.lock(true);
      this.say("");
    });
    form.addEventListener("recorded", ({ detail }) => this.take({ blob: detail, url: "", kind: "recording" }));
    this.field.addEventListener("change", () => this.choose());
    this.discardButton.addEventListener("click", () => this.discard());
    window.addEventListener("online", () => this.wake?.());
    this.restore();
  }

  // What happens afterwards makes room for what happens now, and the bar is there while something is being sent.
  say(text) {
    this.words.textContent = text;
    this.promise.classList.toggle("is-absent", Boolean(text));
    this.bar.classList.toggle("is-absent", !this.form.hasAttribute("aria-busy"));
  }

  lock(isBusy) {
    this.button.disabled = isBusy;
  }

  showItem() {
    this.discardButton.classList.toggle("is-absent", !this.item);
  }

  take(item) {
    this.item = item;
    this.lock(false);
    this.bar.value = 0;
    this.say("");
    this.showItem();
  }

  isTooLarge() {
    return this.field.files[0]?.size > Number(this.texts.uploadMax);
  }

  choose() {
    this.field.setCustomValidity(this.isTooLarge() ? this.texts.textTooLarge : "");
    this.field.reportValidity();
    const [file] = this.field.files;
    if (!file || this.isTooLarge()) return;
    this.form.dispatchEvent(new CustomEvent("chosen"));
    this.take({ blob: file, url: "", kind: "file" });
    this.kept.putFile(file);
  }

  // What was left here: half sent goes on by itself, anything else is offered.
  async restore() {
    const item = await this.kept.load();
    if (!item || this.item) return;
    this.take(item);
    if (item.kind === "recording") {
      const words = fill(this.texts.textKeptRecording, { length: asClock(item.seconds) });
      this.form.dispatchEvent(new CustomEvent("restored", { detail: { ...item, words } }));
    } else {
      this.say(this.texts.textKeptFile);
    }
    if (item.state === "sending" && item.isFresh) {
      this.send();
      this.say(this.texts.textGoingOn);
    }
  }

  submit(event) {
    if (!window.tus || (!this.item && this.field.files.length)) return;
    event.preventDefault();
    this.errors.replaceChildren();
    if (this.item) this.send();
    else this.say(this.texts.textNothing);
  }

  // One window sends; another waits for it and then looks what is left to do.
  async send() {
    this.lock(true);
    this.form.setAttribute("aria-busy", "true");
    await this.kept.mark({ state: "sending" });
    if (!navigator.locks) return this.begin();
    return navigator.locks.request("duologue-sending", { ifAvailable: true }, async (lock) => {
      if (lock) return this.begin();
      this.say(this.texts.textOtherWindow);
      navigator.locks.request("duologue-sending", async () => {
        if (!(await this.kept.load())) return location.reload();
        return this.begin();
      });
      return null;
    });
  }

  // Resolves when nothing is being sent any more, so that the lock is held as long as that.
  begin() {
    return new Promise((resolve) => {
      this.rest = () => {
        this.lock(false);
        this.form.removeAttribute("aria-busy");
        resolve();
      };
      this.upload = new window.tus.Upload(this.item.blob, {
        endpoint: this.texts.uploadEndpoint,
        uploadUrl: this.item.url || null,
        headers: { "X-CSRFToken": this.form.querySelector("[name=csrfmiddlewaretoken]").value },
        metadata: { project: this.texts.uploadProject },
        chunkSize: PIECE_BYTES,
        retryDelays: RETRY_MS,
        storeFingerprintForResuming: false,
        onUploadUrlAvailable: () => this.remember(this.upload.url),
        onShouldRetry: (error) => this.isPassing(error),
        onProgress: (sent, total) => this.showProgress(sent, total),
        onSuccess: () => this.finish(),
        onError: (error) => this.stumble(error),
      });
      this.upload.start();
    });
  }

  remember(url) {
    this.item.url = url;
    this.kept.mark({ url });
  }

  showProgress(sent, total) {
    this.bar.value = (sent / total) * 100;
    this.say(fill(this.texts.textSending, { percent: Math.floor(this.bar.value) }));
  }

  // No connection, a server that has no room, another writer: all of these pass. A refusal does not.
  isPassing({ originalResponse }) {
    const status = originalResponse ? originalResponse.getStatus() : 0;
    if (status >= 400 && status < 500 && status !== 409) return false;
    if (status !== 409) this.say((status === 507 && wordsOf(originalResponse)) || this.texts.textWaiting);
    return true;
  }

  // After the last try in a row: a refusal is said, everything else waits and goes on by itself.
  stumble(error) {
    if (this.isPassing(error)) return this.waitThen(() => this.upload.start());
    this.rest();
    this.kept.mark({ state: "kept" });
    return this.say(wordsOf(error.originalResponse) || this.texts.textFailed);
  }

  waitThen(work) {
    this.say(this.texts.textWaiting);
    const timer = setTimeout(() => this.wake?.(), PATIENCE_MS);
    this.wake = () => {
      clearTimeout(timer);
      this.wake = null;
      work();
    };
  }

  // Every byte has arrived: the form says which upload it means, and the answer is the sample's page.
  async finish() {
    this.bar.value = 100;
    this.say(this.texts.textChecking);
    this.named.value = new URL(this.upload.url, location.href).pathname.split("/").slice(-2)[0];
    const content = new FormData(this.form);
    content.delete(this.field.name);
    let answer;
    try {
      answer = await fetch(this.form.action, { method: "POST", body: content });
    } catch {
      return this.waitThen(() => this.finish());
    }
    const html = await answer.text().catch(() => "");
    if (answer.ok && answer.redirected) {
      await this.kept.forget();
      return location.assign(answer.url);
    }
    return this.showRefusal(html, answer.status);
  }

  // Another page came instead of the sample's: it holds the refusal and a form with a fresh key.
  showRefusal(html, status) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const refusal = page.querySelector("[data-upload-errors]");
    const key = page.querySelector("[name=form_key]");
    if (key) this.form.querySelector("[name=form_key]").value = key.value;
    this.named.value = "";
    this.rest();
    this.kept.mark({ state: "kept", url: status === 410 ? "" : this.item.url });
    if (status === 410) this.item.url = "";
    if (!refusal?.textContent.trim()) return this.say(this.texts.textFailed);
    this.errors.replaceChildren(...refusal.childNodes);
    this.errors.scrollIntoView({ block: "center" });
    return this.say("");
  }

  async discard() {
    this.wake = null;
    const { upload, item } = this;
    if (upload) await upload.abort(Boolean(item?.url)).catch(() => {});
    this.rest?.();
    this.upload = null;
    await this.kept.forget();
    this.field.value = "";
    this.take(null);
    this.form.dispatchEvent(new CustomEvent("discarded"));
    this.say(this.texts.textDiscarded);
  }
}

for (const form of document.querySelectorAll("form[data-upload]")) new Sender(form);
