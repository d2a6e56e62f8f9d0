// The pictures of the README.
import { expect, prefer, seeAll, test } from "../support/panel";

const FOLDER = "../docs/screenshots";

for (const [name, theme, language, width, height, at] of [
  ["dashboard-light", "light", "en", 1440, 900, null],
  ["dashboard-dark", "dark", "de", 1440, 900, null],
  ["charts-light", "light", "en", 1440, 1000, "violations_by_type"],
  ["charts-dark", "dark", "de", 1440, 1000, "policy_trend"],
  ["dashboard-phone", "light", "de", 390, 844, null],
] as const) {
  test(name, async ({ as }) => {
    const page = await as("admin", { viewport: { width, height } });
    await prefer(page, { theme, language });
    await page.goto("/admin");
    await seeAll(page);
    if (at) await page.locator(`#${at}`).evaluate((card) => card.scrollIntoView());
    await page.screenshot({ path: `${FOLDER}/${name}.png` });
  });
}

test("companies", async ({ as }) => {
  const page = await as("operator");
  await prefer(page, { theme: "light", language: "en" });
  await page.goto("/admin/companies");
  await expect(page.locator("tbody th a").first()).toBeVisible();
  await page.screenshot({ path: `${FOLDER}/companies.png` });
});

for (const [name, theme, language, width, path] of [
  ["appointments", "light", "en", 1440, "/admin/appointments"],
  ["policy-form", "dark", "de", 1440, "/admin/policies/new?policy_type=cancellation"],
] as const) {
  test(name, async ({ as }) => {
    const page = await as("admin", { viewport: { width, height: 900 } });
    await prefer(page, { theme, language });
    await page.goto(path);
    await expect(page.locator("main h1")).toBeVisible();
    await page.screenshot({ path: `${FOLDER}/${name}.png` });
  });
}
