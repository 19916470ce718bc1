import { makeIdentity, publish } from './support/device';
import { expect, login, shot, test } from './support/page';

test('every type of value is shown as it was sent', async ({ page, prefix, rest }) => {
  const device = await rest.createDevice(`${prefix}-types`);
  const identity = makeIdentity('types');
  await rest.saveCertificate(device, identity.cert);
  const long = 'long-'.repeat(200);
  const sent = { on: true, off: false, whole: -4, real: 21.456789012, word: '25', markup: '<b>x</b>', none: '', long };
  const odd = '"large":9007199254740993,"list":[1,{"a":null}]';
  await publish(identity, `${JSON.stringify(sent).slice(0, -1)},${odd}}`);

  await login(page, `/groups/all/devices/${device.id.id}/telemetry`);
  const value = (key: string) => page.getByRole('row', { name: new RegExp(`^${key} `) }).getByRole('cell').first();
  await expect(value('on')).toHaveText('true');
  await expect(value('off')).toHaveText('false');
  await expect(value('whole')).toHaveText('-4');
  await expect(value('real')).toHaveText('21.456789012');
  await expect(value('word')).toHaveText('25');
  await expect(value('markup')).toHaveText('<b>x</b>');
  await expect(value('none')).toHaveText('empty text');
  await expect(value('large')).toHaveText('9007199254740993');
  await expect(value('list')).toHaveText('[1,{"a":null}]');
  await shot(page, 'telemetry-types');

  await expect(value('long')).not.toContainText(long);
  await page.getByRole('button', { name: 'Show all 1,000 characters' }).click();
  await expect(value('long')).toContainText(long);

  const table = page.getByRole('table', { name: 'Latest telemetry' });
  await page.getByRole('textbox', { name: 'Filter keys' }).fill('LARGE');
  await expect(table.getByRole('row')).toHaveCount(2);
  await page.getByRole('textbox', { name: 'Filter keys' }).fill('nothing');
  await expect(page.getByText('No key matches')).toBeVisible();
});
