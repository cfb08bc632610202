// @ts-check
// Making elements. Text only ever becomes text: nothing here reads markup.

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * An element with properties (`class`, `onclick`, attributes; `true` sets one without value) and children.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [props]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") /** @type {any} */ (made)[name] = value;
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...kids(children));
  return made;
}

/** @param {any[]} children @returns {(Node | string)[]} */
function kids(children) {
  return children.flat(9).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

const SVG = "http://www.w3.org/2000/svg";

/** A drawing of strokes on 24 × 24, for the eye only. @param {keyof typeof DRAWINGS} name */
export function icon(name) {
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("viewBox", "0 0 24 24");
  made.setAttribute("aria-hidden", "true");
  made.setAttribute("class", "icon");
  for (const line of DRAWINGS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", line);
    made.append(path);
  }
  return made;
}

const DRAWINGS = {
  home: ["M3 11 12 4l9 7", "M6 10v10h12V10"],
  calendar: ["M4 6h16v14H4z", "M4 10h16", "M8 3v4", "M16 3v4"],
  send: ["M12 19V5", "m6 11 6-6 6 6"],
  gear: ["M4 7h10", "M18 7h2", "M16 5v4", "M4 17h2", "M10 17h10", "M8 15v4"],
  check: ["m5 13 5 5L20 7"],
  back: ["m14 5-7 7 7 7"],
  next: ["m10 5 7 7-7 7"],
  plus: ["M12 5v14", "M5 12h14"],
  pen: ["M5 19l1-5L16 4l4 4L10 18z"],
  camera: ["M4 8h4l2-3h4l2 3h4v11H4z", "M12 16.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6"],
  alert: ["M12 4 2.5 20h19z", "M12 10v4", "M12 17v.5"],
  wait: ["M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18", "M12 7v5l3 2"],
  help: ["M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18", "M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.4-1 .8-1 1.7", "M12 16.5v.5"],
  bell: ["M6 17V11a6 6 0 0 1 12 0v6l2 1H4z", "M10 21h4", "M12 3v2"],
  cross: ["M6 6l12 12", "M18 6 6 18"],
};
