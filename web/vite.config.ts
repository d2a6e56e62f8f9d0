import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";

import { icons } from "./build/icons.ts";
import { manifest } from "./build/manifest.ts";

// Every file goes flat into dist/ with a hash in its name; manifest.json says what is called how, and each file that
// gains by it has a Brotli version beside it. The Rust side (web/assets.rs) embeds the folder.
export default defineConfig({
  base: "/assets/",
  publicDir: false,
  plugins: [tailwindcss(), icons(), manifest()],
  build: {
    target: ["chrome123", "firefox125", "safari17.5"],
    assetsDir: ".",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // htmx can evaluate filters in attributes; the page turns that off (htmx-config: allowEval), and its policy forbids it.
      checks: { eval: false },
      input: { app: "src/app.ts", boot: "src/boot.ts" },
      output: {
        entryFileNames: "[name]-[hash:8].js",
        chunkFileNames: "[name]-[hash:8].js",
        assetFileNames: "[name]-[hash:8][extname]",
      },
    },
  },
});
