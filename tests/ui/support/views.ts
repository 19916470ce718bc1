import type { Page } from '@playwright/test';
import { makeIdentity, publish } from './device';
import { expect } from './page';
import { deleteCustomer } from './people';
import type { Rest } from './rest';

/** A view by its address; a heading of this name is there when it stands. */
export interface View {
  address: string;
  ready: string | RegExp;
}

const TABS = ['details', 'credentials', 'telemetry', 'charts?keys=level,on', 'attributes', 'connectivity', 'rpc', 'events', 'firmware', 'audit'];
const SETTINGS = ['server', 'limits', 'forwarding', 'logins'];

/** Every view of a tenant's administrator, with something in it. What it makes has names that begin with the prefix. */
export async function makeViews(rest: Rest, prefix: string): Promise<View[]> {
  const identity = makeIdentity(prefix);
  const device = await rest.createDevice(`${prefix}-views`);
  await rest.saveCertificate(device, identity.cert);
  await publish(identity, '{level:1,on:true,name:"x"}');
  await publish(makeIdentity(device.name), '{a:1}').catch(() => undefined); // a refusal for the door log
  await rest.call('POST', `/api/plugins/telemetry/DEVICE/${device.id.id}/attributes/SHARED_SCOPE`, { target: 21 });
  const { id: customer } = await rest.createCustomer(prefix);
  const { id: group } = await rest.createGroup(`${prefix}-group`);
  await rest.call('POST', `/api/entityGroup/${group.id}/addEntities`, [device.id.id]);
  const { id: profile } = await rest.call<{ id: { id: string } }>('GET', '/api/deviceProfileInfo/default');
  return [
    { address: '/overview', ready: 'Overview' },
    { address: '/groups/all', ready: 'All' },
    { address: `/groups/${group.id}`, ready: `${prefix}-group` },
    ...TABS.map((tab) => ({ address: `/groups/all/devices/${device.id.id}/${tab}`, ready: device.name })),
    { address: '/import', ready: 'Import devices' },
    { address: '/profiles', ready: 'Device profiles' },
    { address: `/profiles/${profile.id}`, ready: 'default' },
    { address: '/profiles/new', ready: 'New device profile' },
    { address: '/packages', ready: 'Firmware packages' },
    { address: '/customers', ready: 'Customers' },
    { address: `/customers/${customer.id}`, ready: prefix },
    { address: '/users', ready: 'Users' },
    { address: '/door', ready: 'Door log' },
    { address: '/audit', ready: 'Audit log' },
    { address: '/keys', ready: 'API keys' },
    ...SETTINGS.map((part) => ({ address: `/settings/${part}`, ready: 'Settings' })),
    { address: '/nowhere', ready: 'There is nothing at this address' },
  ];
}

/** Takes away what deleting the devices of the prefix leaves. */
export async function deleteViews(rest: Rest, prefix: string): Promise<void> {
  const customers = await rest.call<{ data: { id: { id: string } }[] }>('GET', `/api/customers?pageSize=10&page=0&textSearch=${prefix}`);
  for (const { id } of customers.data) await deleteCustomer(rest, id.id);
  const groups = await rest.call<{ id: { id: string }; name: string }[]>('GET', '/api/entityGroups/DEVICE');
  for (const { id, name } of groups) if (name.startsWith(prefix)) await rest.call('DELETE', `/api/entityGroup/${id.id}`);
}

export async function openView(page: Page, { address, ready }: View): Promise<void> {
  await page.goto(address);
  await expect(page.getByRole('heading', { name: ready }).first()).toBeVisible();
  await expect(page.locator('[aria-busy=true]:visible, [role=status][aria-label=Loading]:visible')).toHaveCount(0);
}
