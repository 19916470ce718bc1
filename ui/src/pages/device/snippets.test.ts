import { expect, test } from 'vitest';
import type { Connectivity, Credentials } from '../../api/types';
import { adviceFor, doorOf, type Situation, type System, type Tool } from './snippets';

const connectivity: Connectivity = {
  mqtt: {
    mqtts: ['curl -f -S http://h:1/x -o tb-server-chain.pem', 'mosquitto_pub --cafile tb-server-chain.pem -d -q 1 -h iot.example -p 8883 -t t -u "T" -m "{temperature:25}"'],
    mqtt: 'mosquitto_pub -d -q 1 -h iot.example -p 1883 -t t -u "T" -m "{temperature:25}"',
  },
};

const credentials = (credentialsType: string, credentialsId: string, credentialsValue: string | null = null) =>
  ({ credentialsType, credentialsId, credentialsValue }) as Credentials;
const token = credentials('ACCESS_TOKEN', `T'"$x`);
const x509 = credentials('X509_CERTIFICATE', 'ff');
const basic = credentials('MQTT_BASIC', 'x', '{"clientId":"c","userName":"u","password":"p\\"w"}');

function codeOf(tool: Tool, system: System, given: Credentials, more: Partial<Situation> = {}): string {
  const advice = adviceFor({ tool, system, credentials: given, connectivity, origin: 'http://h:8080', ...more });
  if ('reason' in advice) throw new Error(advice.reason);
  return advice.steps.map((step) => step.code).join('\n');
}

test('the encrypted door goes before the other', () => {
  expect(doorOf(connectivity)).toEqual({ host: 'iot.example', port: 8883, isTls: true });
  expect(doorOf({ mqtt: { mqtt: (connectivity.mqtt as { mqtt: string }).mqtt } })).toEqual({ host: 'iot.example', port: 1883, isTls: false });
  expect(doorOf({ mqtt: {} })).toBeNull();
  expect(adviceFor({ tool: 'python', system: 'linux', credentials: token, connectivity: { mqtt: {} }, origin: 'http://h' })).toHaveProperty('reason');
});

test('on Linux mosquitto is called as the server says', () => {
  const code = codeOf('mosquitto', 'linux', token);
  expect(code).toContain((connectivity.mqtt as { mqtts: string[] }).mqtts[1]);
  expect(code).toContain((connectivity.mqtt as { mqtt: string }).mqtt);
});

test('credentials are quoted for whoever reads them', () => {
  expect(codeOf('mosquitto', 'windows', token)).toContain(`-u 'T''\\"$x'`);
  expect(codeOf('python', 'linux', token)).toContain(`client.username_pw_set("T'\\"$x")`);
  expect(codeOf('node', 'linux', basic)).toContain(String.raw`password: "p\"w"`);
  expect(codeOf('esp', 'linux', basic)).toContain(String.raw`.credentials.authentication.password = "p\"w",`);
  expect(codeOf('curl', 'linux', token)).toContain(`'http://h:8080/api/v1/T'\\''%22%24x/telemetry'`);
});

test('a device with a certificate shows it, and no token', () => {
  for (const tool of ['mosquitto', 'python', 'node', 'esp'] as const) {
    const code = codeOf(tool, 'windows', x509);
    expect(code).toMatch(/cert[._]pem/);
    expect(code).toMatch(/key[._]pem/);
    expect(code).not.toMatch(/user_?name|-u /);
  }
  expect(codeOf('curl', 'macos', x509, { origin: 'https://h' })).toContain("--cert cert.pem --key key.pem");
});

test('what HTTP cannot do is said', () => {
  const reasonOf = (given: Credentials) => adviceFor({ tool: 'curl', system: 'linux', credentials: given, connectivity, origin: 'http://h' });
  expect(reasonOf(x509)).toHaveProperty('reason');
  expect(reasonOf(basic)).toHaveProperty('reason');
  expect(reasonOf(token)).toHaveProperty('steps');
});
