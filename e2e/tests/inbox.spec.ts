// What is new: the bell on every page, and the page behind it.
import { expect, prefer, test, violations } from "../support/panel";

test("the bell says how much is new, and is silent once it was seen", async ({ as }) => {
  const page = await as("manager2");
  await page.goto("/admin");
  const bell = page.locator("#bell");
  await expect(bell.locator("[data-count]")).toBeVisible();
  await bell.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "News" })).toBeVisible();
  await expect(page.locator(".inbox-line").first()).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Mark all as seen" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByText("Nothing new.")).toBeVisible();
  await expect(page.getByRole("heading", { name: "Seen before" })).toBeVisible();
  await page.goto("/admin/customers");
  await expect(bell).toBeVisible();
  await expect(bell.locator("[data-count]")).toHaveCount(0);
});

test("a line leads to its rows", async ({ as }) => {
  const page = await as("viewer");
  await page.goto("/admin/inbox");
  const line = page.locator(".inbox-line a").first();
  const href = (await line.getAttribute("href")) ?? "";
  expect(href).toMatch(/^\/admin\/(notifications\/failed\?reason=|violations\?policy_type=)/);
  await line.click();
  await expect(page).toHaveURL(new RegExp(`${href.replace(/[?+.]/g, "\\$&")}$`));
});

test("without JavaScript the bell is a link, and what was seen is kept", async ({ as }) => {
  const page = await as("viewer2", { javaScriptEnabled: false });
  await page.goto("/admin");
  await page.getByRole("link", { name: "News" }).click();
  await page.getByRole("button", { name: "Mark all as seen" }).click();
  await expect(page.getByText("Nothing new.")).toBeVisible();
});

test("operators hear of the platform", async ({ as }) => {
  const page = await as("operator");
  await page.goto("/admin/companies");
  await page.getByRole("link", { name: "News" }).click();
  await expect(page).toHaveURL(/\/admin\/inbox$/);
  await expect(page.getByRole("heading", { name: "News" })).toBeVisible();
  expect(await violations(page)).toEqual([]);
});

test("times are told in twelve hours to who likes that", async ({ as }) => {
  const page = await as("viewer", { viewport: { width: 390, height: 844 } });
  await prefer(page, { hours: "12", theme: "dark" });
  await page.goto("/admin/inbox");
  expect(await violations(page)).toEqual([]);
  await page.goto("/admin");
  await expect(page.locator(".card").first()).toContainText(/As of \d{1,2}:\d\d\u00a0[ap]m/);
});
