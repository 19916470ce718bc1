import type { Page } from '@playwright/test';
import { expect, login, shot, test } from './support/page';
import { server } from './support/server';
import { deleteViews, makeViews, openView } from './support/views';

/** Press Tab until the element with this name has the focus; that it can be reached is part of the test. */
async function tabTo(page: Page, role: string, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    const focused = page.locator('*:focus');
    if ((await focused.count()) > 0 && (await page.getByRole(role as 'button', { name }).and(focused).count()) > 0) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab never reached ${role} ${name}`);
}

test('login and adding a device need no mouse', async ({ page, prefix }) => {
  const name = `${prefix}-keys`;
  await page.goto('/groups/all');
  await expect(page.getByLabel('E-mail')).toBeFocused();
  await page.keyboard.type(server.user);
  await page.keyboard.press('Tab');
  await page.keyboard.type(server.password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'All' })).toBeVisible();

  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await shot(page, 'keyboard-skip-link');
  await page.keyboard.press('Enter');
  await tabTo(page, 'button', /^Add device$/);
  await shot(page, 'keyboard-focus');
  await page.keyboard.press('Enter');

  const dialog = page.getByRole('dialog', { name: 'Add device' });
  await expect(dialog.getByLabel('Name')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('button', { name: 'Add device' }).first()).toBeFocused();

  await page.keyboard.press('Enter');
  await expect(dialog.getByLabel('Name')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialog.getByText('Enter a name')).toBeVisible();
  await page.keyboard.type(name);
  await tabTo(page, 'radio', /Generated token/);
  await page.keyboard.press('ArrowRight');
  await expect(dialog.getByRole('radio', { name: 'Own token' })).toBeChecked();
  await page.keyboard.press('Tab');
  await page.keyboard.type(`${prefix}tok`);
  await page.keyboard.press('Enter');

  await expect(page.getByRole('heading', { level: 2, name })).toBeFocused();
  await tabTo(page, 'tab', /Check connectivity/);
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: 'Access token' })).toHaveValue(`${prefix}tok`);
  await tabTo(page, 'textbox', /Access token/);

  await page.goBack();
  await page.goBack();
  await expect(page.getByRole('link', { name })).toBeFocused();
});

/** What can be pressed but cannot have the focus. A row that is pressed has a link in it that leads to the same place. */
const mouseOnly = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const focusable = 'a[href], button, input, select, textarea, label, summary, [tabindex]';
    return Array.from(document.querySelectorAll<HTMLElement>('body *'))
      .filter((element) => element.checkVisibility() && getComputedStyle(element).cursor === 'pointer')
      .filter((element) => element.closest(focusable) === null && element.closest('[role=row]')?.querySelector('a[href]') == null)
      .map((element) => element.outerHTML.slice(0, 120));
  });

/** Of what is in sight, outside of tables and in their first rows: what Tab did not come to yet. */
const unreached = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const stops = 'a[href], button, input:not([type=radio], [type=file]), select, textarea, [tabindex="0"]';
    return Array.from(document.querySelectorAll<HTMLElement>(stops))
      .filter((element) => element.checkVisibility() && element.tabIndex >= 0 && !element.matches(':disabled, [data-reached]'))
      .filter((element) => element.closest('[data-index]:not([data-index="0"]), tbody tr:not(:first-child), li:not(:first-child)') === null)
      .map((element) => element.outerHTML.slice(0, 120));
  });

test('Tab comes to whatever can be pressed, in every view', async ({ page, prefix, rest }) => {
  test.setTimeout(300_000);
  await login(page);
  await page.addInitScript(() =>
    document.addEventListener('focusin', ({ target }) => (target as Element).setAttribute('data-reached', '')),
  );
  try {
    for (const view of await makeViews(rest, prefix)) {
      await openView(page, view);
      expect(await mouseOnly(page), view.address).toEqual([]);
      let left = await unreached(page);
      for (let round = 0; round < 20 && left.length > 0; round++) {
        for (let presses = 0; presses < 25; presses++) await page.keyboard.press('Tab');
        left = await unreached(page);
      }
      expect(left, view.address).toEqual([]);
    }
  } finally {
    await deleteViews(rest, prefix);
  }
});

test('a dialog gives the focus back, also to the menu it came from', async ({ page, prefix, rest }) => {
  const device = await rest.createDevice(`${prefix}-focus`);
  await login(page, `/groups/all?q=${prefix}`);
  const more = page.getByRole('button', { name: `Actions for ${device.name}` });
  await more.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem', { name: 'Device credentials' })).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('End');
  await expect(page.getByRole('menuitem', { name: 'Delete device' })).toBeFocused();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Delete device?' });
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(more).toBeFocused();
});
