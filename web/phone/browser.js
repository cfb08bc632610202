// @ts-check
// What this browser is and can.

import { t } from "./words.js";

/** What this phone is called in the list of devices until the person says otherwise. */
export function deviceName() {
  const [kind] = navigator.userAgent.match(/iPhone|iPad|Android|Windows|Macintosh/) ?? [t("device.other")];
  return kind;
}

/** Whether this browser makes passkeys at this address: it has to be a name, not numbers. */
export const passkeysHere = () => "PublicKeyCredential" in globalThis && !/^[\d.]+$|:/.test(location.hostname);
