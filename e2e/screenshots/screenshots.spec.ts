// The pictures of the README.
import { expect, prefer, seeAll, test } from "../support/panel";

const FOLDER = "../docs/screenshots";

for (const [name, theme, language, width, height, full] of [
  ["dashboard-light", "light", "en", 1440, 900, false],
  ["dashboard-dark", "dark", "de", 1440, 900, false],
  ["dashboard-whole", "light", "en", 1440, 900, true],
  ["dashboard-phone", "light", "de", 390, 844, false],
] as const) {
  test(name, async ({ as }) => {
    const page = await as("admin", { viewport: { width, height } });
    await prefer(page, { theme, language });
    await page.goto("/admin");
    await seeAll(page);
    await page.screenshot({ path: `${FOLDER}/${name}.png`, fullPage: full });
  });
}

test("companies", async ({ as }) => {
  const page = await as("operator");
  await prefer(page, { theme: "light", language: "en" });
  await page.goto("/admin/companies");
  await expect(page.locator(".company").first()).toBeVisible();
  await page.screenshot({ path: `${FOLDER}/companies.png` });
});
