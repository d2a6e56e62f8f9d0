// A new user's first minutes: from an empty folder to a dashboard with figures, by the browser alone.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { test as base, type Browser, type Page } from "@playwright/test";

import { type Fresh, serve } from "../support/fresh";
import { expect, violations, watch } from "../support/panel";

const run = promisify(execFile);
const PASSWORD = "violet kettle on the roof";

const test = base.extend<{ fresh: Fresh }>({
  fresh: async ({}, use) => {
    const fresh = await serve();
    await use(fresh);
    await fresh.stop();
  },
});

/** Appointments of these weeks, as a German booking program writes them. */
function sheet(): string {
  const day = (offset: number) => {
    const at = new Date(Date.now() + offset * 86_400_000);
    return `${String(at.getDate()).padStart(2, "0")}.${String(at.getMonth() + 1).padStart(2, "0")}.${at.getFullYear()}`;
  };
  const rows = Array.from({ length: 60 }, (_, n) => {
    const state = n % 7 === 0 ? "Storniert" : n % 11 === 0 ? "Nicht erschienen" : "Erledigt";
    return `${n + 1};${day(-(n % 25) - 1)};${9 + (n % 8)}:30;45;Zoë Müller ${n % 20};k${n % 20}@example.test;Schnitt;Ada;39,50;${state}`;
  });
  const bad = "61;bald;10:00;45;Max Meier;max@example.test;Schnitt;Ada;39,50;Erledigt";
  return ["Termin-Nr;Datum;Uhrzeit;Dauer;Kunde;E-Mail;Leistung;Mitarbeiterin;Preis;Status", ...rows, bad, ""].join("\n");
}

async function found(page: Page, language: "de" | "en"): Promise<void> {
  await page.locator("#name").fill("Ada Betrieb");
  await page.locator("#email").fill("ada@example.test");
  await page.locator("#password").fill(PASSWORD);
  await page.locator("#again").fill(PASSWORD);
  await page.locator("#language").selectOption(language);
  await page.locator("form[method=post] button[type=submit]").first().click();
  await expect(page).toHaveURL(/\/admin\/companies\/new$/);
}

async function fresh(browser: Browser, options: Parameters<Browser["newContext"]>[0]): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce", ...options });
  return context.newPage();
}

test("from an empty folder to figures, in German, by keyboard where it counts", async ({ browser, fresh: server }) => {
  const page = await fresh(browser, { locale: "de-DE", timezoneId: "Europe/Vienna" });
  const seen = watch(page, server.url);
  await page.goto(server.url);
  await expect(page.getByRole("heading", { name: "Rollcall ist noch nicht eingerichtet" })).toBeVisible();
  await expect(page.locator("form input[type=password]")).toHaveCount(0);
  expect(await violations(page)).toEqual([]);
  expect((await page.request.get(`${server.url}/setup/none`)).status()).toBe(404);

  await page.goto(server.link);
  expect(await violations(page)).toEqual([]);
  await found(page, "de");
  expect((await page.request.get(server.link)).status(), "the link works once").toBe(404);

  await expect(page.locator("#timezone"), "guessed").toHaveValue("Europe/Vienna");
  expect(await violations(page)).toEqual([]);
  // By keyboard: name, past the short name, zone, language and currency, to the admin, and Enter.
  await page.locator("#name").focus();
  await page.keyboard.type("Salon Ada");
  for (let field = 0; field < 5; field++) await page.keyboard.press("Tab");
  await page.keyboard.type("Berta Chefin");
  await page.keyboard.press("Tab");
  await page.keyboard.type("berta@example.test");
  await page.keyboard.press("Enter");
  await expect(page.locator("#link")).toContainText("/invitation/");
  expect(await violations(page)).toEqual([]);
  await page.locator("#next").click();

  await expect(page.getByRole("heading", { level: 1, name: "Daten einlesen" })).toBeVisible();
  expect(await violations(page)).toEqual([]);
  const file = { name: "termine.csv", mimeType: "text/csv", buffer: Buffer.from(sheet()) };
  await page.locator("#file").setInputFiles(file);
  await page.locator("#csv button[type=submit]").click();
  await expect(page.locator("#preview")).toContainText("Von den ersten 61 Zeilen werden 60 zu Terminen");
  await expect(page.locator("#preview")).toContainText("Zeile 62:");
  expect(await violations(page)).toEqual([]);
  await page.locator("button[value=import]").click();
  await expect(page.getByRole("heading", { name: "Der Import ist fertig" })).toBeVisible();
  await expect(page.getByRole("row", { name: "Termine importiert" })).toContainText("60");
  expect(await violations(page)).toEqual([]);
  const [rejects] = await Promise.all([page.waitForEvent("download"), page.locator("#rejects").click()]);
  expect((await (await rejects.createReadStream()).toArray()).join("")).toContain("61;bald");

  await page.getByRole("link", { name: "Zur Übersicht" }).click();
  await expect(page.locator("#staff_performance")).toContainText("Ada");
  // What is left to do, until nobody wants to see it any more.
  await expect(page.locator("#first-steps")).toContainText("Richtlinien festlegen");
  expect(await violations(page)).toEqual([]);
  await page.locator("#first-steps button").click();
  await expect(page.locator("#first-steps")).toHaveCount(0);
  expect(seen.errors).toEqual([]);
  expect(seen.foreign).toEqual([]);
});

test("the same in English, without scripts", async ({ browser, fresh: server }) => {
  const page = await fresh(browser, { locale: "en-GB", javaScriptEnabled: false });
  await page.goto(server.link);
  await page.locator("#name").fill("Ada");
  await page.locator("#email").fill("ada@example.test");
  await page.locator("#password").fill("short");
  await page.locator("#again").fill("short");
  await page.locator("form[method=post]").first().evaluate((form) => form.setAttribute("novalidate", "")).catch(() => undefined);
  await found(page, "en");
  await page.locator("#name").fill("Ada’s salon");
  await page.locator("#slug").fill("ada");
  await page.locator("#timezone").fill("Europe/Londn");
  await page.locator("button.primary").click();
  await expect(page.locator("#problem")).toContainText("Did you mean Europe/London?");
  await page.locator("#timezone").fill("Europe/London");
  await page.locator("button.primary").click();
  await expect(page.getByRole("status").first()).toContainText("The company is created");
  await page.locator("#file").setInputFiles({ name: "odd.xlsx", mimeType: "text/csv", buffer: Buffer.from("PK\u0003\u0004rest") });
  await page.locator("#csv button[type=submit]").click();
  await expect(page.locator("#problem")).toContainText("workbook");
  await page.locator("#file").setInputFiles({ name: "a.csv", mimeType: "text/csv", buffer: Buffer.from(sheet()) });
  await page.locator("#csv button[type=submit]").click();
  await page.locator("#means-3").selectOption("");
  await page.locator("button[value=look]").click();
  await expect(page.locator("#preview")).toContainText("would be left out");
  await page.locator("button[value=check]").click();
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole("heading", { name: "The file is checked" })).toBeVisible();
  }).toPass();
  await page.locator("button[value=import]").click();
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole("heading", { name: "The import is done" })).toBeVisible();
  }).toPass();
  await page.getByRole("link", { name: "To the dashboard" }).click();
  await expect(page.locator("#staff_performance")).toContainText("Ada");
});

test("a token, a command that works, and the first row that is seen to come", async ({ browser, fresh: server }) => {
  const page = await fresh(browser, { locale: "en-GB" });
  await page.goto(server.link);
  await found(page, "en");
  await page.locator("#name").fill("Ada");
  await page.locator("button.primary").click();
  await page.locator("#make-token").click();
  await expect(page.locator("#received")).toContainText("Waiting for the first row");
  expect(await violations(page)).toEqual([]);
  const command = await page.locator("#curl").innerText();
  const { stdout } = await run("bash", ["-c", `${command} --silent`]);
  expect(JSON.parse(stdout)).toMatchObject({ name: "Ada Example" });
  await expect(page.locator("#received")).toContainText("Received: Customer");
});
