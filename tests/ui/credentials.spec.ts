import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { connect, makeAuthority, makeChain, makeExpired, makeIdentity, publish } from './support/device';
import { expect, login, shot, test } from './support/page';
import { server } from './support/server';
import { atEachWidth } from './support/widths';

test('a private key never leaves the browser', async ({ page, prefix, rest }) => {
  const device = await rest.createDevice(`${prefix}-key`);
  const identity = makeIdentity('key');
  const sent: string[] = [];
  page.on('request', (request) => sent.push(request.url() + (request.postData() ?? '')));

  await login(page, `/groups/all/devices/${device.id.id}/credentials`);
  await page.getByRole('radio', { name: 'X.509 Certificate' }).check();
  const area = page.getByRole('textbox', { name: 'X.509 Certificate' });
  const notice = page.getByText('That was a private key');

  // By typing or filling in.
  await area.fill(identity.key);
  await expect(notice).toBeVisible();
  await expect(area).toHaveValue('');
  await expect(page.getByRole('button', { name: 'Save' })).toBeDisabled();
  await shot(page, 'private-key');

  // By the clipboard, together with the certificate.
  await area.fill('x');
  await expect(notice).toBeHidden();
  await page.evaluate((text) => navigator.clipboard.writeText(text), identity.cert + identity.key);
  await area.press('Control+A');
  await area.press('Control+V');
  await expect(notice).toBeVisible();
  await expect(area).toHaveValue('');

  // By a file.
  await area.fill('x');
  await expect(notice).toBeHidden();
  await page.locator('input[type=file]').setInputFiles(identity.keyFile);
  await expect(notice).toBeVisible();
  await expect(area).toHaveValue('');

  // What would be sent with a delay is sent by now.
  await page.waitForTimeout(1_000);
  const body = identity.key.split('\n').slice(1, -2).join('');
  for (const piece of ['PRIVATE', body.slice(0, 40), body.slice(20, 60)]) {
    expect(sent.filter((request) => request.includes(piece))).toEqual([]);
  }
  const credentials = await rest.call<{ credentialsType: string }>('GET', `/api/device/${device.id.id}/credentials`);
  expect(credentials.credentialsType).toBe('ACCESS_TOKEN');
});

atEachWidth((look) => {
  test('a new certificate ends the connection of the old one', async ({ page, prefix, rest }) => {
    const device = await rest.createDevice(`${prefix}-swap`);
    const [old, fresh] = [makeIdentity('old'), makeIdentity('fresh')];
    await rest.saveCertificate(device, old.cert);
    const connection = await connect(old);
    try {
      await login(page, `/groups/all/devices/${device.id.id}/credentials`);
      await expect(page.getByRole('region', { name: 'Current certificate' })).toContainText('old');
      await page.getByRole('textbox', { name: 'X.509 Certificate' }).fill(fresh.cert);
      await expect(page.getByRole('region', { name: 'New certificate' })).toContainText('fresh');
      await expect(page.getByText('Saving replaces the current certificate')).toBeVisible();
      await shot(page, `replace-certificate-${look}`);

      expect(connection.isOpen()).toBe(true);
      const answered = page.waitForResponse((response) => response.url().endsWith('/api/device/credentials'));
      await page.getByRole('button', { name: 'Save' }).click();
      const pressed = Date.now();
      expect((await answered).status()).toBe(200);
      expect((await connection.ended) - pressed).toBeLessThan(1_000);
      await expect(page.getByRole('region', { name: 'Current certificate' })).toContainText('fresh');
    } finally {
      connection.close();
    }
    await expect(connect(old)).rejects.toThrow();
    await expect(publish(old, '{a:1}')).rejects.toThrow();
    await publish(fresh, '{a:1}');
  });
});

test('what is no certificate is refused in place, with the reason', async ({ page, prefix, rest }) => {
  const owner = await rest.createDevice(`${prefix}-owner`);
  const device = await rest.createDevice(`${prefix}-other`);
  const taken = makeIdentity('taken');
  await rest.saveCertificate(owner, taken.cert);

  await login(page, `/groups/all/devices/${device.id.id}/credentials`);
  await page.getByRole('radio', { name: 'X.509 Certificate' }).check();
  const area = page.getByRole('textbox', { name: 'X.509 Certificate' });
  const save = page.getByRole('button', { name: 'Save' });

  const refused = page.getByText('Would be refused');
  const reasons: [string, RegExp][] = [
    ['hello', /no certificate found/i],
    ['-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIB\n-----END CERTIFICATE-----\n', /not a certificate/i],
    [makeExpired('old'), /expired: valid until/i],
    [makeIdentity('weak', ['rsa:1024']).cert, /key too small: RSA 1024/i],
  ];
  for (const [pasted, reason] of reasons) {
    await area.fill(pasted);
    await expect(page.getByText(reason)).toBeVisible();
    await expect(refused).toBeVisible();
    await expect(save).toBeDisabled();
  }
  await shot(page, 'certificate-refused');

  await area.fill(makeAuthority('sub'));
  await expect(page.getByText("This is an authority's certificate")).toBeVisible();
  await expect(refused).toBeHidden();
  await expect(save).toBeEnabled();

  await area.fill(taken.cert);
  await expect(page.getByRole('region', { name: 'New certificate' })).toContainText('taken');
  await expect(page.getByText('Would be refused')).toBeVisible();
  await expect(save).toBeDisabled();
  await shot(page, 'certificate-taken');

  await page.getByRole('button', { name: 'Clear' }).click();
  await expect(area).toHaveValue('');
  await expect(page.getByText('Would be refused')).toBeHidden();
});

test('a certificate comes by file, PEM or DER, and with the new device', async ({ page, prefix }) => {
  const name = `${prefix}-file`;
  const identity = makeIdentity(name);
  const der = `${identity.certFile}.der`;
  writeFileSync(der, Buffer.from(identity.cert.replace(/-----[^-]+-----/g, ''), 'base64'));

  await login(page);
  await page.getByRole('button', { name: 'Add device' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Add device' });
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByRole('radio', { name: 'X.509 certificate' }).check();
  for (const file of [der, identity.certFile]) {
    await dialog.locator('input[type=file]').setInputFiles(file);
    await expect(dialog.getByRole('textbox', { name: 'X.509 Certificate' })).toHaveValue(/BEGIN CERTIFICATE/);
    await expect(dialog.getByRole('region', { name: 'New certificate' })).toContainText(name);
    if (file === der) await dialog.getByRole('button', { name: 'Clear' }).click();
  }
  await shot(page, 'add-device-certificate');
  await dialog.getByRole('button', { name: 'Add device' }).click();
  await expect(page.getByRole('heading', { level: 2, name })).toBeVisible();
  await publish(identity, '{"ok":true}');
});

test('an access token is shown, changed, and refused when it is taken', async ({ page, prefix, rest }) => {
  const token = `${prefix}t`;
  await rest.call('POST', `/api/device?accessToken=${token}`, { name: `${prefix}-first` });
  const device = await rest.createDevice(`${prefix}-second`);

  await login(page, `/groups/all/devices/${device.id.id}/credentials`);
  const field = page.getByRole('textbox', { name: 'Access token' });
  await expect(field).not.toHaveValue('');
  await field.fill(token);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('already registered')).toBeVisible();
  await page.getByRole('button', { name: 'Generate a new token' }).click();
  await expect(field).toHaveValue(/^[A-Za-z0-9]{20}$/);
  const fresh = await field.inputValue();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved. The device can log in with it now.')).toBeVisible();
  const saved = await rest.call<{ credentialsId: string }>('GET', `/api/device/${device.id.id}/credentials`);
  expect(saved.credentialsId).toBe(fresh);
});

test('of several files and a chain the device’s certificate is found, and another can be chosen', async ({ page, prefix, rest }) => {
  const device = await rest.createDevice(`${prefix}-chain`);
  const chain = makeChain(`${prefix}-pump`);
  const alone = makeIdentity(`${prefix}-alone`);
  await login(page, `/groups/all/devices/${device.id.id}/credentials`);
  await page.getByRole('radio', { name: 'X.509 Certificate' }).check();

  await page.locator('input[type=file]').setInputFiles([chain.chainFile, alone.certFile, alone.keyFile]);
  await expect(page.getByText('Left out: key.pem')).toBeVisible();
  const choice = page.getByRole('group', { name: 'Which one is the device’s?' });
  await expect(choice.getByRole('radio')).toHaveCount(3);
  await expect(choice.getByRole('radio', { name: /device certificate/ })).toBeChecked();
  const parsed = page.getByRole('region', { name: 'New certificate' });
  await expect(parsed).toContainText(`CN=${prefix}-pump`);
  await shot(page, 'certificate-choice');
  await choice.getByRole('radio', { name: `${prefix}-alone` }).check();
  await expect(parsed).toContainText(`CN=${prefix}-alone`);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved. The device can log in with it now.')).toBeVisible();
  await expect(choice).toBeHidden();
  await publish(alone, '{"ok":true}');
});

test('MQTT basic credentials are set, shown again, and let the device in', async ({ page, prefix, rest }) => {
  const device = await rest.createDevice(`${prefix}-basic`);
  await login(page, `/groups/all/devices/${device.id.id}/credentials`);
  await page.getByRole('radio', { name: 'MQTT basic' }).check();
  const save = page.getByRole('button', { name: 'Save' });
  await page.getByLabel('Password (optional)').fill('s3cret');
  await expect(save).toBeDisabled();
  await page.getByRole('textbox', { name: 'User name' }).fill(prefix);
  await shot(page, 'mqtt-basic');
  await save.click();
  await expect(page.getByText('Saved. The device can log in with it now.')).toBeVisible();
  await page.reload();
  await expect(page.getByRole('textbox', { name: 'User name' })).toHaveValue(prefix);
  const args = ['--cafile', server.chain, '-h', 'localhost', '-p', String(server.mqttsPort), '-u', prefix, '-P', 's3cret'];
  await promisify(execFile)('mosquitto_pub', [...args, '-q', '1', '-t', 'v1/devices/me/telemetry', '-m', '{a:1}'], { timeout: 15_000 });
});
