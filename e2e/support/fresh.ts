// A server of its own, on an empty folder, as somebody starts it who has just downloaded the binary.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** A running server. */
export interface Fresh {
  url: string;
  /** The link that it printed. */
  link: string;
  stop: () => Promise<void>;
}

/** Starts `rollcall serve` where there is nothing yet. */
export async function serve(): Promise<Fresh> {
  const folder = await mkdtemp(join(tmpdir(), "rollcall-first-"));
  const binary = process.env.ROLLCALL_BINARY ?? resolve(__dirname, "../../target/debug/rollcall");
  const ours = Object.entries(process.env).filter(([name]) => !name.startsWith("ROLLCALL_"));
  const env = { ...Object.fromEntries(ours), ROLLCALL_IMPORT__FOLDER: join(folder, "imports") };
  const server = spawn(binary, ["serve", "--listen", "127.0.0.1:0"], { cwd: folder, env, stdio: ["ignore", "pipe", "inherit"] });
  const [url, link] = await said(server);
  const stop = async () => {
    const ended = new Promise((done) => server.once("exit", done));
    server.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  return { url, link, stop };
}

/** What it prints as it starts: where it is, and the link. */
function said(server: ChildProcess): Promise<[string, string]> {
  return new Promise((done, fail) => {
    let text = "";
    server.once("exit", (code) => fail(new Error(`it ended (${code}): ${text}`)));
    server.stdout?.on("data", (piece: Buffer) => {
      text += piece.toString();
      const url = /listens on (http:\S+)/.exec(text)?.[1];
      const link = /^ +(http:\S+\/setup\/\S+)$/m.exec(text)?.[1];
      if (url && link) done([url, link]);
    });
  });
}
