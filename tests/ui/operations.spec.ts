import type { Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { connect, makeIdentity, publish, type Identity } from './support/device';
import { expect, login, shot, test } from './support/page';
import { Rest } from './support/rest';
import { server } from './support/server';

/** A device that nobody knows tries, and is refused. */
async function knock(name: string): Promise<Identity> {
  const identity = makeIdentity(name);
  await expect(publish(identity, '{a:1}')).rejects.toThrow();
  return identity;
}

async function deleteEndpoints(rest: Rest, prefix: string): Promise<void> {
  const all = await rest.call<{ id: { id: string }; name: string }[]>('GET', '/api/postern/forwarding');
  for (const { id, name } of all) if (name.startsWith(prefix)) await rest.call('DELETE', `/api/postern/forwarding/${id.id}`);
}

test('from the overview to a refused certificate, and from there to a device that is let in', async ({ page, prefix }) => {
  const name = `${prefix}-pump`;
  await login(page, '/');
  await expect(page).toHaveURL(/\/overview$/);
  await expect(page.getByRole('link', { name: /^Devices/ })).toHaveAttribute('href', '/groups/all');
  await expect(page.getByRole('link', { name: /^Expired/ })).toHaveAttribute('href', '/groups/all?certificate=expired');

  const identity = await knock(name);
  const last = page.getByRole('region', { name: 'Last refusals' });
  await expect(last).toContainText(name);
  await expect(last).toContainText('certificate not registered');
  await expect(page.getByRole('link', { name: /^Refused in the last hour/ })).toHaveAttribute('href', '/door?time=hour');
  await shot(page, 'overview');

  await last.getByRole('link').filter({ hasText: name }).click();
  const dialog = page.getByRole('dialog', { name });
  await expect(dialog.getByRole('region', { name: 'Certificate that was shown' })).toContainText(`CN=${name}`);
  await expect(dialog.getByLabel('Device name')).toHaveValue(name);
  await expect(dialog).toContainText('will be added as a new device');
  await shot(page, 'door-register');
  await dialog.getByRole('button', { name: 'Add device and register' }).click();
  await expect(dialog).toContainText(`Registered to “${name}”`);
  await shot(page, 'door-registered');
  await publish(identity, '{temperature:25}');
  await dialog.getByRole('link', { name: 'Open the device' }).click();
  await expect(page.getByRole('heading', { level: 2, name })).toBeVisible();

  const connection = await connect(identity);
  await page.goto('/overview');
  const active = page.getByRole('link', { name: /^Active/ });
  await expect(active).toContainText(/Active[1-9]/);
  await active.click();
  await expect(page).toHaveURL(/\/groups\/all\?active=true$/);
  await expect(page.getByRole('link', { name })).toBeVisible();
  connection.close();
});

test('the door log is live, filtered by its address, and gives a certificate to a device that exists', async ({ page, prefix, rest }) => {
  const device = await rest.createDevice(`${prefix}-boiler`);
  await login(page, '/door');
  const identity = await knock(`${prefix}-stranger`);
  const row = page.getByRole('row').filter({ hasText: `${prefix}-stranger` });
  await expect(row).toContainText('certificate not registered');
  await expect(row).toContainText('127.0.0.1');
  await shot(page, 'door');

  await page.getByRole('searchbox').fill(`${prefix}-stranger`);
  await expect(page.getByText('1 refusal found')).toBeVisible();
  await page.getByRole('combobox', { name: 'Filter by reason' }).selectOption('Expired');
  await expect(page.getByText('No refusal matches')).toBeVisible();
  await page.goBack();
  await expect(row).toBeVisible();
  await row.getByRole('link', { name: `Register ${prefix}-stranger` }).click();
  await expect(page).toHaveURL(/\/door\/\d+\?q=/);

  const field = page.getByRole('textbox', { name: 'Device name' });
  await field.fill(`${prefix}-boi`);
  await page.getByRole('option', { name: device.name }).click();
  await expect(page.getByRole('dialog')).toContainText('replaces its present credentials');
  await page.getByRole('button', { name: 'Register', exact: true }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Registered to' })).toBeVisible();
  await publish(identity, '{a:1}');
  await page.goBack();
  await expect(page.getByRole('dialog')).toBeHidden();
  await page.goto('/door/999999999');
  await expect(page.getByText('This entry is not in the log any more')).toBeVisible();
});

test('the audit log is searched, read and exported', async ({ page, prefix, rest }) => {
  const device = await rest.createDevice(`${prefix}-audited`);
  await rest.createDevice(`${prefix}-other`);
  await login(page, '/audit');
  await page.getByRole('searchbox').fill(device.name);
  await expect(page.getByText('1 entry found')).toBeVisible();
  const row = page.getByRole('row').filter({ hasText: device.name });
  await expect(row).toContainText('Added');
  await expect(row).toContainText(server.user);
  await shot(page, 'audit');

  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export CSV' }).click()]);
  const csv = readFileSync((await file.path()) as string, 'utf8');
  expect(file.suggestedFilename()).toBe('audit.csv');
  expect(csv).toContain(device.name);
  expect(csv).not.toContain(`${prefix}-other`);

  await row.getByRole('button', { name: /^Details of Added/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Added' });
  await expect(dialog).toContainText(device.id.id);
  await shot(page, 'audit-entry');
  await page.keyboard.press('Escape');

  await page.getByRole('combobox', { name: 'Filter by user' }).selectOption(server.user);
  await expect(page).toHaveURL(/user=/);
  await expect(row).toBeVisible();
  await page.getByRole('combobox', { name: 'Filter by action' }).selectOption('Deleted');
  await expect(page.getByText('No entry matches')).toBeVisible();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.getByLabel('To', { exact: true }).fill('2020-01-01T00:00');
  await expect(page.getByText('No entry matches')).toBeVisible();
  await page.goBack();
  await expect(page.getByLabel('To', { exact: true })).toHaveValue('');
});

async function mayRead(key: string): Promise<number> {
  const answer = await fetch(`${server.url}/api/tenant/devices?pageSize=1&page=0`, { headers: { 'X-Authorization': `ApiKey ${key}` } });
  return answer.status;
}

test('an API key is made, shown once, switched off and deleted', async ({ page, prefix }) => {
  const name = `${prefix}-dashboard`;
  await login(page, '/keys');
  await page.getByRole('button', { name: /Make/ }).first().click();
  const form = page.getByRole('dialog', { name: 'Make an API key' });
  await form.getByRole('button', { name: 'Make the key' }).click();
  await expect(form.getByText('Enter a description')).toBeVisible();
  await form.getByLabel('Description').fill(name);
  await shot(page, 'keys-make');
  await form.getByRole('button', { name: 'Make the key' }).click();

  const made = page.getByRole('dialog', { name: 'Your new API key' });
  await expect(made).toContainText('only time the key is shown');
  const key = (await made.locator('code').first().textContent()) ?? '';
  expect(key).toMatch(/^pk_/);
  expect(await mayRead(key)).toBe(200);
  await shot(page, 'keys-made');
  await made.getByRole('button', { name: 'I have copied it' }).click();
  const row = page.getByRole('row').filter({ hasText: name });
  await expect(row).toContainText('devices:read, telemetry:read');
  await expect(page.getByText(key)).toHaveCount(0);

  await row.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Switch off' }).click();
  await expect(row).toContainText('Switched off');
  expect(await mayRead(key)).toBe(401);
  await shot(page, 'keys');
  await row.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Delete key' }).click();
  const question = page.getByRole('dialog', { name: 'Delete API key?' });
  await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await question.getByRole('button', { name: 'Delete key' }).click();
  await expect(row).toHaveCount(0);
});

test('settings tell of the server, and end logins', async ({ page, rest }) => {
  const other = await Rest.login();
  await login(page, '/settings');
  await expect(page).toHaveURL(/\/settings\/server$/);
  const certificate = page.getByRole('region', { name: 'Server certificate' });
  await expect(certificate).toContainText('Subject');
  await shot(page, 'settings-server');

  await page.getByRole('link', { name: 'Limits and settings' }).click();
  await page.getByRole('searchbox').fill('largest mqtt packet');
  await expect(page.getByText('mqtt.max_packet')).toBeVisible();
  await expect(page.getByRole('region', { name: 'mqtt' })).toContainText('256 KiB');
  await expect(page.getByText('http.max_body')).toHaveCount(0);
  await shot(page, 'settings-limits');

  await page.getByRole('link', { name: 'Your logins' }).click();
  await expect(page.getByText('this one')).toBeVisible();
  await expect(page.getByRole('button', { name: /^End the login/ }).first()).toBeVisible();
  await shot(page, 'settings-logins');
  await page.getByRole('button', { name: 'End all others' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End all others' }).click();
  await expect(page.getByText('All other logins have ended')).toBeVisible();
  await expect(page.getByRole('button', { name: /^End the login/ })).toHaveCount(0);
  for (const ended of [other, rest]) await expect(ended.call('GET', '/api/auth/user')).rejects.toThrow('401');
});

test('an endpoint is added, tested, paused and deleted', async ({ page, prefix, rest }) => {
  const name = `${prefix}-warehouse`;
  await login(page, '/settings/forwarding');
  await page.getByRole('button', { name: /Add/ }).first().click();
  const form = page.getByRole('dialog', { name: 'Add endpoint' });
  await form.getByLabel('Name').fill(name);
  await form.getByLabel('Address').fill('http://events.example.com/');
  await form.getByRole('button', { name: 'Make a secret' }).click();
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(form.getByText(/^url /)).toBeVisible();
  await shot(page, 'forwarding-refused');
  await form.getByLabel('Address').fill('https://nowhere.invalid/postern');
  await form.getByRole('button', { name: 'Save' }).click();
  const card = page.getByRole('region', { name });
  await expect(card).toContainText('telemetry, lifecycle events');
  await card.getByRole('button', { name: /Send a test/ }).click();
  await expect(card.getByRole('alert')).toContainText('The test event was not taken');
  await shot(page, 'forwarding');

  await card.getByRole('button', { name: `Edit ${name}` }).click();
  const edit = page.getByRole('dialog', { name: 'Edit endpoint' });
  await edit.getByRole('checkbox', { name: 'Attributes' }).check();
  await edit.getByRole('button', { name: 'Save' }).click();
  await expect(card).toContainText('telemetry, attributes, lifecycle events');
  await card.getByRole('button', { name: `Pause ${name}` }).click();
  await expect(card).toContainText('Paused');
  await card.getByRole('button', { name: `Delete ${name}` }).click();
  await page.getByRole('dialog', { name: 'Delete endpoint?' }).getByRole('button', { name: 'Delete' }).click();
  await expect(card).toHaveCount(0);
  await deleteEndpoints(rest, prefix);
});

test.describe('on the narrowest phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });

  const look = async (page: Page, name: string) => {
    await expect(page.locator('main h1').first()).toHaveText(/\S/);
    await expect(page.locator('main [aria-busy=true]')).toHaveCount(0);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await shot(page, `narrow-${name}-${colorScheme}`);
    }
  };

  test('nothing sticks out', async ({ page, prefix, rest }) => {
    await knock(`${prefix}-${'a-long-name-'.repeat(3)}`);
    await rest.call('POST', '/api/postern/forwarding', {
      name: `${prefix}-${'long'.repeat(12)}`, url: `https://nowhere.invalid/${'path'.repeat(20)}`, secret: 'x'.repeat(32), telemetry: true,
    });
    await login(page, '/overview');
    await expect(page.getByRole('region', { name: 'Last refusals' })).toContainText(prefix);
    await look(page, 'overview');
    for (const [link, name] of [['Door log', 'door'], ['Audit log', 'audit'], ['API keys', 'keys'], ['Settings', 'settings']] as const) {
      await page.getByRole('button', { name: 'Open navigation' }).click();
      await page.getByRole('dialog').getByRole('link', { name: link }).click();
      await expect(page.getByRole('dialog')).toBeHidden();
      await expect(page.getByRole('heading', { level: 1, name: link })).toBeVisible();
      await look(page, name);
    }
    for (const part of ['Limits and settings', 'Forwarding', 'Your logins']) {
      await page.getByRole('link', { name: part }).click();
      await expect(page.getByRole('link', { name: part })).toHaveAttribute('aria-current', 'page');
      await look(page, part.toLowerCase().replace(/ /g, '-'));
    }
    await page.goto('/door');
    await page.getByRole('link', { name: /not registered/ }).first().click();
    await expect(page.getByRole('textbox', { name: 'Device name' })).toBeVisible();
    await expect(page.getByRole('region', { name: 'Certificate that was shown' })).toBeVisible();
    await look(page, 'register');
    await deleteEndpoints(rest, prefix);
  });
});
