// Rows: deleted and had back, set aside, booked, with a script and without.
import { expect, test, violations } from "../support/panel";

for (const javaScriptEnabled of [true, false]) {
  test(`a policy is deleted and had back, script ${javaScriptEnabled ? "on" : "off"}`, async ({ as }) => {
    const page = await as("manager2", { javaScriptEnabled });
    await page.goto("/admin/policies");
    // Each its own: they run at the same time.
    await page.locator("tbody th a").nth(javaScriptEnabled ? 0 : 3).click();
    await page.getByRole("link", { name: "Delete" }).click();
    await expect(page.locator(".effects")).toContainText("30 days");
    if (javaScriptEnabled) expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(page.locator(".undo")).toContainText("was deleted.");
    if (javaScriptEnabled) expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(page.locator("main [role=status]")).toContainText("It is there again.");
  });

  test(`an appointment is booked, script ${javaScriptEnabled ? "on" : "off"}`, async ({ as }) => {
    const page = await as("manager2", { javaScriptEnabled });
    await page.goto("/admin/customers");
    const name = await page.locator("tbody th").first().innerText();
    await page.goto("/admin/appointments");
    await page.getByRole("link", { name: "Book" }).click();
    if (javaScriptEnabled) expect(await violations(page)).toEqual([]);
    await page.getByLabel("Find the customer").fill(name);
    // Not at the same time as the other run: the customer would be busy.
    await page.getByLabel("Day").fill(javaScriptEnabled ? "2031-10-26" : "2032-10-31");
    await page.getByLabel("Time").fill("02:30");
    if (!javaScriptEnabled) await page.getByRole("button", { name: "Look first" }).click();
    const customer = page.getByLabel("Customer (required)");
    await expect(customer.locator("option", { hasText: name }).first()).toBeAttached();
    await customer.selectOption({ index: 1 });
    await page.getByLabel("Service").selectOption({ index: 1 });
    if (!javaScriptEnabled) await page.getByRole("button", { name: "Look first" }).click();
    await expect(page.getByLabel("Price")).not.toHaveValue("");
    // The clocks are put back that night.
    await page.getByRole("radio", { name: /second/ }).check();
    await page.getByRole("button", { name: "Book" }).click();
    await expect(page.locator("main [role=status]")).toHaveText("The appointment is booked.");
  });
}

for (const javaScriptEnabled of [true, false]) {
  test(`a time that is past is asked about, script ${javaScriptEnabled ? "on" : "off"}`, async ({ as }) => {
    const page = await as("manager2", { javaScriptEnabled });
    await page.goto("/admin/customers");
    const customer = await page.locator("tbody th a").first().getAttribute("href");
    await page.goto(`/admin/appointments/new?customer_id=${customer?.replace(/\D/g, "")}`);
    await page.getByLabel("Day").fill(javaScriptEnabled ? "2001-03-04" : "2002-03-04");
    await page.getByLabel("Time").fill("10:00");
    if (!javaScriptEnabled) await page.getByRole("button", { name: "Look first" }).click();
    const late = page.getByRole("checkbox", { name: /though it is past/ });
    await expect(late).toBeVisible();
    await page.getByLabel("Length in minutes").fill("75");
    await page.getByRole("button", { name: "Book" }).click();
    await expect(page.locator("#error-late")).toContainText("Book anyway?");
    await expect(page.locator("#help-minutes")).toContainText("11:15");
    if (javaScriptEnabled) expect(await violations(page)).toEqual([]);
    await late.check();
    await page.getByRole("button", { name: "Book" }).click();
    await expect(page.locator("main [role=status]")).toHaveText("The appointment is booked.");
    await expect(page.locator(".fields")).toContainText("11:15");
  });
}

test("what was deleted is had back from the list of it", async ({ as }) => {
  const page = await as("admin2");
  await page.goto("/admin/appointments?status=completed");
  await page.locator("tbody th a").first().click();
  await page.getByRole("link", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("link", { name: "Deleted" }).click();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: /^Restore/ }).first().click();
  await expect(page.locator("main [role=status]")).toContainText("It is there again.");
});

test("what goes for good asks for its name", async ({ as }) => {
  const page = await as("manager2");
  await page.goto("/admin/services/new");
  await page.getByLabel("Name").fill("Short-lived");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("link", { name: "Delete" }).click();
  await page.getByLabel(/To confirm/).fill("Something else");
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("alert")).toContainText("not the name");
  expect(await violations(page)).toEqual([]);
  await page.getByLabel(/To confirm/).fill("short-lived");
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page.locator("main .note")).toHaveText("Deleted.");
});

test("a failed notification is set aside, and back", async ({ as }) => {
  const page = await as("manager2");
  await page.goto("/admin/notifications?attention=open");
  await page.locator("tbody th a").first().click();
  await page.getByRole("button", { name: "Set aside" }).click();
  await expect(page.locator("main [role=status]")).toContainText("still counts as failed");
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Needs attention after all" }).click();
  await expect(page.locator("main [role=status]")).toContainText("needs attention again");
});

test("a customer's page has their messages", async ({ as }) => {
  const page = await as("viewer2");
  await page.goto("/admin/notifications?notifiable_type=customer");
  await page.locator("tbody td a").first().click();
  await expect(page.locator("#messages tbody tr").first()).toBeVisible();
  expect(await violations(page)).toEqual([]);
});
