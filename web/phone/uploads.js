// @ts-check
// One picture to the server: a small one in one request, another one in pieces (tus 1.0) that go on where they ended.

import { ask, NotNow, Refused } from "./api.js";
import { base64 } from "./ids.js";
import * as store from "./store.js";

const PIECE = 128 * 1024; // what is lost at most when the train enters a tunnel
const TUS = { "Tus-Resumable": "1.0.0" };

/** @param {import("./photos.js").Photo} photo */
export async function sendPhoto(photo) {
  if (photo.sent) return;
  if (photo.data.byteLength <= PIECE) await whole(photo);
  else await inPieces(photo);
  await note(photo.id, { sent: true });
}

/** @param {string} id @param {object} what */
const note = (id, what) => store.write((change) => change.edit("photos", id, (photo) => ({ ...photo, ...what })));

/** @param {import("./photos.js").Photo} photo */
async function whole(photo) {
  const form = new FormData();
  form.set("id", photo.id);
  if (photo.sha256) form.set("sha256", photo.sha256);
  form.set("file", new Blob([photo.data], { type: "image/jpeg" }), "photo.jpg");
  await ask("POST", "/attachments", { body: form, of: photo.member_id });
}

/** @param {import("./photos.js").Photo} photo */
async function inPieces(photo) {
  let where = photo.upload;
  const of = photo.member_id;
  try {
    let offset = 0;
    if (where) offset = offsetOf(await ask("HEAD", where, { headers: TUS, of }));
    else {
      where = await created(photo);
      await note(photo.id, { upload: where });
    }
    while (offset < photo.data.byteLength) {
      const piece = new Uint8Array(photo.data.slice(offset, offset + PIECE));
      const headers = { ...TUS, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream", ...(await checksum(piece)) };
      offset = offsetOf(await ask("PATCH", where, { body: piece, headers, of }));
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    await refused(error, photo, where);
  }
}

/** @param {Refused} error @param {import("./photos.js").Photo} photo @param {string | null} where */
async function refused(error, photo, where) {
  const status = error.problem.status;
  if ([415, 422].includes(status)) { // its id becomes free for another picture in its place
    await drop(`/uploads/${photo.id}`, photo.member_id);
  }
  if (!where || ![404, 409, 410, 460].includes(status)) throw error;
  if ([404, 410].includes(status)) await note(photo.id, { upload: null }); // it has expired: begin anew
  // 409: a piece went twice, 460: it was spoilt on its way. In both cases ask again how much is there.
  throw new NotNow(`the upload was interrupted (${status})`, { answered: true });
}

/** @param {import("./photos.js").Photo} photo @returns {Promise<string>} where the pieces go */
async function created(photo) {
  const said = { id: photo.id, filename: "photo.jpg", ...(photo.sha256 ? { sha256: photo.sha256 } : {}) };
  const metadata = Object.entries(said).map(([name, value]) => `${name} ${base64(value)}`).join(",");
  const answer = await ask("POST", "/uploads", { headers: { ...TUS, "Upload-Length": String(photo.data.byteLength), "Upload-Metadata": metadata }, of: photo.member_id });
  const where = answer.headers.get("Location");
  if (!where) throw new NotNow("no place for the upload", { answered: true });
  return new URL(where, location.href).pathname;
}

/** @param {import("./api.js").Answer} answer */
const offsetOf = (answer) => Number(answer.headers.get("Upload-Offset"));

/** @param {Uint8Array<ArrayBuffer>} piece @returns {Promise<Record<string, string>>} */
async function checksum(piece) {
  if (!crypto.subtle) return {};
  return { "Upload-Checksum": `sha256 ${base64(new Uint8Array(await crypto.subtle.digest("SHA-256", piece)))}` };
}

/** It is gone there, or was never. @param {string} path @param {string} of */
export const drop = (path, of) => ask("DELETE", path, { headers: TUS, of }).catch((error) => { if (!(error instanceof Refused)) throw error; });
