// What the camera reads, on the till and on the pages of tasks.
const FRAME_MS = 200;
const REPEAT_MS = 2000;  // the camera sees a code many times

export const hasCamera = () => "BarcodeDetector" in window && Boolean(navigator.mediaDevices?.getUserMedia);

// Show what the camera sees in the dialog, and call `scanned` with each code, until the dialog is closed.
export async function openCamera(dialog, scanned) {
  const video = dialog.querySelector("video");
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const stop = () => stream.getTracks().forEach((track) => track.stop());
  dialog.addEventListener("close", stop, { once: true });
  dialog.showModal();
  video.srcObject = stream;
  await video.play();
  const detector = new BarcodeDetector();
  let last = { text: "", at: 0 };
  while (dialog.open) {
    const [code] = await detector.detect(video).catch(() => []);
    if (code && (code.rawValue !== last.text || Date.now() - last.at > REPEAT_MS)) {
      last = { text: code.rawValue, at: Date.now() };
      scanned(code.rawValue);
    }
    await new Promise((resolve) => setTimeout(resolve, FRAME_MS));
  }
}
