import { expect, login, shot, test } from './support/page';

test('search, scrolling and sort are the server\'s, and live in the address', async ({ page, prefix, rest }) => {
  const count = 240;
  for (let i = 0; i < count; i++) {
    await rest.createDevice(`${prefix}-${String(i).padStart(3, '0')}`, { label: i === 7 ? 'the seventh' : '' });
  }
  const names = page.getByRole('link', { name: new RegExp(`^${prefix}-\\d\\d\\d$`) });
  const table = page.getByRole('table', { name: 'Devices' });

  await login(page);
  await page.getByRole('searchbox', { name: 'Search devices' }).fill(prefix);
  await expect(page.getByText(`${count} devices found`)).toBeVisible();
  await expect(names.first()).toHaveText(`${prefix}-239`);
  await expect(table).toHaveAttribute('aria-rowcount', '241');
  expect(await names.count()).toBeLessThan(60);
  await shot(page, 'list-long');

  await names.first().focus();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('link', { name: `${prefix}-238` })).toBeFocused();
  await page.keyboard.press('End');
  await expect(page.getByRole('link', { name: `${prefix}-000` })).toBeFocused();
  await expect(page.getByRole('link', { name: `${prefix}-239` })).toHaveCount(0);

  await page.getByRole('button', { name: 'Name', exact: true }).click();
  await expect(names.first()).toHaveText(`${prefix}-000`);
  await expect(page.getByRole('columnheader', { name: 'Name' })).toHaveAttribute('aria-sort', 'ascending');
  await shot(page, 'list-sorted');
  await page.getByRole('button', { name: 'Name', exact: true }).click();
  await expect(names.first()).toHaveText(`${prefix}-239`);

  await page.goBack();
  await expect(names.first()).toHaveText(`${prefix}-000`);
  await page.reload();
  await expect(names.first()).toHaveText(`${prefix}-000`);
  await expect(page.getByRole('searchbox')).toHaveValue(prefix);

  await page.getByRole('searchbox').fill('the seventh');
  await expect(names.first()).toHaveText(`${prefix}-007`);
  await page.getByRole('searchbox').fill(`${prefix}-nothing`);
  await expect(page.getByText('No device matches')).toBeVisible();
  await shot(page, 'list-nothing-found');
});

test('a device is edited, and deleted after a question', async ({ page, prefix, rest }) => {
  const device = await rest.createDevice(`${prefix}-old`);
  await rest.createDevice(`${prefix}-taken`);
  await login(page, `/groups/all/devices/${device.id.id}/details`);

  const name = page.getByRole('textbox', { name: 'Name' });
  await name.fill(`${prefix}-taken`);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('already exists')).toBeVisible();
  await name.fill(`${prefix}-new`);
  await page.getByRole('textbox', { name: 'Description' }).fill('In the cellar');
  await page.getByRole('checkbox', { name: 'Gateway' }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { level: 2, name: `${prefix}-new` })).toBeVisible();
  await shot(page, 'device-details');
  const saved = await rest.call<{ name: string; additionalInfo: object }>('GET', `/api/device/${device.id.id}`);
  expect(saved).toMatchObject({ name: `${prefix}-new`, additionalInfo: { description: 'In the cellar', gateway: true } });

  await page.getByRole('button', { name: 'Delete device' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete device?' });
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await shot(page, 'delete-device');
  await dialog.getByRole('button', { name: 'Delete device' }).click();
  await expect(page).toHaveURL(/\/groups\/all$/);
  await expect(page.getByRole('link', { name: `${prefix}-new` })).toHaveCount(0);
  await page.goto(`/groups/all/devices/${device.id.id}/details`);
  await expect(page.getByText('This device does not exist')).toBeVisible();
});

test('a change by someone else in the meantime is not overwritten', async ({ page, prefix, rest }) => {
  const device = await rest.createDevice(`${prefix}-two`);
  await login(page, `/groups/all/devices/${device.id.id}/details`);
  await page.getByRole('textbox', { name: 'Label' }).fill('mine');
  const now = await rest.call<object>('GET', `/api/device/${device.id.id}`);
  await rest.call('POST', '/api/device', { ...now, label: 'theirs' });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Load the current state' }).click();
  await expect(page.getByRole('textbox', { name: 'Label' })).toHaveValue('theirs');
});

test('an empty list teaches the next step', async ({ page }) => {
  const nothing = { data: [], totalPages: 0, totalElements: 0, hasNext: false };
  await page.route('**/api/entityGroup/*/devices?*', (route) => route.fulfill({ json: nothing }));
  await login(page);
  await expect(page.getByText('No devices yet')).toBeVisible();
  await shot(page, 'list-empty');
  await page.getByRole('button', { name: 'Add your first device' }).click();
  await expect(page.getByRole('dialog', { name: 'Add device' })).toBeVisible();
});

test.describe('on the narrowest phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });

  test('nothing sticks out', async ({ page, prefix, rest }) => {
    const device = await rest.createDevice(`${prefix}-${'a-rather-long-name-'.repeat(6)}`, { label: 'x'.repeat(120) });
    await login(page, `/groups/all?q=${prefix}`);
    await shot(page, 'narrow-list');
    for (const tab of ['details', 'credentials', 'telemetry', 'attributes', 'connectivity']) {
      await page.goto(`/groups/all/devices/${device.id.id}/${tab}`);
      await expect(page.getByRole('tab', { selected: true })).toBeInViewport();
      await shot(page, `narrow-${tab}`);
    }
  });
});

test('attributes are shown by scope', async ({ page, prefix, rest }) => {
  const device = await rest.createDevice(`${prefix}-attributes`);
  await login(page, `/groups/all/devices/${device.id.id}/attributes`);
  for (const scope of ['Client attributes', 'Shared attributes', 'Server attributes']) {
    await expect(page.getByRole('heading', { name: scope })).toBeVisible();
  }
  await shot(page, 'attributes');
});
