// form[data-confirm="question"]: asks in the page's one dialog before it is sent.
// A button may carry its own data-confirm. Without JavaScript the form is sent at once; the server checks everything.
const dialog = document.querySelector("[data-confirm-dialog]");
let asked = null;

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    const source = event.submitter?.dataset.confirm ? event.submitter : form;
    if (!dialog || !source.dataset.confirm || form === asked) return;
    event.preventDefault();
    event.stopPropagation();
    dialog.querySelector("[data-confirm-text]").textContent = source.dataset.confirm;
    dialog.querySelector("[data-confirm-yes]").textContent = source.dataset.confirmYes || event.submitter?.textContent.trim();
    dialog.returnValue = "";
    dialog.onclose = () => {
      if (dialog.returnValue !== "yes") return;
      asked = form;
      form.requestSubmit(event.submitter);
      asked = null;
    };
    dialog.showModal();
  },
  true,
);
