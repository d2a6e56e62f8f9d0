import { brotliCompressSync, constants } from "node:zlib";

import type { Plugin } from "vite";

const HASHED = /-[\w-]{8}(\.\w+)$/;

/** Writes `manifest.json` (`app.js` → `app-B1x9aQz0.js`), and a Brotli version of each file that it makes smaller. */
export function manifest(): Plugin {
  return {
    name: "rollcall-manifest",
    enforce: "post",
    generateBundle(_options, bundle) {
      const names: Record<string, string> = {};
      for (const [fileName, file] of Object.entries(bundle)) {
        names[fileName.replace(HASHED, "$1")] = fileName;
        const source = Buffer.from(file.type === "chunk" ? file.code : file.source);
        const packed = brotliCompressSync(source, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
        if (packed.length < source.length * 0.95) {
          this.emitFile({ type: "asset", fileName: `${fileName}.br`, source: packed });
        }
      }
      const sorted = Object.fromEntries(Object.entries(names).sort());
      this.emitFile({ type: "asset", fileName: "manifest.json", source: `${JSON.stringify(sorted, null, 2)}\n` });
    },
  };
}
