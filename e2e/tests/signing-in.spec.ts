// Signing in and out, the sheet of the phone, and the preferences.
import { test as plain } from "@playwright/test";

import { enter, expect, PASSWORD, PEOPLE, test, violations, watch } from "../support/panel";

plain("a person signs in where they wanted to go, and out again", async ({ page, baseURL }) => {
  const seen = watch(page, baseURL ?? "");
  await page.goto("/admin?policy_trend.days=7");
  await expect(page).toHaveURL(/\/login/);
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Dark" }).click();
  await expect(page.locator("html"), "whatever the page looks like by then").toHaveAttribute("data-theme", "dark");
  await enter(page, PEOPLE.viewer, PASSWORD);
  await expect(page).toHaveURL(/\/admin\?policy_trend\.days=7$/);
  await page.getByRole("button", { name: /account and preferences/ }).click();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/login$/);
  await page.goto("/admin");
  await expect(page).toHaveURL(/\/login/);
  expect(seen).toEqual({ errors: [], foreign: [] });
});

plain("a wrong password says neither which is wrong nor who exists", async ({ page }) => {
  const said: string[] = [];
  for (const email of ["nobody-here@example.test", "viewer12@example.test"]) {
    await page.goto("/login");
    await enter(page, email, "certainly wrong");
    await expect(page.getByRole("alert")).toBeVisible();
    await expect(page.locator("#email")).toHaveValue(email);
    await expect(page.locator("#password")).toHaveValue("");
    said.push(await page.getByRole("alert").innerText());
  }
  expect(said[0]).toBe(said[1]);
  expect(await violations(page)).toEqual([]);
});

for (const colorScheme of ["light", "dark"] as const) {
  plain.describe(`by default (${colorScheme})`, () => {
    plain.use({ colorScheme, locale: "de-DE" });
    plain("the sign-in page speaks the browser's language and follows its theme", async ({ page }) => {
      await page.goto("/login");
      await expect(page.locator("h1")).toHaveText("Anmelden");
      expect(await violations(page)).toEqual([]);
      const ground = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      const [red = 0] = (ground.match(/\d+/g) ?? []).map(Number);
      expect(red > 128 ? "light" : "dark").toBe(colorScheme);
    });
  });
}

test("theme and language are remembered", async ({ as }) => {
  const page = await as("admin", { colorScheme: "light" });
  await page.goto("/admin?policy_trend.days=7");
  await page.getByRole("button", { name: /account and preferences/ }).click();
  await page.getByRole("button", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page, "and one stays where one was").toHaveURL(/policy_trend\.days=7/);
  await page.getByRole("button", { name: /account and preferences/ }).click();
  await page.getByRole("button", { name: "Deutsch" }).click();
  await expect(page.locator("h1")).toHaveText("Übersicht");
  await page.goto("/admin");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
});

test("on a phone the navigation is a sheet", async ({ as }) => {
  const page = await as("admin", { viewport: { width: 390, height: 844 } });
  await page.goto("/admin");
  const nav = page.locator("#nav");
  await expect(nav).toBeHidden();
  await page.getByRole("button", { name: "Open navigation" }).click();
  await expect(nav).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(nav).toBeHidden();
  await page.getByRole("button", { name: "Open navigation" }).click();
  await nav.getByRole("link", { name: /Notifications/ }).click();
  await expect(nav).toBeHidden();
  await expect(page.locator("h1")).toHaveText("Notifications");
});

test("a folded side bar stays folded", async ({ as }) => {
  const page = await as("admin");
  await page.goto("/admin");
  const width = () => page.locator("#nav").evaluate((nav) => nav.getBoundingClientRect().width);
  const wide = await width();
  await page.getByRole("button", { name: "Collapse" }).click();
  await expect.poll(width).toBeLessThan(wide / 2);
  await page.reload();
  expect(await width()).toBeLessThan(wide / 2);
  await page.getByRole("button", { name: "Collapse" }).click();
  await expect.poll(width).toBe(wide);
});
