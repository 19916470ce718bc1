import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { deleteCustomer } from './support/people';
import { expect, login, signIn, test } from './support/page';
import { server } from './support/server';

/** What axe calls serious or critical. In the dark only colours can differ. */
async function check(page: Page, address: string, scheme: 'light' | 'dark'): Promise<void> {
  const axe = new AxeBuilder({ page });
  const { violations } = await (scheme === 'dark' ? axe.withRules(['color-contrast']) : axe).analyze();
  const grave = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${scheme} ${address}: ${id}: ${nodes.map(({ html, any }) => `${html.slice(0, 160)} ${any[0]?.message ?? ''}`).join(' | ')}`);
  expect(grave).toEqual([]);
}

/** Both colour schemes at each address; `ready` is there when the view stands. */
async function walk(page: Page, views: [address: string, ready: string | RegExp][]): Promise<void> {
  for (const [address, ready] of views) {
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(address);
    await expect(page.getByRole('heading', { name: ready }).first()).toBeVisible();
    await expect(page.locator('[aria-busy=true]:visible, [role=status][aria-label=Loading]:visible')).toHaveCount(0);
    await check(page, address, 'light');
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect(page.locator(':root')).toHaveAttribute('data-mantine-color-scheme', 'dark');
    await check(page, address, 'dark');
  }
}

test.setTimeout(300_000);
test.use({ contextOptions: { reducedMotion: 'reduce' } });

test('views of a tenant’s administrator have no grave fault', async ({ page, prefix, rest }) => {
  const device = await rest.createDevice(`${prefix}-axe`);
  const customer = await rest.call<{ id: { id: string } }>('POST', '/api/customer', { title: prefix });
  const { id } = await rest.call<{ id: { id: string } }>('GET', '/api/deviceProfileInfo/default');
  await page.goto('/login');
  await check(page, '/login', 'light');
  await login(page);
  await rest.call('POST', `/api/plugins/telemetry/DEVICE/${device.id.id}/timeseries/ANY`, { level: 1, on: true, name: 'x' });
  await rest.call('POST', `/api/plugins/telemetry/DEVICE/${device.id.id}/attributes/SHARED_SCOPE`, { target: 21 });
  const tabs = ['details', 'credentials', 'telemetry', 'charts?keys=level,on', 'attributes', 'connectivity'];
  await walk(page, [
    ['/groups/all', 'All'],
    ...tabs.map((tab): [string, string] => [`/groups/all/devices/${device.id.id}/${tab}`, device.name]),
    ['/profiles', 'Device profiles'],
    [`/profiles/${id.id}`, 'default'],
    ['/profiles/new', 'New device profile'],
    ['/packages', 'Firmware packages'],
    ['/customers', 'Customers'],
    [`/customers/${customer.id.id}`, prefix],
    ['/users', 'Users'],
    ['/overview', 'Overview'],
    ['/door', 'Door log'],
    ['/audit', 'Audit log'],
    ['/keys', 'API keys'],
    ...['server', 'limits', 'forwarding', 'logins'].map((part): [string, string] => [`/settings/${part}`, 'Settings']),
    ['/nowhere', 'There is nothing at this address'],
  ]);
  await deleteCustomer(rest, customer.id.id);
});

test('dialogs have no grave fault', async ({ page }) => {
  await login(page, '/users');
  const dialogs: [address: string, button: string][] = [
    ['/users', 'Add user'],
    ['/packages', 'Upload package'],
    ['/customers', 'Add customer'],
    ['/groups/all', 'Add device'],
  ];
  for (const [address, button] of dialogs) {
    await page.goto(address);
    await page.getByRole('button', { name: button }).first().click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await check(page, `${address} ${button}`, 'light');
  }
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
    ['/tenants', 'Tenants'],
    [tenant, 'Administrators'],
  ]);
});
