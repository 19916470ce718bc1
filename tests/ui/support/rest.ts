import { server } from './server';

export interface Device {
  id: { id: string };
  name: string;
}

/** The REST API without the page, to prepare what a test needs and to take it away again. */
export class Rest {
  private constructor(private readonly token: string) {}

  static async login(username = server.user, password = server.password): Promise<Rest> {
    const answer = await fetch(`${server.url}/api/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ username, password }),
    });
    if (!answer.ok) throw new Error(`login: ${answer.status} ${await answer.text()}`);
    return new Rest(((await answer.json()) as { token: string }).token);
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers: Record<string, string> = { 'X-Authorization': `Bearer ${this.token}` };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const answer = await fetch(server.url + path, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** A group of devices, or a customer; the caller takes it away. */
  createGroup(name: string): Promise<Device> {
    return this.call<Device>('POST', '/api/entityGroup', { type: 'DEVICE', name });
  }

  createCustomer(title: string): Promise<{ id: { id: string } }> {
    return this.call('POST', '/api/customer', { title });
  }

  createDevice(name: string, more: object = {}): Promise<Device> {
    return this.call<Device>('POST', '/api/device', { name, ...more });
  }

  async saveCertificate(device: Device, pem: string): Promise<void> {
    const credentials = await this.call<object>('GET', `/api/device/${device.id.id}/credentials`);
    await this.call('POST', '/api/device/credentials', {
      ...credentials,
      credentialsType: 'X509_CERTIFICATE',
      credentialsValue: pem,
    });
  }

  async deleteByPrefix(prefix: string): Promise<void> {
    const path = `/api/tenant/devices?pageSize=100&page=0&textSearch=${encodeURIComponent(prefix)}`;
    const { data } = await this.call<{ data: Device[] }>('GET', path);
    for (const device of data) await this.call('DELETE', `/api/device/${device.id.id}`);
  }
}
