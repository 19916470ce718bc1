import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import { makeIdentity, publish } from './support/device';
import { expect, login, shot, test } from './support/page';
import { atEachWidth, PHONE } from './support/widths';

const run = promisify(execFile);

/** Commands of the steps with these titles, as a reader would copy them. */
async function commandsOf(page: Page, titles: RegExp[]): Promise<string[]> {
  const steps = page.getByRole('list', { name: 'Steps' });
  return Promise.all(titles.map((title) => steps.getByRole('listitem').filter({ hasText: title }).locator('code').innerText()));
}

test('the commands work as they are shown, and the live view tells of it', async ({ page, prefix, rest }) => {
  const device = await rest.createDevice(`${prefix}-shown`);
  const identity = makeIdentity(device.name);
  await rest.saveCertificate(device, identity.cert);
  await login(page, `/groups/all/devices/${device.id.id}/connectivity#linux-mosquitto`);
  const live = page.getByRole('region', { name: 'Live' });
  await expect(live).toContainText('Waiting for the first message');
  await shot(page, 'connect-x509');

  const commands = await commandsOf(page, [/Get the server’s certificate chain/, /Send a first message/]);
  await run('bash', ['-ec', commands.join('\n')], { cwd: dirname(identity.certFile), timeout: 20_000 });
  const sent = Date.now();
  await expect(live).toContainText('Message received');
  const seen = Date.now() - sent;
  await expect(live).toContainText('temperature = 25');
  expect(seen).toBeLessThan(3_000);
  await live.getByText('Since you opened this view').click();
  await expect(live.getByRole('list', { name: 'Since you opened this view' })).toContainText('Connected');
  await shot(page, 'connect-arrived');
});

test('a device with a token finds its commands and programs, for each system', async ({ page, prefix, rest }) => {
  const token = `${prefix}tok`;
  const device = await rest.call<{ id: { id: string } }>('POST', `/api/device?accessToken=${token}`, { name: `${prefix}-token` });
  await login(page, `/groups/all/devices/${device.id.id}/connectivity#windows-python`);
  await expect(page.getByRole('radio', { name: 'Windows' })).toBeChecked();
  const steps = page.getByRole('list', { name: 'Steps' });
  await expect(steps).toContainText(`client.username_pw_set("${token}")`);
  for (const [tool, sign] of [
    ['Node.js (mqtt.js)', `username: "${token}"`],
    ['C (ESP-IDF)', `.credentials.username = "${token}"`],
    ['mosquitto', `-u '${token}'`],
    ['curl (HTTP)', `/api/v1/${token}/telemetry`],
  ] as const) {
    await page.getByRole('radio', { name: tool }).check();
    await expect(steps).toContainText(sign);
  }
  await page.getByRole('radio', { name: 'Linux' }).check();
  expect(new URL(page.url()).hash).toBe('#linux-curl');
  const [command = ''] = await commandsOf(page, [/Send a first message/]);
  await run('bash', ['-ec', command], { timeout: 20_000 });
  await expect(page.getByRole('region', { name: 'Live' })).toContainText('temperature = 25');
});

atEachWidth((look) => {
  test('a refused certificate is explained live, and can be registered there', async ({ page, prefix, rest }) => {
    const device = await rest.createDevice(`${prefix}-refused`);
    const [registered, other] = [makeIdentity(device.name), makeIdentity(device.name)];
    await rest.saveCertificate(device, registered.cert);
    await login(page, `/groups/all/devices/${device.id.id}/connectivity`);
    const live = page.getByRole('region', { name: 'Live' });
    await expect(live).toContainText('Waiting for the first message');

    await expect(publish(other, '{a:1}')).rejects.toThrow();
    const refused = Date.now();
    await expect(live).toContainText('A client with this device’s name was refused');
    const seen = Date.now() - refused;
    await expect(live).toContainText(/not registered/i);
    expect(seen).toBeLessThan(3_000);
    await shot(page, `connect-refused-${look}`);

    const register = live.getByRole('button', { name: 'Register this certificate' });
    await register.click();
    await expect(live).toContainText('Replaces the device’s present credentials');
    await register.click();
    await expect(live).toContainText('Registered. Let the device try again.');
    await publish(other, '{a:1}');
    await expect(live).toContainText('a = 1');
    await expect(publish(registered, '{a:2}')).rejects.toThrow();
  });
});

test.describe('on a phone', () => {
  test.use(PHONE);

  test('the commands fit', async ({ page, prefix, rest }) => {
    const device = await rest.createDevice(`${prefix}-phone`);
    await login(page);
    await page.goto(`/groups/all/devices/${device.id.id}/connectivity#linux-esp`);
    await expect(page.getByRole('list', { name: 'Steps' })).toContainText('esp_mqtt_client_init');
    await shot(page, 'connect-phone');
  });
});
