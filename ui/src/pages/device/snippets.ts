import type { Connectivity, Credentials } from '../../api/types';
import { deviceText } from '../../text/en/device';
import { basicOf } from './basicCredentials';

const text = deviceText.connect;

export const systems = ['linux', 'macos', 'windows'] as const;
export type System = (typeof systems)[number];
export const tools = ['mosquitto', 'curl', 'python', 'node', 'esp'] as const;
export type Tool = (typeof tools)[number];

/** One thing to do: a command for a shell, or the text of a file. */
export interface Step {
  title: string;
  code: string;
  hint?: string;
}

/** Where this server listens for MQTT, as its own commands say. */
export interface Door {
  host: string;
  port: number;
  isTls: boolean;
}

export interface Situation {
  system: System;
  tool: Tool;
  connectivity: Connectivity;
  credentials: Credentials;
  /** https://host:port of this page. */
  origin: string;
}

export type Advice = { steps: Step[] } | { reason: string };

const CHAIN = 'tb-server-chain.pem';
const CHAIN_PATH = '/api/device-connectivity/mqtts/certificate/download';
const TOPIC = 'v1/devices/me/telemetry';
const MESSAGE = '{"temperature":25}';

/** The encrypted door, or the other if that is all there is; null: the server does not listen for MQTT. */
export function doorOf(connectivity: Connectivity): Door | null {
  const mqtt = connectivity.mqtt;
  if (typeof mqtt !== 'object' || Array.isArray(mqtt)) return null;
  return read(mqtt.mqtts, true) ?? read(mqtt.mqtt, false);
}

function read(commands: unknown, isTls: boolean): Door | null {
  for (const command of Array.isArray(commands) ? (commands as unknown[]) : [commands]) {
    const found = /^mosquitto_pub .*?-h (\S+) -p (\d+) /.exec(typeof command === 'string' ? command : '');
    if (found?.[1] && found[2]) return { host: found[1], port: Number(found[2]), isTls };
  }
  return null;
}

const shell = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`;
/** PowerShell 5 hands quotes on to programs only with a backslash before them. */
const powershell = (value: string): string => `'${value.replaceAll("'", "''").replace(/(\\*)"/g, '$1$1\\"')}'`;
/** A string of Python, JavaScript and C. */
const literal = (value: string): string => JSON.stringify(value);

/** What to do on this system with this tool, with the device's own credentials filled in. */
export function adviceFor(situation: Situation): Advice {
  if (situation.tool === 'curl') return curl(situation);
  const door = doorOf(situation.connectivity);
  if (door === null) return { reason: text.noMqtt };
  switch (situation.tool) {
    case 'mosquitto':
      return { steps: mosquitto(situation, door) };
    case 'python':
      return { steps: python(situation, door) };
    case 'node':
      return { steps: node(situation, door) };
    case 'esp':
      return { steps: esp(situation, door) };
  }
}

function chainStep({ system, origin }: Situation): Step {
  const insecure = origin.startsWith('https:') ? '-k ' : '';
  const program = system === 'windows' ? 'curl.exe' : 'curl';
  return { title: text.chain, code: `${program} -f -S ${insecure}${origin}${CHAIN_PATH} -o ${CHAIN}` };
}

const isX509 = ({ credentials }: Situation): boolean => credentials.credentialsType === 'X509_CERTIFICATE';

function ownFiles(situation: Situation): Pick<Step, 'hint'> {
  const hints = [isX509(situation) ? text.ownFiles : null, situation.system === 'windows' ? text.powershell : null];
  const hint = hints.filter((one) => one !== null).join(' ');
  return hint === '' ? {} : { hint };
}

/** What a client says in CONNECT; members that it leaves out are empty. */
function logIn({ credentials }: Situation): { clientId: string; userName: string; password: string } {
  if (credentials.credentialsType === 'ACCESS_TOKEN') return { clientId: '', userName: credentials.credentialsId, password: '' };
  return basicOf(credentials);
}

/* ---- mosquitto ---- */

/** On Linux and macOS the server's own commands, which stand in its API too. */
function mosquitto(situation: Situation, door: Door): Step[] {
  const { system, connectivity } = situation;
  const install = {
    linux: 'sudo apt install mosquitto-clients',
    macos: 'brew install mosquitto',
    windows: 'winget install EclipseFoundation.Mosquitto',
  }[system];
  const first = { title: text.install, code: install };
  if (system === 'windows') {
    const chain = door.isTls ? [chainStep(situation)] : [];
    return [first, ...chain, { title: text.publish, code: onWindows(situation, door), ...ownFiles(situation) }];
  }
  const mqtt = connectivity.mqtt as Record<string, string | string[]>;
  const [fetchChain, publish] = Array.isArray(mqtt.mqtts) ? mqtt.mqtts : [];
  const steps: Step[] = [first];
  if (fetchChain && publish) {
    steps.push({ title: text.chain, code: fetchChain }, { title: text.publish, code: publish, ...ownFiles(situation) });
  }
  if (typeof mqtt.mqtt === 'string') steps.push({ title: steps.length > 1 ? text.plain : text.publish, code: mqtt.mqtt });
  return steps;
}

function onWindows(situation: Situation, door: Door): string {
  const { clientId, userName, password } = logIn(situation);
  const parts = [
    "& 'C:\\Program Files\\mosquitto\\mosquitto_pub.exe'",
    door.isTls ? `--cafile ${CHAIN}` : '',
    `-d -q 1 -h ${door.host} -p ${door.port} -t ${TOPIC}`,
    isX509(situation) ? '--cert cert.pem --key key.pem' : '',
    clientId && `-i ${powershell(clientId)}`,
    userName && `-u ${powershell(userName)}`,
    password && `-P ${powershell(password)}`,
    `-m ${powershell(MESSAGE)}`,
  ];
  return parts.filter(Boolean).join(' ');
}

/* ---- curl ---- */

function curl(situation: Situation): Advice {
  const { system, origin, credentials } = situation;
  const isTls = origin.startsWith('https:');
  if (credentials.credentialsType === 'MQTT_BASIC') return { reason: text.httpNoBasic };
  if (isX509(situation) && !isTls) return { reason: text.httpNeedsTls };
  const quote = system === 'windows' ? powershell : shell;
  const name = isX509(situation) ? 'me' : encodeURIComponent(credentials.credentialsId);
  const parts = [
    system === 'windows' ? 'curl.exe' : 'curl',
    '-f -i',
    isTls ? `--cacert ${CHAIN}` : '',
    isX509(situation) ? '--cert cert.pem --key key.pem' : '',
    `-H ${quote('Content-Type: application/json')}`,
    `-d ${quote(MESSAGE)}`,
    quote(`${origin}/api/v1/${name}/telemetry`),
  ];
  const publish = { title: text.publish, code: parts.filter(Boolean).join(' '), ...ownFiles(situation) };
  return { steps: isTls ? [chainStep(situation), publish] : [publish] };
}

/* ---- programs ---- */

function programSteps(situation: Situation, door: Door, install: string, file: string, code: string, run: string): Step[] {
  return [
    { title: text.install, code: install },
    ...(door.isTls ? [chainStep(situation)] : []),
    { title: text.save(file), code, ...ownFiles(situation) },
    { title: text.run, code: run },
  ];
}

function python(situation: Situation, door: Door): Step[] {
  const { clientId, userName, password } = logIn(situation);
  const own = isX509(situation) ? ', certfile="cert.pem", keyfile="key.pem"' : '';
  const lines = [
    'import json',
    'import paho.mqtt.client as mqtt',
    '',
    'def on_connect(client, userdata, flags, reason, properties):',
    '    print("connected:", reason)',
    '',
    `client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2${clientId && `, client_id=${literal(clientId)}`})`,
    door.isTls ? `client.tls_set(ca_certs="${CHAIN}"${own})` : null,
    userName ? `client.username_pw_set(${literal(userName)}${password && `, ${literal(password)}`})` : null,
    'client.on_connect = on_connect',
    `client.connect(${literal(door.host)}, ${door.port})`,
    'client.loop_start()',
    `message = client.publish("${TOPIC}", json.dumps({"temperature": 25}), qos=1)`,
    'message.wait_for_publish(timeout=10)',
    'print("delivered:", message.is_published())',
    'client.disconnect()',
  ];
  const onWindows = situation.system === 'windows';
  const install = onWindows ? 'py -m pip install "paho-mqtt>=2"' : "python3 -m pip install 'paho-mqtt>=2'";
  return programSteps(situation, door, install, 'device.py', join(lines), onWindows ? 'py device.py' : 'python3 device.py');
}

function node(situation: Situation, door: Door): Step[] {
  const { clientId, userName, password } = logIn(situation);
  const lines = [
    "import { readFileSync } from 'node:fs';",
    "import mqtt from 'mqtt';",
    '',
    `const client = mqtt.connect('${door.isTls ? 'mqtts' : 'mqtt'}://${urlHost(door.host)}:${door.port}', {`,
    door.isTls ? `  ca: readFileSync('${CHAIN}'),` : null,
    isX509(situation) ? "  cert: readFileSync('cert.pem'),\n  key: readFileSync('key.pem')," : null,
    clientId ? `  clientId: ${literal(clientId)},` : null,
    userName ? `  username: ${literal(userName)},` : null,
    password ? `  password: ${literal(password)},` : null,
    '});',
    "client.on('connect', () => console.log('connected'));",
    "client.on('error', (error) => console.error(error.message));",
    `await client.publishAsync('${TOPIC}', JSON.stringify({ temperature: 25 }), { qos: 1 });`,
    "console.log('delivered');",
    'await client.endAsync();',
  ];
  const needsFiles = door.isTls || isX509(situation);
  return programSteps(situation, door, 'npm install mqtt', 'device.mjs', join(needsFiles ? lines : lines.slice(1)), 'node device.mjs');
}

const urlHost = (host: string): string => (host.includes(':') ? `[${host}]` : host);

function esp(situation: Situation, door: Door): Step[] {
  const { clientId, userName, password } = logIn(situation);
  const files = [...(door.isTls ? [CHAIN] : []), ...(isX509(situation) ? ['cert.pem', 'key.pem'] : [])];
  const symbol = (file: string): string => file.replace(/[^a-z]/g, '_');
  const lines = [
    '#include "esp_log.h"',
    '#include "mqtt_client.h"',
    '',
    ...files.map((file) => `extern const char ${symbol(file)}[] asm("_binary_${symbol(file)}_start");`),
    files.length > 0 ? '' : null,
    'static void on_event(void *arg, esp_event_base_t base, int32_t id, void *data)',
    '{',
    '    esp_mqtt_event_handle_t event = data;',
    '    if (id == MQTT_EVENT_CONNECTED)',
    `        esp_mqtt_client_publish(event->client, "${TOPIC}", ${literal(MESSAGE)}, 0, 1, 0);`,
    '    else if (id == MQTT_EVENT_PUBLISHED)',
    '        ESP_LOGI("device", "delivered");',
    '    else if (id == MQTT_EVENT_ERROR)',
    '        ESP_LOGE("device", "refused, or not reached");',
    '}',
    '',
    '/* When the network is up. */',
    'void device_start(void)',
    '{',
    '    const esp_mqtt_client_config_t config = {',
    `        .broker.address.hostname = ${literal(door.host)},`,
    `        .broker.address.port = ${door.port},`,
    `        .broker.address.transport = ${door.isTls ? 'MQTT_TRANSPORT_OVER_SSL' : 'MQTT_TRANSPORT_OVER_TCP'},`,
    door.isTls ? `        .broker.verification.certificate = ${symbol(CHAIN)},` : null,
    clientId ? `        .credentials.client_id = ${literal(clientId)},` : null,
    userName ? `        .credentials.username = ${literal(userName)},` : null,
    password ? `        .credentials.authentication.password = ${literal(password)},` : null,
    isX509(situation) ? '        .credentials.authentication.certificate = cert_pem,' : null,
    isX509(situation) ? '        .credentials.authentication.key = key_pem,' : null,
    '    };',
    '    esp_mqtt_client_handle_t client = esp_mqtt_client_init(&config);',
    '    ESP_ERROR_CHECK(esp_mqtt_client_register_event(client, ESP_EVENT_ANY_ID, on_event, NULL));',
    '    ESP_ERROR_CHECK(esp_mqtt_client_start(client));',
    '}',
  ];
  const embedded = files.map((file) => `"${file}"`).join(' ');
  const component = `idf_component_register(SRCS "main.c"${embedded && ` EMBED_TXTFILES ${embedded}`} REQUIRES mqtt)`;
  return [
    ...(door.isTls ? [chainStep(situation)] : []),
    { title: `${text.embed}: main/CMakeLists.txt`, code: component, ...(isX509(situation) && { hint: text.ownFilesEsp }) },
    { title: text.save('main.c'), code: join(lines) },
    { title: text.run, code: 'idf.py build flash monitor' },
  ];
}

const join = (lines: (string | null)[]): string => lines.filter((line) => line !== null).join('\n');
