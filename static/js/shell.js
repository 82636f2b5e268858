// details[data-shell]: how to leave an app that does not let pages record. Opens by itself, before anything is
// touched, where nothing can be recorded and inside the apps that are known for it.
const SHELLS = /MicroMessenger|QQ\/|Weibo|AlipayClient|DingTalk|FBAN|FBAV|Instagram|Line\//;
const canRecord = navigator.mediaDevices?.getUserMedia && window.MediaRecorder;

for (const help of document.querySelectorAll("details[data-shell]")) {
  help.open = !canRecord || SHELLS.test(navigator.userAgent);
}
