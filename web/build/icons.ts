import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import type { Plugin } from "vite";

// The icons that the templates name, as one sprite. A name that is not here is an empty square, and a test finds it.
const NAMES = [
  "adjustments-horizontal",
  "arrow-down-tray",
  "arrow-left",
  "arrow-path",
  "arrow-right",
  "arrow-right-start-on-rectangle",
  "arrow-trending-down",
  "arrow-trending-up",
  "arrow-uturn-left",
  "bars-3",
  "bell",
  "bell-alert",
  "building-office-2",
  "building-storefront",
  "calendar-days",
  "chart-bar",
  "check",
  "check-circle",
  "chevron-double-left",
  "chevron-down",
  "chevron-up",
  "chevron-up-down",
  "circle-stack",
  "cog-6-tooth",
  "clock",
  "computer-desktop",
  "document-duplicate",
  "envelope",
  "exclamation-circle",
  "exclamation-triangle",
  "eye",
  "identification",
  "inbox",
  "inbox-arrow-down",
  "key",
  "lock-closed",
  "magnifying-glass",
  "minus",
  "minus-circle",
  "moon",
  "no-symbol",
  "paper-airplane",
  "pause",
  "pencil-square",
  "photo",
  "play",
  "plus",
  "printer",
  "shield-check",
  "sun",
  "table-cells",
  "tag",
  "trash",
  "user-circle",
  "user-minus",
  "users",
  "view-columns",
  "x-mark",
];

const FAVICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6" fill="#0a66a8"/><path d="M6.5 8.5h6M6.5 12.5h4M6.5 16.5h3M12.5 15l2.2 2.2 4-5" fill="none" stroke="#fff" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></svg>`;

/** Makes `icons.svg`, a sprite of the Heroicons in use, and `favicon.svg`. */
export function icons(): Plugin {
  return {
    name: "rollcall-icons",
    generateBundle() {
      for (const [name, source] of [
        ["icons", sprite()],
        ["favicon", FAVICON],
      ] as const) {
        const hash = createHash("sha256").update(source).digest("base64url").slice(0, 8);
        this.emitFile({ type: "asset", name: `${name}.svg`, fileName: `${name}-${hash}.svg`, source });
      }
    },
  };
}

function sprite(): string {
  const require = createRequire(import.meta.url);
  const symbols = NAMES.map((name) => {
    const svg = readFileSync(require.resolve(`heroicons/24/outline/${name}.svg`), "utf8");
    const inside = svg.slice(svg.indexOf(">") + 1, svg.lastIndexOf("</svg>")).replace(/\s+/g, " ").trim();
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.5">${inside}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}
