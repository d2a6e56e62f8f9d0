// What the browser tests share: people who are signed in, and an eye on what no page may do.
import AxeBuilder from "@axe-core/playwright";
import { type Browser, type BrowserContextOptions, test as base, expect, type Page } from "@playwright/test";

export { expect };

export const PASSWORD = process.env.ROLLCALL_PASSWORD ?? "password";
export const PEOPLE = {
  operator: "operator@example.test",
  admin: "admin1@example.test",
  manager: "manager1@example.test",
  viewer: "viewer1@example.test",
  // Of another company, whose figures a test may change while others look at theirs.
  admin2: "admin2@example.test",
  manager2: "manager2@example.test",
  viewer2: "viewer2@example.test",
} as const;
export type Person = keyof typeof PEOPLE;

/** Console errors and requests to other hosts, as they come. */
export interface Watch {
  errors: string[];
  foreign: string[];
}

interface Fixtures {
  /** A page on which `person` is signed in, watched; it must have done nothing wrong by the end of the test. */
  as: (person: Person, options?: BrowserContextOptions) => Promise<Page>;
}
interface Shared {
  /** The cookies of who signed in, once for each worker. */
  cookiesOf: (person: Person) => Promise<BrowserContextOptions["storageState"]>;
}

export const test = base.extend<Fixtures, Shared>({
  cookiesOf: [
    async ({ browser }, use, worker) => {
      const known = new Map<Person, BrowserContextOptions["storageState"]>();
      const { baseURL } = worker.project.use;
      await use(async (person) => {
        const state = known.get(person) ?? (await signIn(browser, person, baseURL ?? ""));
        known.set(person, state);
        return state;
      });
    },
    { scope: "worker" },
  ],
  as: async ({ browser, cookiesOf, contextOptions, baseURL, locale, viewport }, use) => {
    const watches: Watch[] = [];
    const contexts: { close(): Promise<void> }[] = [];
    await use(async (person, options = {}) => {
      const storageState = await cookiesOf(person);
      const context = await browser.newContext({ ...contextOptions, baseURL, locale, viewport, storageState, ...options });
      contexts.push(context);
      const page = await context.newPage();
      watches.push(watch(page, baseURL ?? ""));
      return page;
    });
    for (const context of contexts) await context.close();
    for (const { errors, foreign } of watches) {
      expect(errors, "errors in the console").toEqual([]);
      expect(foreign, "requests to other hosts").toEqual([]);
    }
  },
});

async function signIn(browser: Browser, person: Person, baseURL: string) {
  const context = await browser.newContext({ baseURL });
  const page = await context.newPage();
  await page.goto("/login");
  await enter(page, PEOPLE[person], PASSWORD);
  await expect(page).toHaveURL(/\/admin/);
  const state = await context.storageState();
  await context.close();
  // What the person chose in another test stays there.
  const chosen = ["rollcall_language", "rollcall_theme"];
  return { ...state, cookies: state.cookies.filter(({ name }) => !chosen.includes(name)) };
}

/** Fills in and sends the sign-in form. */
export async function enter(page: Page, email: string, password: string): Promise<void> {
  await page.locator("#email").fill(email);
  await page.locator("#password").fill(password);
  await page.locator("form[action='/login'] button[type=submit]").click();
}

/** Notes what no page may do: errors in the console, requests to another host. */
export function watch(page: Page, baseURL: string): Watch {
  const seen: Watch = { errors: [], foreign: [] };
  page.on("pageerror", (error) => seen.errors.push(error.message));
  page.on("console", (message) => {
    // Browser and htmx report answers of 4xx and 5xx, and requests without one, which some tests ask for.
    const expected = /^(Failed to load resource|Response Status Error Code|htmx:(afterRequest|sendError),)/.test(message.text());
    if (["error", "warning"].includes(message.type()) && !expected) seen.errors.push(message.text());
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && url.origin !== new URL(baseURL).origin) seen.foreign.push(request.url());
  });
  return seen;
}

/** Chooses a theme or a language for this browser alone, by the cookie that the menu sets: what the menu keeps with the person would
 * follow them into other tests. */
export async function prefer(page: Page, preferences: { theme?: string; language?: string; hours?: string }): Promise<void> {
  const url = process.env.ROLLCALL_URL ?? "http://127.0.0.1:8080";
  const cookies = Object.entries(preferences).map(([name, value]) => ({ name: `rollcall_${name}`, value, url }));
  await page.context().addCookies(cookies);
}

/** What axe finds against WCAG 2.2 AA, in words; of a long table a few rows speak for all. */
export async function violations(page: Page): Promise<string[]> {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await new AxeBuilder({ page }).withTags(tags).exclude("tbody tr:nth-child(n + 6)").analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} – ${node.failureSummary}`));
}

/** Scrolls through the page, so that every chart is drawn, and back to its top. */
export async function seeAll(page: Page): Promise<void> {
  for (const figure of await page.locator("figure:has(canvas)").all()) {
    await figure.scrollIntoViewIfNeeded();
    await expect(figure.locator("canvas")).toHaveAttribute("width", /^[1-9]/);
  }
  await page.evaluate(() => scrollTo(0, 0));
}
