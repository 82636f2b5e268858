// form[data-upload]: sends its file with a progress bar, then shows the page again. Without JavaScript the form is sent as it is.
for (const form of document.querySelectorAll("form[data-upload]")) {
  const bar = form.querySelector("[data-upload-bar]");
  const words = form.querySelector("[data-upload-words]");
  const button = form.querySelector("button");

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const request = new XMLHttpRequest();
    button.disabled = true;
    bar.hidden = false;
    words.textContent = "";
    request.upload.addEventListener("progress", (progress) => {
      if (progress.lengthComputable) bar.value = Math.floor((100 * progress.loaded) / progress.total);
    });
    request.addEventListener("loadend", () => {
      if (request.status === 201) {
        location.reload();
        return;
      }
      button.disabled = false;
      bar.hidden = true;
      words.textContent = problemsOf(request) ?? form.dataset.uploadFailed;
    });
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.send(new FormData(form));
  });
}

function problemsOf(request) {
  try {
    return JSON.parse(request.responseText).problems.join(" ");
  } catch {
    return null;
  }
}
