// The dashboard on every size of screen, in both themes and languages, for everyone who may see it.
import { expect, prefer, seeAll, test, violations } from "../support/panel";

const WIDGETS = [
  "policy_overview",
  "notification_overview",
  "staff_performance",
  "policy_trend",
  "policy_effectiveness",
  "time_analytics",
  "violations_by_type",
  "customer_journey",
  "policy_compliance_rate",
  "notification_channels",
  "notification_errors",
  "latest_violations",
  "customer_compliance",
];
const SCREENS = { phone: [390, 844], tablet: [820, 1180], desktop: [1440, 900] } as const;

for (const [screen, [width, height]] of Object.entries(SCREENS)) {
  for (const [theme, language] of [["light", "en"], ["dark", "de"]] as const) {
    test(`is sound on a ${screen}, ${theme}, ${language}`, async ({ as }) => {
      const page = await as("admin", { viewport: { width, height } });
      await prefer(page, { theme, language });
      await page.addInitScript(() => {
        const shifts = window as unknown as { shifted: number };
        shifts.shifted = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) shifts.shifted += (entry as unknown as { value: number }).value;
        }).observe({ type: "layout-shift", buffered: true });
      });
      await page.goto("/admin");
      await expect(page.locator("html")).toHaveAttribute("data-theme", theme);
      await expect(page.locator("html")).toHaveAttribute("lang", language);
      await seeAll(page);

      const measured = await page.evaluate(() => ({
        shifted: (window as unknown as { shifted: number }).shifted,
        wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      }));
      expect(measured.wide, "no scrolling sideways").toBe(0);
      expect(measured.shifted, "nothing jumps").toBeLessThan(0.02);
      expect(await violations(page)).toEqual([]);
    });
  }
}

test("is painted within a second", async ({ as }) => {
  const page = await as("admin");
  // The quickest of a few: what else the machine does at the moment is not the page's fault.
  const paint = async () => {
    await page.goto("/admin");
    return page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Infinity);
  };
  await expect.poll(paint, { intervals: [100], timeout: 60_000 }).toBeLessThan(1000);
});

test("shows every widget, none of them failed, without a word untranslated", async ({ as }) => {
  const page = await as("manager");
  for (const language of ["de", "en"]) {
    await prefer(page, { language });
    await page.goto("/admin");
    for (const key of WIDGETS) await expect(page.locator(`section#${key} h2`)).toBeVisible();
    await expect(page.locator(".failure")).toHaveCount(0);
    const text = await page.locator("body").innerText();
    expect(text).not.toMatch(/\b(ui|widget|stat|detail|column|option|filter|term)\.[a-z_]+/);
    expect(text).not.toContain("%{");
  }
});

test("its figures are those of the API, written by the language", async ({ as }) => {
  const page = await as("admin");
  const json = await page.request.get("/admin/widgets/policy_overview", { headers: { accept: "application/json" } });
  const { stats } = (await json.json()) as { stats: { key: string; value: number; label: string }[] };
  const policies = stats.find(({ key }) => key === "total_configurations")?.value ?? Number.NaN;
  const rate = stats.find(({ key }) => key === "compliance_rate")?.value ?? Number.NaN;
  for (const [language, locale] of [["en", "en-GB"], ["de", "de-DE"]] as const) {
    await prefer(page, { language });
    await page.goto("/admin");
    const percent = `${rate.toLocaleString(locale, { minimumFractionDigits: 1 })} %`;
    await expect(page.locator("[data-stat=compliance_rate] .stat-value")).toHaveText(percent);
    const badge = page.locator("nav a[href='/admin/policies'] .badge [aria-hidden]");
    await expect(badge).toHaveText(policies.toLocaleString(locale));
  }
});

test("a badge of failed notifications leads to them", async ({ as }) => {
  const page = await as("viewer");
  await page.goto("/admin");
  const link = page.locator("nav a[href='/admin/notifications']");
  await expect(link.locator(".badge")).toContainText(/\d/);
  await link.click();
  await expect(page).toHaveURL(/\/admin\/notifications$/);
  await page.locator("select[name=status]").selectOption("failed");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page.locator("tbody tr").first()).toContainText("Failed");
});

test("only who may write sees the retry, and retrying says what it did", async ({ as }) => {
  const viewer = await as("viewer");
  await viewer.goto("/admin");
  await expect(viewer.locator("#notification_errors table")).not.toHaveCount(0);
  await expect(viewer.locator("form[action*='/retry']")).toHaveCount(0);

  const manager = await as("manager");
  await manager.goto("/admin?policy_trend.days=7");
  const badge = manager.locator("nav a[href='/admin/notifications'] .badge [aria-hidden]");
  const count = async () => Number((await badge.innerText()).replaceAll(/\D/g, ""));
  const before = await count();
  await manager.locator("form[action*='/retry'] button").first().click();
  await expect(manager.locator("main [role=status]").first()).toContainText("will be sent again");
  expect(await count(), "one failed notification less").toBe(before - 1);
  await expect(manager, "and the filters stay").toHaveURL(/policy_trend\.days=7/);
  await manager.reload();
  await expect(manager.getByText("will be sent again"), "said once").toHaveCount(0);
});

test("an operator chooses a company, and switches to another", async ({ as }) => {
  const page = await as("operator");
  await page.goto("/admin");
  await expect(page).toHaveURL(/\/admin\/companies$/);
  expect(await violations(page)).toEqual([]);
  const rows = page.locator("tbody th a");
  const names = await rows.allInnerTexts();
  expect(names.length).toBeGreaterThan(1);
  await page.getByRole("main").getByRole("searchbox").fill(names[0] ?? "");
  await page.getByRole("main").getByRole("searchbox").press("Enter");
  await expect(rows).toHaveCount(1);
  await rows.first().click();
  await expect(page.locator("#company option:checked")).toHaveText(names[0] ?? "");
  await seeAll(page);
  expect(await violations(page)).toEqual([]);
  await page.locator("#company").selectOption({ label: names[1] ?? "" });
  await expect(page.locator("#company option:checked")).toHaveText(names[1] ?? "");
  await expect(page).toHaveURL(/company=\d+/);
  const company = new URL(page.url()).searchParams.get("company");
  await page.locator("#policy_trend").getByRole("button", { name: "7 days" }).click();
  await expect(page).toHaveURL(/policy_trend\.days=7/);
  expect(new URL(page.url()).searchParams.get("company"), "the company stays").toBe(company);
  await page.locator("#company").selectOption({ label: names[0] ?? "" });
  await expect(page.locator("#company option:checked")).toHaveText(names[0] ?? "");
  await expect(page, "and so do the filters").toHaveURL(/policy_trend\.days=7/);
  await expect(page.locator("#policy_trend tbody tr")).toHaveCount(7);
});

test("another company's page is as one that does not exist", async ({ as }) => {
  const page = await as("admin");
  for (const path of ["/admin?company=2", "/admin?company=999999", "/admin/companies", "/admin/widgets/nonsense"]) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(404);
    await expect(page.locator("h1")).toHaveText("There is nothing here");
    await expect(page.locator(".failure-id code")).not.toBeEmpty();
  }
  expect(await violations(page)).toEqual([]);
});

test("a filter that does not exist is named", async ({ as }) => {
  const page = await as("admin");
  const answer = await page.goto("/admin?policy_trend.days=31");
  expect(answer?.status()).toBe(400);
  await expect(page.locator(".note")).toContainText("31");
});

test("scripts and styles are small, packed, and kept", async ({ as }) => {
  const page = await as("viewer");
  const assets: { path: string; size: number; packed?: string; kept?: string }[] = [];
  page.on("requestfinished", async (request) => {
    const { pathname } = new URL(request.url());
    if (!pathname.startsWith("/assets/")) return;
    const [answer, sizes] = [await request.response(), await request.sizes()];
    const headers = answer?.headers() ?? {};
    const kept = headers["cache-control"];
    assets.push({ path: pathname, size: sizes.responseBodySize, packed: headers["content-encoding"], kept });
  });
  await page.goto("/admin");
  await seeAll(page);
  const heavy = () => assets.filter(({ path }) => /\.(js|css)$/.test(path));
  await expect.poll(() => heavy().length, "style, boot, app, charts").toBe(4);
  expect(heavy().every(({ packed }) => packed === "br")).toBe(true);
  expect(assets.every(({ kept }) => kept?.includes("immutable"))).toBe(true);
  expect(heavy().reduce((sum, { size }) => sum + size, 0)).toBeLessThan(150_000);
});

test("nothing scrolls sideways on any width", async ({ as }) => {
  const page = await as("admin");
  await prefer(page, { language: "de" });
  await page.goto("/admin");
  for (const width of [320, 390, 640, 768, 1024, 1199, 1280, 1920]) {
    await page.setViewportSize({ width, height: 900 });
    const wide = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await expect.poll(wide, `at ${width} pixels`).toBe(0);
  }
});

test("on a phone a table keeps who and what to do in sight", async ({ as }) => {
  const page = await as("manager", { viewport: { width: 390, height: 844 } });
  await prefer(page, { language: "de" });
  await page.goto("/admin");
  const table = page.locator("#notification_errors .table-scroll");
  for (const part of ["tbody tr:first-child td:first-child", "tbody tr:first-child .row-action button"]) {
    for (const left of [0, 500]) {
      await table.evaluate((it, to) => it.scrollTo(to, 0), left);
      const shown = await table.locator(part).evaluate((it) => {
        const [own, box] = [it, it.closest(".table-scroll") as Element].map((one) => one.getBoundingClientRect());
        return !!own && !!box && own.left >= box.left - 1 && own.right <= box.right + 1;
      });
      expect(shown, `${part} at ${left}`).toBe(true);
    }
  }
  const violations = page.locator("#customer_compliance tbody tr:first-child td.number").first();
  const box = await violations.boundingBox();
  expect((box?.x ?? 999) + (box?.width ?? 0), "a figure is seen without scrolling").toBeLessThan(390);
  const address = page.locator("#customer_compliance td.clip").first();
  await expect(address).toHaveAttribute("title", /@/);
  const line = await address.evaluate((it) => it.getBoundingClientRect().height);
  await page.locator("#customer_compliance .table-scroll").focus();
  await expect.poll(() => address.evaluate((it) => it.getBoundingClientRect().height), "written out").toBeGreaterThan(line);
});

test("the side bar has room for its words and badges, wide or folded", async ({ as }) => {
  const page = await as("admin");
  await prefer(page, { language: "de" });
  await page.goto("/admin");
  await page.locator(".side-link .badge [aria-hidden]").evaluateAll((badges) => {
    for (const badge of badges) badge.textContent = "1.234";
  });
  const cut = () => page.locator(".side-link .side-word").evaluateAll((words) => words.filter((it) => it.scrollWidth > it.clientWidth).length);
  expect(await cut(), "words cut off").toBe(0);
  await page.locator("[data-fold]").click();
  const covered = await page.locator(".side-link:has(.badge)").evaluateAll((links) =>
    links.filter((link) => {
      const [icon, badge] = [".icon", ".badge"].map((part) => (link.querySelector(part) as Element).getBoundingClientRect());
      return !!icon && !!badge && badge.top < icon.bottom && badge.left < icon.right;
    }).length,
  );
  expect(covered, "icons under their badges").toBe(0);
});
