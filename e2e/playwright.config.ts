import { defineConfig } from "@playwright/test";

// Against a running demo: ROLLCALL_URL says where, ROLLCALL_PASSWORD how to sign in, CHROMIUM which browser.
// `cargo xtask test` starts one and runs this.
export default defineConfig({
  testDir: "tests",
  workers: 2,
  fullyParallel: true,
  forbidOnly: true,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    baseURL: process.env.ROLLCALL_URL ?? "http://127.0.0.1:8080",
    browserName: "chromium",
    locale: "en-GB",
    viewport: { width: 1440, height: 900 },
    contextOptions: { reducedMotion: "reduce" },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
