import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, login, signIn, test } from './support/page';
import { server } from './support/server';
import { deleteViews, makeViews, openView, type View } from './support/views';

/** What axe calls serious or critical. In the dark only colours can differ. */
async function check(page: Page, address: string, scheme: 'light' | 'dark'): Promise<void> {
  // Of what it found good it need not tell; without frames of other origins it needs no second page to work in.
  const axe = new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).setLegacyMode(true);
  const { violations } = await (scheme === 'dark' ? axe.withRules(['color-contrast']) : axe).analyze();
  const grave = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${scheme} ${address}: ${id}: ${nodes.map(({ html, any }) => `${html.slice(0, 160)} ${any[0]?.message ?? ''}`).join(' | ')}`);
  expect(grave).toEqual([]);
}

/** Both colour schemes of each. */
async function walk(page: Page, views: View[]): Promise<void> {
  for (const view of views) {
    await page.emulateMedia({ colorScheme: 'light' });
    await openView(page, view);
    await check(page, view.address, 'light');
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect(page.locator(':root')).toHaveAttribute('data-mantine-color-scheme', 'dark');
    await check(page, view.address, 'dark');
  }
}

test.setTimeout(300_000);
test.use({ contextOptions: { reducedMotion: 'reduce' } });

test('views of a tenant’s administrator have no grave fault', async ({ page, prefix, rest }) => {
  await page.goto('/login');
  await check(page, '/login', 'light');
  await login(page);
  try {
    await walk(page, await makeViews(rest, prefix));
  } finally {
    await deleteViews(rest, prefix);
  }
});

test('dialogs have no grave fault', async ({ page }) => {
  await login(page, '/users');
  const dialogs: [address: string, button: string][] = [
    ['/users', 'Add user'],
    ['/packages', 'Upload package'],
    ['/customers', 'Add customer'],
    ['/groups/all', 'Add device'],
    ['/groups/all', 'New device group'],
    ['/keys', 'Make a key'],
    ['/settings/forwarding', 'Add your first endpoint'],
  ];
  for (const [address, button] of dialogs) {
    await page.goto(address);
    await page.getByRole('button', { name: button }).first().click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await check(page, `${address} ${button}`, 'light');
  }
  await page.keyboard.press('Escape');
  await page.goto('/audit');
  await page.getByRole('button', { name: /^Details of/ }).first().click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await check(page, 'an entry of the audit log', 'light');
  await page.keyboard.press('Escape');
  for (const keys of ['Control+k', '?']) {
    await page.keyboard.press(keys);
    await expect(page.getByRole('dialog')).toBeVisible();
    await check(page, keys, 'light');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
  }
});

test('views of the installation’s administrator have no grave fault', async ({ page }) => {
  test.skip(server.operator === undefined, 'no such user is known');
  await signIn(page, server.operator as string, server.password);
  await expect(page).toHaveURL(/\/tenants$/);
  await page.getByRole('table').getByRole('link').first().click();
  await expect(page.getByRole('heading', { name: 'Administrators' })).toBeVisible();
  const tenant = new URL(page.url()).pathname;
  await walk(page, [
    { address: '/tenants', ready: 'Tenants' },
    { address: tenant, ready: 'Administrators' },
  ]);
});
