// [data-countdown="ISO instant"]: the time left, by the server's clock (data-server-now on <html>), not the phone's.
// At zero the words of data-countdown-over appear and the event "countdown-over" bubbles up.
const clockOffset = Date.parse(document.documentElement.dataset.serverNow) - Date.now() || 0;

const twoDigits = (number) => String(number).padStart(2, "0");

function wordsFor(seconds) {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = twoDigits(seconds % 60);
  return hours > 0 ? `${hours}:${twoDigits(minutes)}:${rest}` : `${minutes}:${rest}`;
}

function tick() {
  const now = Date.now() + clockOffset;
  for (const element of document.querySelectorAll("[data-countdown]:not([data-countdown-ended])")) {
    const seconds = Math.ceil((Date.parse(element.dataset.countdown) - now) / 1000);
    element.toggleAttribute("data-late", seconds <= 60);
    if (seconds > 0) {
      element.textContent = wordsFor(seconds);
    } else {
      element.dataset.countdownEnded = "";
      element.textContent = element.dataset.countdownOver || "0:00";
      element.dispatchEvent(new CustomEvent("countdown-over", { bubbles: true }));
    }
  }
}

tick();
setInterval(tick, 500);
