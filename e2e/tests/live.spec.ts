// A dashboard that is left open: it changes by itself, and only where something changed.
import type { Page } from "@playwright/test";

import { expect, seeAll, test, violations } from "../support/panel";

// They change the figures of one company, one after the other.
test.describe.configure({ mode: "default" });

/** What a page asks the server for, from now on. */
function requests(page: Page): string[] {
  const asked: string[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    // The bell is one person's own figure, and inbox.spec.ts sees to it.
    if (pathname.startsWith("/admin") && pathname !== "/admin/inbox/new") asked.push(pathname);
  });
  return asked;
}

async function opened(page: Page, path = "/admin"): Promise<void> {
  await page.goto(path);
  await expect(page.locator("#live-state")).toHaveText("Live");
}

/** Sends the first failed notification again, as somebody else would; answers when that was acknowledged. */
async function write(other: Page): Promise<number> {
  await other.goto("/admin");
  const path = await other.locator("form[action*='/retry']").first().getAttribute("action");
  await other.request.post(path ?? "", { form: { return_to: "/admin" }, maxRedirects: 0 });
  return Date.now();
}

/** Says whether the tab is seen, as the browser would. */
async function look(page: Page, state: "visible" | "hidden"): Promise<void> {
  await page.evaluate((is) => {
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => is });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);
}

const NOTIFICATIONS = ["notification_channels", "notification_errors", "notification_overview"].map((key) => `/admin/widgets/${key}`);

test("changes by itself, where something changed and nowhere else", async ({ as }) => {
  const [page, other] = [await as("viewer2"), await as("manager2")];
  await opened(page, "/admin?policy_trend.days=7");
  await seeAll(page);
  const [trend, errors] = [page.locator("#policy_trend"), page.locator("#notification_errors")];
  await trend.evaluate((it) => ((it as HTMLElement).dataset.same = "yes"));
  const badge = page.locator("#badge-notifications .badge");
  const tag = await errors.getAttribute("data-tag");
  const count = Number(await badge.getAttribute("data-count"));
  const asked = requests(page);
  await write(other);
  await expect(badge).toHaveAttribute("data-count", String(count - 1));
  await expect(errors).not.toHaveAttribute("data-tag", tag ?? "");

  await expect(page.locator("#live")).toHaveText("Updated");
  await expect(page.locator("#notification_channels canvas")).toHaveAttribute("width", /^[1-9]/);
  expect(asked.sort(), "what changed, each once").toEqual(["/admin/summary", ...NOTIFICATIONS].sort());
  await expect(trend, "the rest was left alone").toHaveAttribute("data-same", "yes");
  await expect(page.locator(".attention")).toContainText("failed notification");
  expect(await violations(page)).toEqual([]);
});

test("changes within half a second of a write", async ({ as }) => {
  const [page, other] = [await as("viewer2"), await as("manager2")];
  await opened(page);
  // When they changed, by the clock of the machine: to ask for it is to take time.
  await page.evaluate(() => {
    const seen = window as unknown as { changedAt: Record<string, number> };
    const parts = {
      card: () => document.querySelector("#notification_errors")?.getAttribute("data-tag"),
      badge: () => document.querySelector("#badge-notifications .badge")?.getAttribute("data-count"),
    };
    const shown: Record<string, string | null | undefined> = { card: parts.card(), badge: parts.badge() };
    seen.changedAt = {};
    new MutationObserver(() => {
      for (const [name, value] of Object.entries(parts)) {
        if (value() && value() !== shown[name]) [shown[name], seen.changedAt[name]] = [value(), Date.now()];
      }
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  const changedAt = () => page.evaluate(() => (window as unknown as { changedAt: Record<string, number> }).changedAt);
  // The quickest of a few: what else the machine does at the moment is not the page's fault.
  const took = async () => {
    const acknowledged = await write(other);
    await expect.poll(async () => Object.values(await changedAt()).filter((at) => at > acknowledged - 500).length).toBe(2);
    return Math.max(...Object.values(await changedAt())) - acknowledged;
  };
  await expect.poll(took, { intervals: [100], timeout: 90_000 }).toBeLessThan(500);
});

test("a tab that nobody looks at holds no connection, and catches up when it is looked at", async ({ as }) => {
  const [page, other] = [await as("viewer2"), await as("manager2")];
  const asked = requests(page);
  const lost = page.waitForEvent("requestfailed", (request) => request.url().includes("/admin/live"));
  await opened(page);
  await look(page, "hidden");
  await lost;
  await expect(page.locator("#live-state")).toHaveText("Paused");
  const badge = page.locator("#badge-notifications .badge");
  const count = await badge.getAttribute("data-count");
  asked.length = 0;
  await write(other);
  await expect(other.locator("#badge-notifications .badge")).toHaveAttribute("data-count", count ?? "");
  expect(asked, "nothing is asked for").toEqual([]);
  const again = page.waitForRequest((request) => request.url().includes("/admin/live?since="));
  await look(page, "visible");
  await again;
  await expect(badge).not.toHaveAttribute("data-count", count ?? "");
  await expect(page.locator("#live-state")).toHaveText("Live");
});

test("focus, scroll and what is open stay as they are", async ({ as }) => {
  const [page, other] = [await as("admin2"), await as("manager2")];
  await opened(page);
  await seeAll(page);
  const card = page.locator("#notification_channels");
  await card.scrollIntoViewIfNeeded();
  await card.getByRole("button", { name: "Figures" }).click();
  await card.locator(".fresh summary").click();
  await expect(card.locator(".fresh-facts")).toContainText("notifications");
  const hidden = page.locator("#notification_errors button[data-legend]").first();
  if (await hidden.count()) await hidden.click();
  const csv = card.getByRole("link", { name: /CSV/ });
  await csv.focus();
  const scrolled = await page.evaluate(() => scrollY);
  const tag = await card.getAttribute("data-tag");
  await write(other);
  await expect(card).not.toHaveAttribute("data-tag", tag ?? "");
  await expect(csv).toBeFocused();
  await expect(card.locator(".figures")).toBeVisible();
  await expect(card.locator(".fresh")).toHaveAttribute("open");
  await expect(card.locator(".fresh-facts")).toBeVisible();
  expect(Math.abs((await page.evaluate(() => scrollY)) - scrolled)).toBeLessThan(4);
});

test("a card that somebody is busy in waits until they are done", async ({ as }) => {
  const [page, other] = [await as("admin2"), await as("manager2")];
  await opened(page);
  const [errors, overview] = [page.locator("#notification_errors"), page.locator("#notification_overview")];
  const [tag, tagOfOverview] = [await errors.getAttribute("data-tag"), await overview.getAttribute("data-tag")];
  const button = errors.locator(".row-action button").nth(1);
  const id = await button.getAttribute("id");
  await button.focus();
  await page.keyboard.press("Shift");
  await write(other);
  await expect(overview).not.toHaveAttribute("data-tag", tagOfOverview ?? "");
  await expect(errors, "the row stays under the finger").toHaveAttribute("data-tag", tag ?? "");
  await expect(button).toHaveId(id ?? "");
  await page.locator("#policy_trend h2").focus();
  await expect(errors).not.toHaveAttribute("data-tag", tag ?? "");
});

test("signed out elsewhere, the page leads to the sign-in form", async ({ as, browser, baseURL }) => {
  const page = await as("viewer2", { storageState: undefined });
  await page.goto("/login");
  await page.locator("#email").fill("viewer2@example.test");
  await page.locator("#password").fill(process.env.ROLLCALL_PASSWORD ?? "password");
  await page.locator("form[action='/login'] button[type=submit]").click();
  await expect(page.locator("#live-state")).toHaveText("Live");
  const elsewhere = await browser.newContext({ baseURL, storageState: await page.context().storageState() });
  await elsewhere.request.post("/logout", { maxRedirects: 0 });
  await expect(page).toHaveURL(/\/login/);
  await elsewhere.close();
});

test("how long ago something was is said in words, and exactly in the title", async ({ as }) => {
  const page = await as("viewer2", { locale: "de-DE" });
  await page.goto("/admin");
  const times = page.locator("#notification_errors time");
  await expect(times.first()).toHaveText(/^(jetzt|vor \d+ (Minute|Stunde|Tag)(n|en)?|\d\d\.\d\d\.\d{4}, \d\d:\d\d)$/);
  await expect(times.first()).toHaveAttribute("title", /^\d\d\.\d\d\.\d{4}, \d\d:\d\d \(.+\)$/);
  const agree = await times.evaluateAll((all, lang) => {
    const now = Date.parse(document.documentElement.dataset.now ?? new Date().toISOString());
    const format = new Intl.RelativeTimeFormat(lang, { numeric: "always" });
    return (all as HTMLTimeElement[]).every(({ dateTime, textContent }) => {
      const days = Math.floor((now - Date.parse(dateTime)) / 86_400_000);
      if (days >= 30) return /\d{4}/.test(textContent);
      return days >= 1 ? textContent === format.format(-days, "day") : /^(vor|jetzt)/.test(textContent);
    });
  }, "de");
  expect(agree).toBe(true);
});

test("without JavaScript freshness is a page of its own, and nothing claims to be live", async ({ as }) => {
  const page = await as("viewer2", { javaScriptEnabled: false });
  await page.goto("/admin");
  await expect(page.locator("#live-state")).toBeHidden();
  await page.locator("#policy_trend .fresh summary").click();
  await page.locator("#policy_trend [data-fresh] a").click();
  await expect(page.locator("h1")).toHaveText("How fresh: Policy trend");
  await expect(page.locator(".fresh-facts")).toContainText("Version");
  await page.getByRole("link", { name: "Back to the dashboard" }).click();
  await expect(page).toHaveURL(/\/admin#policy_trend$/);
});
