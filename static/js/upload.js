// form[data-upload]: sends its file with progress. Without JavaScript the form sends itself.
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_match, name) => values[name]);

function attach(form) {
  const field = form.querySelector("input[type=file]");
  const status = form.querySelector("[data-upload-status]");
  const bar = form.querySelector("[data-upload-bar]");
  const words = form.querySelector("[data-upload-words]");
  const button = form.querySelector("button:not([type=button])");
  const errors = document.querySelector("[data-upload-errors]");

  const say = (text) => {
    status.hidden = !text;
    words.textContent = text;
  };
  const rest = (isBusy) => {
    button.disabled = isBusy;
    form.toggleAttribute("aria-busy", isBusy);
  };
  const isTooLarge = () => field.files[0]?.size > Number(form.dataset.uploadMax);

  field.addEventListener("change", () => {
    field.setCustomValidity(isTooLarge() ? form.dataset.textTooLarge : "");
    field.reportValidity();
  });

  // Another page came instead of the sample's: it holds the refusal and a form with a fresh key.
  const showRefusal = (html, status) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const refusal = page.querySelector("[data-upload-errors]");
    const key = page.querySelector("[name=form_key]");
    if (key) form.querySelector("[name=form_key]").value = key.value;
    if (!refusal?.textContent.trim()) return say(status === 413 ? form.dataset.textTooLarge : form.dataset.textFailed);
    errors.replaceChildren(...refusal.childNodes);
    errors.scrollIntoView({ block: "center" });
    return say("");
  };

  const send = () => {
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.value = (loaded / total) * 100;
      say(loaded < total ? fill(form.dataset.textSending, { percent: Math.floor(bar.value) }) : form.dataset.textChecking);
    });
    request.addEventListener("load", () => {
      if (request.status === 200 && request.responseURL !== location.href) return location.assign(request.responseURL);
      rest(false);
      return showRefusal(request.responseText, request.status);
    });
    request.addEventListener("error", () => {
      rest(false);
      say(form.dataset.textFailed);
    });
    request.open("POST", form.action);
    request.send(new FormData(form));
    rest(true);
    say(fill(form.dataset.textSending, { percent: 0 }));
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    errors.replaceChildren();
    send();
  });
}

for (const form of document.querySelectorAll("form[data-upload]")) attach(form);
