// @ts-check
// Pictures: drawn anew and smaller before they are kept. What the camera wrote into the file (position, time, device)
// does not come along.

import { newId, sha256 } from "./ids.js";
import * as store from "./store.js";

export const MOST = 10;
export const LARGEST = 350_000; // bytes
const LONGER_SIDE = 1600;
const QUALITIES = [0.8, 0.65, 0.5, 0.4];

/** The file is no picture that this browser can read. */
export class Unreadable extends Error {}

/** @typedef {{id: string, report_id: string, member_id: string, data: ArrayBuffer, sha256: string, sent: boolean, upload: string | null, refused?: string}} Photo */

/** A file, made small and kept for a draft; in the place of another one by its id. @param {File} file @param {string} reportId @param {string} memberId @param {string} [id] @returns {Promise<Photo>} */
export async function add(file, reportId, memberId, id = newId()) {
  const data = await (await small(file)).arrayBuffer();
  const photo = { id, report_id: reportId, member_id: memberId, data, sha256: await sha256(data), sent: false, upload: null };
  await store.write((change) => change.put("photos", photo.id, photo));
  return photo;
}

/** A JPEG of at most `LARGEST` bytes. @param {Blob} file @returns {Promise<Blob>} */
async function small(file) {
  // An <img> turns the picture as the camera was held, in every browser, and Safari's engine makes it smaller in an eighth of
  // the time and with less memory than it takes for an ImageBitmap.
  const picture = new Image();
  picture.src = URL.createObjectURL(file);
  try {
    await picture.decode().catch(() => { throw new Unreadable(); });
    for (let side = LONGER_SIDE; ; side *= 0.75) {
      const canvas = drawn(picture, Math.min(1, side / Math.max(picture.width, picture.height)));
      for (const quality of QUALITIES) {
        const made = await jpeg(canvas, quality);
        if (made.size <= LARGEST) return made;
      }
    }
  } finally {
    URL.revokeObjectURL(picture.src);
  }
}

/** @param {HTMLImageElement} picture @param {number} scale */
function drawn(picture, scale) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const pen = canvas.getContext("2d");
  if (!pen) throw new Unreadable();
  pen.fillStyle = "#fff"; // what can be seen through stands on white
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** @param {HTMLCanvasElement} canvas @param {number} quality @returns {Promise<Blob>} */
function jpeg(canvas, quality) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((made) => (made ? resolve(made) : reject(new Unreadable())), "image/jpeg", quality);
  });
}

/** The pictures of a report, in their order. @param {string[]} ids @returns {Promise<Photo[]>} */
export async function byIds(ids) {
  const found = await Promise.all(ids.map((id) => store.read("photos", id)));
  return found.filter(Boolean);
}
