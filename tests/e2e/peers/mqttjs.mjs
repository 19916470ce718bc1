// Plays a device with mqtt.js. Argument: JSON {port, ca, cert, key, version, idleSeconds, keepAlive}.
// Prints one JSON line with what it saw; exits 1 when anything went wrong.
import { readFileSync } from 'node:fs';
import mqtt from 'mqtt';

const task = JSON.parse(process.argv[2]);
const seen = { answers: [], acknowledged: 0, offline: 0 };

function finish(problem) {
  if (problem) seen.problem = String(problem);
  console.log(JSON.stringify(seen));
  process.exit(problem ? 1 : 0);
}

setTimeout(() => finish('took too long'), (task.idleSeconds + 25) * 1000).unref();

const client = mqtt.connect({
  protocol: 'mqtts', host: 'localhost', port: task.port, servername: 'localhost',
  ca: readFileSync(task.ca), cert: readFileSync(task.cert), key: readFileSync(task.key),
  protocolVersion: task.version, keepalive: task.keepAlive, clientId: `mqttjs-${task.version}`,
  reconnectPeriod: 0, connectTimeout: 10_000,
});
client.on('error', finish);
client.on('close', () => finish('closed'));
client.on('message', (topic, payload) => seen.answers.push([topic, JSON.parse(payload.toString())]));

await new Promise((resolve) => client.on('connect', resolve));
await client.subscribeAsync('v1/devices/me/attributes/response/+', { qos: 1 });
for (const qos of [0, 1, 2]) {
  await client.publishAsync('v1/devices/me/telemetry', `{qos${qos}:${qos}}`, { qos });
  seen.acknowledged++;
}
await client.publishAsync('v1/devices/me/attributes', '{kind:"mqtt.js"}', { qos: 1 });
await client.publishAsync('v1/devices/me/attributes/request/1', '{"clientKeys":"kind"}', { qos: 1 });
await new Promise((resolve) => setTimeout(resolve, task.idleSeconds * 1000));
await client.publishAsync('v1/devices/me/telemetry', '{after_idle:1}', { qos: 2 });
client.removeAllListeners('close');
await client.endAsync();
finish();
