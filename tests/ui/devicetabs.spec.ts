import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { makeIdentity, publish, type Identity } from './support/device';
import { expect, login, shot, test } from './support/page';
import { server } from './support/server';
import { PHONE } from './support/widths';

const door = ['--cafile', server.chain, '-h', 'localhost', '-p', String(server.mqttsPort)];
const shown = (identity: Identity) => [...door, '--cert', identity.certFile, '--key', identity.keyFile];

/** mosquitto_sub as a device that answers each call with {"echo": its call}. */
function answering(identity: Identity): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    // Line by line, also into a pipe.
    const child = spawn('stdbuf', ['-oL', 'mosquitto_sub', ...shown(identity), '-d', '-q', '1', '-F', 'CALL %t %p', '-t', 'v1/devices/me/rpc/request/+']);
    child.once('error', reject);
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('received SUBACK')) resolve(child);
      const [, id, body] = /^CALL \S+\/(\d+) (.*)$/.exec(line) ?? [];
      if (id === undefined || body === undefined) return;
      const answer = ['-q', '1', '-i', `answer${id}`, '-t', `v1/devices/me/rpc/response/${id}`, '-m', `{"echo":${body}}`];
      void promisify(execFile)('mosquitto_pub', [...shown(identity), ...answer], { timeout: 15_000 });
    });
  });
}

test('calls, and what became of them', async ({ page, prefix, rest }) => {
  const device = await rest.createDevice(`${prefix}-rpc`);
  const identity = makeIdentity(device.name);
  await rest.saveCertificate(device, identity.cert);
  await login(page, `/groups/all/devices/${device.id.id}/rpc`);
  const call = page.getByRole('button', { name: 'Call the device' });
  const session = page.getByRole('list', { name: 'Calls of this session' });

  await call.click();
  await expect(page.getByText('Enter the method’s name')).toBeVisible();
  await page.getByLabel('Method').fill('setValve');
  await page.getByLabel('Parameters').fill('{"open":');
  await call.click();
  await expect(page.getByText('This is not JSON')).toBeVisible();
  await page.getByLabel('Parameters').fill('{"open":true}');
  await call.click();
  await expect(session).toContainText('not connected');

  const child = await answering(identity);
  try {
    await call.click();
    await expect(session).toContainText('answered in');
    await expect(session).toContainText('"echo"');
    await page.getByRole('checkbox', { name: 'Keep the call' }).check();
    await page.getByLabel('Kept for').selectOption('1 day');
    await call.click();
    const kept = page.getByRole('list', { name: 'Kept calls' });
    await expect(kept).toContainText('Answered');
    await shot(page, 'rpc');
    await page.getByLabel('Status').selectOption('Expired');
    await expect(page.getByText('No kept call has this status.')).toBeVisible();
    await page.getByLabel('Status').selectOption('Answered');
    await kept.getByRole('button', { name: 'Actions for the call setValve' }).click();
    await page.getByRole('menuitem', { name: 'Delete this call' }).click();
    await expect(kept).toBeHidden();
  } finally {
    child.kill();
  }
  // The session's calls outlive a look at another tab.
  await page.getByRole('tab', { name: 'Events' }).click();
  await expect(page.getByRole('list', { name: 'Which events' })).toContainText('Connected');
  await page.getByRole('tab', { name: 'RPC' }).click();
  await expect(session).toContainText('answered in');
});

test('events come by themselves, with the reason', async ({ page, prefix, rest }) => {
  const device = await rest.createDevice(`${prefix}-events`);
  const identity = makeIdentity(device.name);
  await rest.saveCertificate(device, identity.cert);
  await login(page, `/groups/all/devices/${device.id.id}/events`);
  await expect(page.getByText('Nothing has happened yet')).toBeVisible();
  await publish(identity, '{temperature:}').catch(() => undefined);
  const events = page.getByRole('list', { name: 'Which events' });
  await expect(events).toContainText('Message refused');
  await expect(events).toContainText('Connected');
  await page.getByRole('radio', { name: 'Connections' }).check();
  await expect(events).not.toContainText('Message refused');
  await page.getByRole('radio', { name: 'Refusals' }).check();
  await expect(events).not.toContainText('Connected');
  await page.getByRole('radio', { name: 'All' }).check();
  await shot(page, 'events');
});

test('firmware is assigned, and its way to the device is seen', async ({ page, prefix, rest }) => {
  const device = await rest.createDevice(`${prefix}-fw`);
  const identity = makeIdentity(device.name);
  await rest.saveCertificate(device, identity.cert);
  const { deviceProfileId } = await rest.call<{ deviceProfileId: object }>('GET', `/api/device/${device.id.id}`);
  const made = await rest.call<{ id: { id: string } }>('POST', '/api/otaPackage', {
    title: `${prefix}-pump`,
    version: '2.4.1',
    type: 'FIRMWARE',
    deviceProfileId,
    usesUrl: true,
    url: 'https://files.example/pump.bin',
  });
  await login(page, `/groups/all/devices/${device.id.id}/firmware`);
  const firmware = page.getByRole('region', { name: 'Firmware' });
  await expect(firmware).toContainText('Nothing is assigned');
  await firmware.getByLabel('Package for this device').selectOption(`${prefix}-pump 2.4.1`);
  await firmware.getByRole('button', { name: 'Assign' }).click();
  await expect(firmware).toContainText('Assigned. Connected devices are told');
  await expect(firmware).toContainText('to this device');
  const steps = firmware.getByRole('list', { name: 'Progress' });
  await expect(steps.getByText('Told to the device')).toHaveAttribute('aria-current', 'step');
  await publish(identity, '{"current_fw_title":"pump","current_fw_version":"2.4.0","fw_state":"DOWNLOADING"}');
  await expect(steps.getByText('Downloading')).toHaveAttribute('aria-current', 'step');
  await expect(firmware).toContainText('pump 2.4.0');
  await shot(page, 'firmware');
  await publish(identity, '{"fw_state":"FAILED","fw_error":"the checksum does not fit"}');
  await expect(firmware).toContainText('the checksum does not fit');
  await firmware.getByLabel('Package for this device').selectOption('');
  await firmware.getByRole('button', { name: 'Assign' }).click();
  await expect(firmware).toContainText('Nothing is assigned');
  await rest.call('DELETE', `/api/otaPackage/${made.id.id}`);
});

test('who changed what', async ({ page, prefix, rest }) => {
  const device = await rest.createDevice(`${prefix}-audit`);
  await rest.saveCertificate(device, makeIdentity(device.name).cert);
  await login(page, `/groups/all/devices/${device.id.id}/audit`);
  const panel = page.getByRole('tabpanel', { name: 'Audit trail' });
  await expect(panel).toContainText('Credentials changed');
  await expect(panel).toContainText('Device added');
  await expect(panel).toContainText(server.user);
  await panel.getByText('Details').first().click();
  await expect(panel).toContainText('/api/device/credentials');
  await shot(page, 'audit');
});

test.describe('on a phone', () => {
  test.use({ ...PHONE, colorScheme: 'dark' });

  test('each tab fits', async ({ page, prefix, rest }) => {
    const device = await rest.createDevice(`${prefix}-phone`);
    const identity = makeIdentity(device.name);
    await rest.saveCertificate(device, identity.cert);
    await publish(identity, '{"fw_state":"DOWNLOADING"}');
    await login(page);
    await page.goto(`/groups/all/devices/${device.id.id}/rpc`);
    await page.getByRole('checkbox', { name: 'Keep the call' }).check();
    await shot(page, 'rpc-phone');
    for (const [tab, sign] of [
      ['Events', 'Connected'],
      ['Firmware', 'Downloading'],
      ['Audit trail', 'Device added'],
    ] as const) {
      await page.getByRole('tab', { name: tab }).click();
      await expect(page.getByRole('tabpanel', { name: tab })).toContainText(sign);
      await shot(page, `${tab.split(' ')[0]?.toLowerCase()}-phone`);
    }
  });
});
