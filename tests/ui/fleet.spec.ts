import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { makeIdentity } from './support/device';
import { expect, login, shot, test } from './support/page';
import type { Rest } from './support/rest';

const choose = (page: Page, name: string) => page.getByRole('checkbox', { name: `Choose ${name}`, exact: true });
const bar = (page: Page) => page.getByRole('region', { name: 'Chosen devices' });
const found = (page: Page, count: string) => expect(page.getByText(count, { exact: true })).toBeVisible();

async function makeDevices(rest: Rest, prefix: string, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, i) => `${prefix}-${String(i).padStart(2, '0')}`);
  for (const name of names) await rest.createDevice(name);
  return names;
}

test('filters are the server\'s and live in the address; the list is exported as it is filtered', async ({ page, prefix, rest }) => {
  const profile = await rest.call<{ id: { id: string } }>('POST', '/api/deviceProfile', {
    name: `${prefix}-pumps`, type: 'DEFAULT', transportType: 'DEFAULT',
    profileData: { configuration: { type: 'DEFAULT' }, transportConfiguration: { type: 'DEFAULT' } },
  });
  await rest.createDevice(`${prefix}-plain`);
  await rest.createDevice(`${prefix}-pump`, { deviceProfileId: { entityType: 'DEVICE_PROFILE', id: profile.id.id } });
  const sealed = await rest.createDevice(`${prefix}-sealed`);
  await rest.saveCertificate(sealed, makeIdentity('sealed').cert);

  await login(page, `/groups/all?q=${prefix}`);
  await found(page, '3 devices found');
  await page.getByRole('combobox', { name: 'Certificate' }).selectOption('Valid');
  await found(page, '1 device found');
  await expect(page.getByRole('link', { name: `${prefix}-sealed` })).toBeVisible();
  await shot(page, 'fleet-filtered');
  await page.getByRole('combobox', { name: 'Certificate' }).selectOption('Any certificate');
  await page.getByRole('combobox', { name: 'Profile' }).selectOption(`${prefix}-pumps`);
  await expect(page.getByRole('link', { name: `${prefix}-pump`, exact: true })).toBeVisible();
  await found(page, '1 device found');
  await page.reload();
  await found(page, '1 device found');

  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'More actions for this list' }).click();
  await page.getByRole('menuitem', { name: 'Export as CSV' }).click();
  const rows = readFileSync(await (await downloading).path(), 'utf8').trim().split('\r\n');
  expect(rows).toHaveLength(2);
  expect(rows[1]).toContain(`"${prefix}-pump"`);

  await page.getByRole('combobox', { name: 'State' }).selectOption('Active');
  await expect(page.getByText('No device matches these filters')).toBeVisible();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(page.getByRole('link', { name: `${prefix}-plain` })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('combobox', { name: 'State' })).toHaveValue('active');

  await page.goto(`/groups/all?q=${prefix}&certificate=rotten`);
  await expect(page.getByText("certificate is 'rotten'")).toBeVisible();
});

test('many devices are put in a group, moved and deleted at once', async ({ page, prefix, rest }) => {
  const names = await makeDevices(rest, prefix, 12);
  await login(page, `/groups/all?q=${prefix}&sort=name&order=ASC`);
  await choose(page, names[0] as string).check();
  await choose(page, names[1] as string).check();
  await expect(bar(page)).toContainText('2 devices chosen');
  await shot(page, 'fleet-chosen');

  const [file] = await Promise.all([page.waitForEvent('download'), bar(page).getByRole('button', { name: 'Export CSV' }).click()]);
  const lines = readFileSync(await file.path(), 'utf8').trim().split('\r\n');
  expect(lines.map((line) => line.split(',')[0])).toEqual(['name', names[0], names[1]].map((cell) => `"${cell}"`));

  await bar(page).getByRole('button', { name: 'Add to group' }).click();
  const add = page.getByRole('dialog', { name: 'Add 2 devices to a group' });
  await add.getByRole('button', { name: 'Add to group' }).click();
  await expect(add.getByText('Enter the name of a group')).toBeVisible();
  await add.getByRole('textbox', { name: 'Group' }).fill(`${prefix} hall`);
  await expect(add.getByText(`A new group “${prefix} hall” will be made.`)).toBeVisible();
  await page.keyboard.press('Escape');
  await shot(page, 'fleet-add-to-group');
  await add.getByRole('button', { name: 'Add to group' }).click();
  await expect(page.getByText('2 devices added to the group')).toBeVisible();
  await expect(bar(page)).toBeHidden();

  // All that match, from their own group: two were chosen, twelve are found.
  await choose(page, names[2] as string).check();
  await bar(page).getByRole('button', { name: 'Choose all 12 of this list' }).click();
  await expect(bar(page)).toContainText('All 12 devices of this list chosen');
  await bar(page).getByRole('button', { name: 'Add to group' }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Group' }).fill(`${prefix} hall`);
  await page.getByRole('dialog').getByRole('button', { name: 'Add to group' }).click();
  await expect(page.getByText('12 devices added to the group')).toBeVisible();

  await page.getByRole('link', { name: `${prefix} hall` }).click();
  await found(page, '12 devices');
  await choose(page, names[3] as string).check();
  await bar(page).getByRole('button', { name: 'Remove from group' }).click();
  await page.getByRole('dialog', { name: /^Remove 1 device from/ }).getByRole('button', { name: 'Remove from group' }).click();
  await found(page, '11 devices');

  await page.getByRole('checkbox', { name: 'Choose the first rows' }).check();
  await bar(page).getByRole('button', { name: 'Delete' }).click();
  const remove = page.getByRole('dialog', { name: 'Delete 11 devices?' });
  await expect(remove.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await expect(remove).toContainText('This cannot be undone');
  await shot(page, 'fleet-delete');
  await remove.getByRole('button', { name: 'Delete 11 devices' }).click();
  await expect(page.getByText('No devices in this group yet')).toBeVisible();

  await page.getByRole('button', { name: 'More actions for this list' }).click();
  await page.getByRole('menuitem', { name: 'Delete group…' }).click();
  await page.getByRole('dialog', { name: 'Delete group?' }).getByRole('button', { name: 'Delete group' }).click();
  await expect(page).toHaveURL(/\/groups\/all$/);
  await expect(page.getByRole('link', { name: `${prefix} hall` })).toHaveCount(0);
});

test('groups are made, renamed, shared and found at their owners', async ({ page, prefix, rest }) => {
  const customer = await rest.createCustomer(`${prefix} Waterworks`);
  await login(page);
  await page.getByRole('button', { name: 'New device group' }).click();
  const dialog = page.getByRole('dialog', { name: 'New device group' });
  await dialog.getByRole('button', { name: 'Make group' }).click();
  await expect(dialog.getByText('Enter a name')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Name' }).fill('All');
  await dialog.getByRole('button', { name: 'Make group' }).click();
  await expect(dialog.getByRole('alert')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Name' }).fill(`${prefix} north`);
  await dialog.getByRole('button', { name: 'Make group' }).click();
  await expect(page.getByRole('heading', { level: 1, name: `${prefix} north` })).toBeVisible();
  await expect(page.getByRole('link', { name: `${prefix} north` })).toHaveAttribute('aria-current', 'page');
  await shot(page, 'group-new');

  const more = page.getByRole('button', { name: 'More actions for this list' });
  await more.click();
  await page.getByRole('menuitem', { name: 'Rename group…' }).click();
  await page.getByRole('dialog', { name: 'Rename group' }).getByRole('textbox', { name: 'Name' }).fill(`${prefix} south`);
  await page.getByRole('dialog', { name: 'Rename group' }).getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { level: 1, name: `${prefix} south` })).toBeVisible();
  await expect(page.getByRole('link', { name: `${prefix} south` })).toBeVisible();

  await more.click();
  await page.getByRole('menuitem', { name: 'Share group…' }).click();
  const share = page.getByRole('dialog', { name: `Share “${prefix} south”` });
  await expect(share.getByText('This group is not shared yet.')).toBeVisible();
  await share.getByRole('textbox', { name: 'Share with' }).fill(prefix);
  await page.getByRole('option', { name: `${prefix} Waterworks` }).click();
  await share.getByRole('button', { name: 'Share', exact: true }).click();
  const right = share.getByRole('combobox', { name: `Right of ${prefix} Waterworks` });
  await expect(right).toHaveValue('READ');
  await right.selectOption('May change');
  await expect(right).toHaveValue('WRITE');
  await shot(page, 'group-share');
  await share.getByRole('button', { name: `End the share with ${prefix} Waterworks` }).click();
  await expect(share.getByText('This group is not shared yet.')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(right).toHaveValue('WRITE');
  await share.getByRole('button', { name: 'Close' }).last().click();

  await page.getByRole('button', { name: 'Groups of customers' }).click();
  await page.getByRole('button', { name: `Groups of ${prefix} Waterworks` }).click();
  await page.getByRole('button', { name: `New group of ${prefix} Waterworks` }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill(`${prefix} wells`);
  await page.getByRole('dialog').getByRole('button', { name: 'Make group' }).click();
  await expect(page.getByRole('heading', { level: 1, name: `${prefix} Waterworks: ${prefix} wells` })).toBeVisible();
  await shot(page, 'group-of-customer');

  // The tree unfolds by itself where a link leads into it, and a device added there belongs to the customer.
  await page.reload();
  await expect(page.getByRole('link', { name: `${prefix} wells` })).toHaveAttribute('aria-current', 'page');
  await page.getByRole('button', { name: 'Add device' }).first().click();
  const adding = page.getByRole('dialog', { name: 'Add device' });
  await adding.getByRole('textbox', { name: 'Name' }).fill(`${prefix}-well`);
  await expect(adding.getByRole('combobox', { name: 'Group' }).locator('option:checked')).toHaveText(`${prefix} wells`);
  await adding.getByRole('radio', { name: 'MQTT Basic' }).check();
  await adding.getByRole('button', { name: 'Add device' }).click();
  await expect(adding.getByText('Enter a client id or a user name')).toBeVisible();
  await adding.getByRole('textbox', { name: 'User name' }).fill(`${prefix}-user`);
  await adding.getByRole('textbox', { name: 'Password' }).fill('well-kept');
  await shot(page, 'add-device-basic');
  await adding.getByRole('button', { name: 'Add device' }).click();
  await expect(page.getByRole('heading', { level: 2, name: `${prefix}-well` })).toBeVisible();
  const device = await rest.call<{ customerId: { id: string }; id: { id: string } }>('GET', `/api/tenant/devices?deviceName=${prefix}-well`);
  expect(device.customerId.id).toBe(customer.id.id);
  const credentials = await rest.call<{ credentialsType: string; credentialsId: string }>('GET', `/api/device/${device.id.id}/credentials`);
  expect(credentials).toMatchObject({ credentialsType: 'MQTT_BASIC', credentialsId: `${prefix}-user` });
  await rest.call('DELETE', `/api/customer/${customer.id.id}`);
});

test.describe('on the narrowest phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });

  test('filters, choice and groups fit', async ({ page, prefix, rest }) => {
    const names = await makeDevices(rest, prefix, 3);
    const group = await rest.createGroup(`${prefix} a group with a rather long name for a phone`);
    await login(page, `/groups/all?q=${prefix}`);
    await choose(page, names[0] as string).check();
    await expect(bar(page)).toBeVisible();
    await shot(page, 'narrow-fleet-chosen');
    await bar(page).getByRole('button', { name: 'Change profile' }).click();
    await expect(page.getByRole('dialog', { name: 'Change the profile of 1 device' })).toBeVisible();
    await shot(page, 'narrow-fleet-profile');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Open navigation' }).click();
    await page.getByRole('button', { name: 'Groups of customers' }).click();
    await shot(page, 'narrow-navigation');
    await page.getByRole('link', { name: group.name }).click();
    await expect(page.getByText('No devices in this group yet')).toBeVisible();
    await shot(page, 'narrow-group');
    await rest.call('DELETE', `/api/entityGroup/${group.id.id}`);
  });
});
