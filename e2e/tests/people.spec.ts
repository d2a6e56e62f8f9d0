// People: an admin invites them and keeps them out; they see to themselves, in both languages and themes, by keyboard, and
// without a script.
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { enter, expect, prefer, test, violations, watch } from "../support/panel";
import type { Browser, Page } from "@playwright/test";

const CHOSEN = "violet kettle on the roof";
let count = 0;

/** An address that no other test and no other run has. */
const fresh = (name: string) => `${name}-${process.pid}-${Date.now()}-${(count += 1)}@example.test`;

/** The code that an authenticator app shows, so many steps of 30 seconds from now. */
async function code(page: Page, secret: string, off = 0): Promise<string> {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replaceAll(" ", "")].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  // The panel's clock may stand still.
  const pinned = await page.request.get("/admin").then(async (answer) => /data-now="([^"]+)"/.exec(await answer.text())?.[1]);
  const now = pinned ? Date.parse(pinned) : Date.now();
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(now / 30_000) + off));
  const hash = createHmac("sha1", key).update(step).digest();
  const number = hash.readUInt32BE((hash[19] ?? 0) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/** Somebody new in the admin's company, signed in in a browser of their own. */
async function newcomer(admin: Page, browser: Browser, name: string, role = "viewer"): Promise<[Page, string]> {
  const email = fresh(name.replaceAll(" ", "-").toLowerCase());
  await admin.goto("/admin/users/new");
  await admin.getByLabel("Name").fill(name);
  await admin.getByLabel("Email").fill(email);
  await admin.getByLabel("Role").selectOption(role);
  await admin.getByRole("button", { name: "Invite" }).click();
  const link = await admin.locator("#link").textContent();
  const context = await browser.newContext({ baseURL: new URL(admin.url()).origin, locale: "en-GB" });
  const page = await context.newPage();
  await page.goto(new URL(link ?? "").pathname);
  await page.getByLabel("New password").fill(CHOSEN);
  await page.getByLabel("Repeat password").fill(CHOSEN);
  await page.getByRole("button", { name: "Set the password and join" }).click();
  await expect(page.getByRole("status")).toContainText("Welcome");
  await enter(page, email, CHOSEN);
  await expect(page).toHaveURL(/\/admin$/);
  return [page, email];
}

for (const [theme, language] of [["light", "en"], ["dark", "de"]] as const) {
  for (const width of [390, 1440]) {
    test(`the pages about people are sound (${theme}, ${language}, ${width} px)`, async ({ as }) => {
      for (const person of ["admin2", "viewer2", "operator"] as const) {
        const page = await as(person, { viewport: { width, height: 900 } });
        await prefer(page, { theme, language });
        const paths = person === "admin2" ? ["/admin/profile", "/admin/users", "/admin/users/new"] : ["/admin/profile"];
        for (const path of paths) {
          await page.goto(path);
          await expect(page.locator("html")).toHaveAttribute("lang", language);
          expect(await violations(page), `${person} ${path}`).toEqual([]);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          expect(wide, `${person} ${path} goes beyond the screen`).toBe(0);
        }
      }
    });
  }
}

test("somebody is invited, joins, and is kept out again", async ({ as, browser }) => {
  const admin = await as("admin2");
  await admin.goto("/admin/users/new");
  await admin.getByLabel("Name").fill("Nobody yet");
  await admin.getByLabel("Email").fill("admin2@example.test");
  await admin.getByRole("button", { name: "Invite" }).click();
  await expect(admin.getByRole("alert")).toContainText("somebody signs in with this address already");
  expect(await violations(admin)).toEqual([]);
  const [page, email] = await newcomer(admin, browser, "Ada");
  const { errors } = watch(page, new URL(admin.url()).origin);
  await expect(page.locator(".person")).toContainText("Ada");
  await admin.goto(`/admin/users?q=${encodeURIComponent(email)}`);
  await admin.locator("tbody th a").first().click();
  await admin.getByRole("link", { name: "Deactivate" }).click();
  await expect(admin.locator(".effects")).toContainText("1 open session ends at once.");
  expect(await violations(admin)).toEqual([]);
  await admin.getByRole("button", { name: "Deactivate" }).click();
  await expect(admin.locator("main [role=status]")).toContainText("can no longer sign in");
  await page.goto("/admin/profile");
  await expect(page, "the very next request is refused").toHaveURL(/\/login/);
  await enter(page, email, CHOSEN);
  await expect(page.getByRole("alert")).toBeVisible();
  await admin.getByRole("button", { name: "Activate" }).click();
  await enter(page, email, CHOSEN);
  await expect(page).toHaveURL(/\/admin/);
  expect(errors).toEqual([]);
  await page.context().close();
});

test("a pending invitation stands on the list and is withdrawn", async ({ as, browser }) => {
  const admin = await as("admin2");
  const email = fresh("late");
  await admin.goto("/admin/users/new");
  await admin.getByLabel("Name").fill("Late Larry");
  await admin.getByLabel("Email").fill(email);
  await admin.getByRole("button", { name: "Invite" }).click();
  const link = new URL((await admin.locator("#link").textContent()) ?? "").pathname;
  await admin.goto("/admin/users");
  const row = admin.locator("#invitations tr", { hasText: email });
  await expect(row).toContainText("Late Larry");
  expect(await violations(admin)).toEqual([]);
  const guest = await browser.newContext({ baseURL: new URL(admin.url()).origin, locale: "de-DE" });
  const page = await guest.newPage();
  await page.goto(link);
  await expect(page.locator("h1")).toHaveText("Willkommen");
  expect(await violations(page)).toEqual([]);
  await row.getByRole("button", { name: /Withdraw/ }).click();
  await expect(admin.locator("main p.note[role=status]")).toContainText("holds no longer");
  await page.goto(link);
  await expect(page.locator("h1")).toHaveText("Dieser Link gilt nicht mehr");
  expect(await violations(page)).toEqual([]);
  await guest.close();
});

test("the second step is set up and asked for, by keyboard alone", async ({ as, browser }) => {
  const admin = await as("admin2");
  const [page, email] = await newcomer(admin, browser, "Key Board", "manager");
  await page.keyboard.press("Tab");
  await page.getByRole("button", { name: /account and preferences/ }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Profile" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.locator("h1")).toHaveText("Profile");
  await page.getByRole("button", { name: "Set up" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.locator("svg.qr")).toBeVisible();
  expect(await violations(page)).toEqual([]);
  const secret = (await page.locator("#secret").textContent()) ?? "";
  await page.getByLabel("Six digits").fill("000000");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByLabel("Six digits").fill(await code(page, secret, -1));
  await page.keyboard.press("Enter");
  await expect(page.locator("#codes li")).toHaveCount(10);
  expect(await violations(page)).toEqual([]);
  const recovery = (await page.locator("#codes code").first().textContent()) ?? "";
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download" }).click()]);
  expect(file.suggestedFilename()).toBe("rollcall-recovery-codes.txt");
  const lines = (await readFile(await file.path(), "utf8")).trim().split("\n");
  expect(lines).toHaveLength(10);
  expect(lines[0]).toBe(recovery);
  await page.getByRole("link", { name: "I have kept them" }).click();
  await expect(page.locator("#factor")).toContainText("10 recovery codes are left");
  const now = await code(page, secret);
  for (const typed of [now, recovery]) {
    await page.context().clearCookies();
    await page.goto("/login");
    await enter(page, email, CHOSEN);
    await expect(page).toHaveURL(/\/login\/code$/);
    expect(await violations(page)).toEqual([]);
    await page.goto("/admin/profile");
    await expect(page, "a password alone opens nothing").toHaveURL(/\/login\/code$/);
    await expect(page.locator("#code")).toBeFocused();
    await page.keyboard.type(typed);
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(/\/admin/);
  }
  await page.goto("/admin/profile");
  await expect(page.locator("#factor")).toContainText("9 recovery codes are left");
  expect(await violations(page)).toEqual([]);
  await page.context().close();
});

test("name, password, language and sessions, without a script", async ({ as, browser }) => {
  const admin = await as("admin2");
  const [first, email] = await newcomer(admin, browser, "Plain Jane");
  const context = await browser.newContext({ baseURL: new URL(admin.url()).origin, locale: "en-GB", javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto("/login");
  await enter(page, email, CHOSEN);
  await page.goto("/admin/profile");
  await expect(page.locator("#sessions tbody tr")).toHaveCount(2);
  await expect(page.locator("#sessions tbody tr").first()).toContainText("Chrome on Linux");
  await page.locator("#name").fill("Jane Plain");
  await page.locator("#name-card").getByRole("button", { name: "Save" }).click();
  await expect(page.locator(".person-name")).toHaveText("Jane Plain");
  await page.locator("#sessions").getByRole("button", { name: /End the session/ }).click();
  await expect(page.locator("#sessions tbody tr")).toHaveCount(1);
  await expect(first, "a dashboard that was left open goes to the sign-in page by itself").toHaveURL(/\/login\?/);
  await page.getByLabel("Current password").fill("something else");
  await page.getByLabel("New password").fill("another kettle on the roof");
  await page.getByLabel("Repeat password").fill("another kettle on the roof");
  await page.getByRole("button", { name: "Change the password" }).click();
  await expect(page.getByRole("alert")).toContainText("not your present password");
  await page.getByLabel("Current password").fill(CHOSEN);
  await page.getByLabel("New password").fill("another kettle on the roof");
  await page.getByLabel("Repeat password").fill("another kettle on the roof");
  await page.getByRole("button", { name: "Change the password" }).click();
  await expect(page.locator("main [role=status]")).toContainText("Your password is changed");
  await page.locator("#name-card").getByRole("button", { name: "Deutsch" }).click();
  await expect(page.locator("h1")).toHaveText("Profil");
  await enter(first, email, "another kettle on the roof");
  await first.goto("/admin/profile");
  await expect(first.locator("h1"), "it follows to the other browser").toHaveText("Profil");
  await context.close();
  await first.context().close();
});

test("a dashboard without cards says how they come back, and its chips lead somewhere", async ({ as, browser }) => {
  const [page] = await newcomer(await as("admin2"), browser, "Empty Wall", "viewer");
  await page.goto("/admin/arrange");
  for (let left = 13; left > 0; left -= 1) {
    await page.getByRole("button", { name: /^Hide/ }).first().click();
    await expect(page.getByRole("button", { name: /^Hide/ })).toHaveCount(left - 1);
  }
  await page.goto("/admin");
  await expect(page.getByText("All widgets are hidden.")).toBeVisible();
  for (const chip of await page.locator("a.attention-item").all()) {
    const href = (await chip.getAttribute("href")) ?? "";
    if (href.startsWith("#")) await expect(page.locator(href), href).toHaveCount(1);
    else expect((await page.request.get(href)).ok(), href).toBe(true);
  }
  expect(await violations(page)).toEqual([]);
  await page.getByRole("link", { name: "Choose what to show" }).click();
  await page.getByRole("button", { name: "Back to the usual order" }).click();
  await page.goto("/admin");
  await expect(page.locator(".card[id]")).toHaveCount(13);
  await page.context().close();
});
