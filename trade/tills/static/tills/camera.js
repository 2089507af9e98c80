// What the camera reads, on the till and on the pages of tasks.
const FRAME_MS = 200;
const AWAY_MS = 2000;  // a code that stays in view counts once: it counts again after it was out of view for this time
const READER = new URL("zxing-wasm-3.1.4/", import.meta.url);
const OPTIONS = {
  formats: ["EAN13", "EAN8", "UPCA", "UPCE", "Code128", "QRCode", "DataMatrix"], maxNumberOfSymbols: 1, textMode: "Plain",
};
let reader;

export class NoReader extends Error {}

export const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia) && ("BarcodeDetector" in window || "WebAssembly" in window);

// Show what the camera sees in the dialog, and call `scanned` with each code, until the dialog is closed.
export async function openCamera(dialog, scanned) {
  const video = dialog.querySelector("video");
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
  const stop = () => stream.getTracks().forEach((track) => track.stop());
  dialog.addEventListener("close", stop, { once: true });
  dialog.showModal();
  video.srcObject = stream;
  try {
    await video.play();
    await readCodes(video, await findDetector(), dialog, scanned);
  } catch (error) {
    dialog.close();
    throw error;
  }
}

async function readCodes(video, detector, dialog, scanned) {
  let last = { text: "", at: 0 };
  while (dialog.open) {
    const began = Date.now(), [code] = await detector.detect(video).catch(() => []);
    if (code && dialog.open) {
      const isNew = code.rawValue !== last.text || began - last.at > AWAY_MS;
      last = { text: code.rawValue, at: Date.now() };
      if (isNew) scanned(code.rawValue);
    }
    await new Promise((resolve) => setTimeout(resolve, FRAME_MS));
  }
}

// Return the browser's own detector, or one that is loaded: iPhones have none, and some browsers have one that reads nothing.
async function findDetector() {
  const formats = await window.BarcodeDetector?.getSupportedFormats().catch(() => []);
  if (formats?.includes("ean_13")) return new BarcodeDetector();
  reader ??= await loadReader().catch((cause) => { throw new NoReader("The reader can't be loaded.", { cause }); });
  return reader;
}

// Load the reader, and return it as an object like a BarcodeDetector.
async function loadReader() {
  await new Promise((onload, onerror) => {
    document.head.append(Object.assign(document.createElement("script"), { src: new URL("reader.js", READER), onload, onerror }));
  });
  const { prepareZXingModule, readBarcodes } = window.ZXingWASM;
  const locateFile = (name) => new URL(name, READER).href;
  await prepareZXingModule({ overrides: { locateFile }, fireImmediately: true });
  const canvas = document.createElement("canvas"), context = canvas.getContext("2d", { willReadFrequently: true });
  return {
    async detect(video) {
      Object.assign(canvas, { width: video.videoWidth, height: video.videoHeight });
      context.drawImage(video, 0, 0);
      const found = await readBarcodes(context.getImageData(0, 0, canvas.width, canvas.height), OPTIONS);
      return found.map(({ text }) => ({ rawValue: text }));
    },
  };
}
