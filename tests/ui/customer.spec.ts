import { deleteCustomer, makeCustomerUser, type CustomerUser } from './support/people';
import { expect, shot, signIn, test } from './support/page';
import type { Device, Rest } from './support/rest';

interface Two {
  mine: CustomerUser;
  theirs: CustomerUser;
  own: Device;
  foreign: Device;
}

/** Two customers with a device each, and a device that is the tenant's. */
async function makeTwo(rest: Rest, prefix: string): Promise<Two> {
  const [mine, theirs] = [await makeCustomerUser(rest, `${prefix}-mine`), await makeCustomerUser(rest, `${prefix}-theirs`)];
  const own = await rest.createDevice(`${prefix}-own`);
  const foreign = await rest.createDevice(`${prefix}-foreign`);
  await rest.createDevice(`${prefix}-tenants`);
  await rest.call('POST', `/api/customer/${mine.customerId}/device/${own.id.id}`);
  await rest.call('POST', `/api/customer/${theirs.customerId}/device/${foreign.id.id}`);
  return { mine, theirs, own, foreign };
}

for (const { name, viewport } of [
  { name: 'desktop', viewport: { width: 1360, height: 860 } },
  { name: 'phone', viewport: { width: 360, height: 740 } },
]) {
  test(`a customer’s user sees its devices and no other’s, ${name}`, async ({ page, prefix, rest }) => {
    await page.setViewportSize(viewport);
    const { mine, theirs, own, foreign } = await makeTwo(rest, prefix);
    try {
      await signIn(page, mine.email, mine.password);
      await page.goto('/groups/all');
      const table = page.getByRole('table', { name: 'Devices' });
      await expect(table.getByRole('link', { name: own.name })).toBeVisible();
      await expect(table.getByRole('link')).toHaveCount(1);
      if (name === 'phone') await page.getByRole('button', { name: 'Open navigation' }).click();
      const navigation = page.getByRole('navigation');
      await expect(navigation.getByRole('link', { name: 'All', exact: true })).toBeVisible();
      for (const hidden of ['Users', 'Customers', 'Device profiles', 'Firmware packages', 'Tenants']) {
        await expect(navigation.getByRole('link', { name: hidden })).toHaveCount(0);
      }
      await shot(page, `customer-${name}`);

      // Addresses that are not theirs show nothing, whoever handed them on.
      await page.goto(`/groups/all/devices/${foreign.id.id}/details`);
      await expect(page.getByText('This device does not exist')).toBeVisible();
      for (const address of ['/users', '/customers', '/profiles', '/tenants']) {
        await page.goto(address);
        await expect(page.getByRole('heading', { name: 'There is nothing at this address' })).toBeVisible();
      }
      await page.goto(`/groups/all/devices/${own.id.id}/details`);
      await expect(page.getByRole('heading', { level: 2, name: own.name })).toBeVisible();
    } finally {
      await deleteCustomer(rest, mine.customerId);
      await deleteCustomer(rest, theirs.customerId);
    }
  });
}

test('the API shows a customer’s user no device of another', async ({ prefix, rest }) => {
  const { mine, theirs, own, foreign } = await makeTwo(rest, prefix);
  try {
    const list = await mine.rest.call<{ data: Device[] }>('GET', '/api/user/devices?pageSize=100&page=0');
    expect(list.data.map(({ name }) => name)).toEqual([own.name]);
    const none = (method: string, path: string, body?: unknown) => expect(mine.rest.call(method, path, body)).rejects.toThrow(/: 40[34] /);
    await none('GET', `/api/device/${foreign.id.id}`);
    await none('GET', `/api/device/${foreign.id.id}/credentials`);
    await none('GET', `/api/plugins/telemetry/DEVICE/${foreign.id.id}/values/timeseries`);
    await none('GET', `/api/customer/${theirs.customerId}/devices?pageSize=10&page=0`);
    await none('DELETE', `/api/device/${own.id.id}`);
    await none('GET', '/api/customers?pageSize=10&page=0');
    await none('GET', '/api/tenant/devices?pageSize=10&page=0');
  } finally {
    await deleteCustomer(rest, mine.customerId);
    await deleteCustomer(rest, theirs.customerId);
  }
});
