// What somebody recorded or chose and has not sent yet, kept in the browser (IndexedDB) until it has arrived.
// It is bound to one person by an opaque token: whoever else comes to this browser never sees it.
const NAME = "duologue-kept";
const FRESH_MS = 24 * 3600 * 1000;

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const finished = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });

function open() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("items", { keyPath: "owner" });
    request.result.createObjectStore("chunks", { autoIncrement: true }).createIndex("owner", "owner");
  };
  return done(request);
}

// Removes everything, whosever it is. Another window of this site lets go of the database when it is asked to.
export function forgetAll() {
  if (!window.indexedDB) return Promise.resolve();
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(NAME);
    request.onsuccess = request.onerror = request.onblocked = () => resolve();
  });
}

// One item a person: { kind: "recording" | "file", state: "recording" | "kept" | "sending", type, seconds, url, at }.
// Where the browser keeps nothing (private windows), all of it goes on without being kept.
export class Kept {
  constructor(owner) {
    this.owner = owner;
    this.ready = this.connect().catch(() => null);
    this.queue = this.ready;
  }

  async connect() {
    const database = await open();
    database.onversionchange = () => database.close();
    const transaction = database.transaction(["items", "chunks"], "readwrite");
    for (const [store, owners] of [
      ["items", await done(transaction.objectStore("items").getAll())],
      ["chunks", await done(transaction.objectStore("chunks").getAll())],
    ]) {
      if (owners.some(({ owner }) => owner !== this.owner)) transaction.objectStore(store).clear();
    }
    await finished(transaction);
    return database;
  }

  // One after the other, and a failure stops nothing: what is kept is a belt, not the upload.
  run(work) {
    this.queue = this.queue.then(async () => {
      const database = await this.ready;
      if (!database) return null;
      try {
        const transaction = database.transaction(["items", "chunks"], "readwrite");
        const result = await work(transaction.objectStore("items"), transaction.objectStore("chunks"));
        await finished(transaction);
        return result;
      } catch {
        return null;
      }
    });
    return this.queue;
  }

  begin(item) {
    return this.run(async (items, chunks) => {
      await this.removeChunks(chunks);
      items.put({ state: "kept", url: "", seconds: 0, ...item, owner: this.owner, at: Date.now() });
    });
  }

  add(blob, seconds) {
    return this.run(async (items, chunks) => {
      const item = await done(items.get(this.owner));
      if (!item) return;
      chunks.add({ owner: this.owner, blob });
      items.put({ ...item, seconds, at: Date.now() });
    });
  }

  mark(change) {
    return this.run(async (items) => {
      const item = await done(items.get(this.owner));
      if (item) items.put({ ...item, ...change, at: Date.now() });
    });
  }

  async putFile(file) {
    await this.begin({ kind: "file", type: file.type });
    await this.add(file, 0);
  }

  // Returns the item with its bytes as `blob`, or null.
  load() {
    return this.run(async (items, chunks) => {
      const item = await done(items.get(this.owner));
      if (!item) return null;
      const parts = await done(chunks.index("owner").getAll(this.owner));
      const blob = new Blob(parts.map((part) => part.blob), { type: item.type });
      if (!blob.size) return null;
      return { ...item, blob, isFresh: Date.now() - item.at < FRESH_MS };
    });
  }

  forget() {
    return this.run(async (items, chunks) => {
      await this.removeChunks(chunks);
      items.delete(this.owner);
    });
  }

  async removeChunks(chunks) {
    for (const key of await done(chunks.index("owner").getAllKeys(this.owner))) chunks.delete(key);
  }
}
