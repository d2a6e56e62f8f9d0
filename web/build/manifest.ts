import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

import type { Plugin } from "vite";

const HASHED = /-[\w-]{8}(\.\w+)$/;

/** Writes `manifest.json` (`app.js` → `app-B1x9aQz0.js`), and a Brotli version of each file that it makes smaller. */
export function manifest(): Plugin {
  return {
    name: "rollcall-manifest",
    writeBundle({ dir = "dist" }) {
      // Read back from the disk: only there are the files as they will be served.
      const files = readdirSync(dir).sort();
      for (const file of files) {
        const source = readFileSync(join(dir, file));
        const packed = brotliCompressSync(source, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
        if (packed.length < source.length * 0.95) writeFileSync(join(dir, `${file}.br`), packed);
      }
      const names = Object.fromEntries(files.map((file) => [file.replace(HASHED, "$1"), file]));
      writeFileSync(join(dir, "manifest.json"), `${JSON.stringify(names, null, 2)}\n`);
    },
  };
}
