// What stands above companies, and what is a person's own: companies, security events, tokens. And what the API can do.
import { expect, type Person, prefer, test, violations } from "../support/panel";

const LISTS: [Person, string][] = [
  ["operator", "/admin/companies"],
  ["operator", "/admin/operations/security"],
  ["operator", "/admin/platform-audit"],
  ["admin2", "/admin/tokens"],
  ["admin2", "/admin/tokens/new"],
  ["viewer", "/api/docs"],
];

for (const [person, path] of LISTS) {
  for (const [width, theme, language] of [
    [1280, "light", "de"],
    [1280, "dark", "en"],
    [390, "light", "en"],
    [390, "dark", "de"],
  ] as const) {
    test(`${path} fits at ${width} px (${theme}, ${language}) and axe finds nothing`, async ({ as }) => {
      const page = await as(person, { viewport: { width, height: 900 } });
      await prefer(page, { theme, language });
      await page.goto(path);
      await expect(page.locator("h1")).toBeVisible();
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(over, "what goes beyond the page").toBeLessThanOrEqual(0);
      expect(await violations(page)).toEqual([]);
    });
  }
}

test("what the API can do is found by a finger", async ({ as }) => {
  const page = await as("viewer", { viewport: { width: 390, height: 844 } });
  await page.goto("/api/docs");
  const small = await page.locator("nav a, summary").evaluateAll((all) =>
    all.filter((it) => it.getBoundingClientRect().height < 24 || it.getBoundingClientRect().width < 24).map((it) => it.textContent),
  );
  expect(small).toEqual([]);
});

for (const javaScriptEnabled of [true, false]) {
  test(`an operator finds a company, sees its page and enters it, script ${javaScriptEnabled ? "on" : "off"}`, async ({ as }) => {
    const page = await as("operator", { javaScriptEnabled });
    await page.goto("/admin/companies?sort=name");
    const names = page.locator("tbody th a");
    const name = await names.first().innerText();
    await page.getByRole("main").getByRole("searchbox").fill(name.toUpperCase());
    await page.getByRole("button", { name: "Show" }).click();
    await expect(names).toHaveText([name]);
    await page.getByRole("link", { name: `Details of ${name}` }).click();
    await expect(page.locator("h1")).toHaveText(name);
    await expect(page.locator("#history li").first(), "who looks at a company is written down").toBeVisible();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("main").getByRole("link", { name: "Open its dashboard" }).click();
    await expect(page).toHaveURL(/\/admin\?company=\d+$/);
  });
}

test("a security event is found by its kind and its company, and has a page", async ({ as }) => {
  const admin = await as("admin2");
  expect((await admin.goto("/admin?company=1"))?.status()).toBe(404);
  const page = await as("operator");
  await page.goto("/admin/operations/security");
  await page.getByLabel("What", { exact: true }).selectOption({ label: "Another company's or the operators' page" });
  const company = page.locator("select[name=company_id]");
  const theirs = await company.locator("option").nth(2).innerText();
  await company.selectOption({ label: theirs });
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page).toHaveURL(/kind=foreign_company/);
  await expect(page.locator("tbody tr").first()).toContainText(theirs);
  await page.locator("tbody th a").first().click();
  await expect(page.locator("h1")).toHaveText("Another company's or the operators' page");
  expect(await violations(page)).toEqual([]);
});

test("a token is shown once, listed, looked at and revoked", async ({ as }) => {
  const page = await as("manager2");
  const name = `till ${Date.now()}`;
  await page.goto("/admin/tokens");
  await page.getByRole("link", { name: "A new token" }).click();
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Create token" }).click();
  await expect(page.locator("#secret")).toContainText("rc_");
  await page.locator(".back a").click();
  await expect(page.getByText("rc_"), "it is shown once").toHaveCount(0);
  await page.getByRole("main").getByRole("searchbox").fill(name);
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByRole("link", { name }).click();
  await expect(page.locator("h1")).toHaveText(name);
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Revoke" }).click();
  await expect(page.locator("main [role=status]").first()).toContainText("revoked");
  await page.goto("/admin/tokens?state=revoked");
  await expect(page.locator("tbody tr").filter({ hasText: name })).toContainText("Revoked");
});

test("the audit log has its German name, in the navigation too", async ({ as }) => {
  const page = await as("admin2");
  await prefer(page, { language: "de" });
  await page.goto("/admin/audit");
  await expect(page.locator("h1")).toHaveText("Änderungsprotokoll");
  await expect(page.locator("nav [aria-current=page]")).toContainText("Änderungsprotokoll");
});
