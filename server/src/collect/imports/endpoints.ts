import type { Bilingual } from '@ronghe/contracts';
import type { Issues } from './issues.ts';
import { lookUp } from './values.ts';

/** What an address of each protocol looks like, and the port when none is written. */
const FORMS: Readonly<Record<string, { scheme: string; port: number | null; example: string }>> = {
  modbus: { scheme: 'tcp', port: 502, example: 'tcp://192.168.1.10:502' },
  s7: { scheme: 'tcp', port: 102, example: 'tcp://192.168.0.1:102' },
  iec104: { scheme: 'tcp', port: 2404, example: 'tcp://192.168.1.10:2404' },
  dlt645: { scheme: 'tcp', port: null, example: 'tcp://192.168.1.10:4196' },
  opcua: { scheme: 'opc.tcp', port: 4840, example: 'opc.tcp://192.168.1.10:4840' },
  mqtt: { scheme: 'mqtt', port: 1883, example: 'mqtt://192.168.1.10:1883' },
};
const PORT_MAX = 65_535;
const ENDPOINT_CHARACTERS_MAX = 300;
/** How other systems call the schemes of a broker. */
const MQTT_SCHEMES: Readonly<Record<string, { scheme: string; port: number }>> = {
  tcp: { scheme: 'mqtt', port: 1883 },
  mqtt: { scheme: 'mqtt', port: 1883 },
  ssl: { scheme: 'mqtts', port: 8883 },
  tls: { scheme: 'mqtts', port: 8883 },
  mqtts: { scheme: 'mqtts', port: 8883 },
  ws: { scheme: 'ws', port: 80 },
  wss: { scheme: 'wss', port: 443 },
};

export type Endpoint = {
  endpoint: string;
  username?: string | undefined;
  password?: string | undefined;
};

/**
 * An address as the collector writes it, from what people write: host, host:port, or a URL. User and password in front
 * of the host become settings of their own. Null, and told, when it cannot be used.
 */
export function endpointOf(
  protocol: string,
  written: { address: string; port?: number | null },
  issues: Issues,
  place: Bilingual,
): Endpoint | null {
  const form = FORMS[protocol];
  if (form === undefined) return null;
  const refuse = (code: 'endpoint-invalid' | 'port-missing') => {
    issues.error(place, code, { value: shown(written.address), example: form.example });
    return null;
  };
  const text = written.address.trim().replaceAll('：', ':');
  const [, given, user, host = '', port, path = ''] =
    /^(?:([a-z][a-z0-9.+-]*):\/\/)?(?:([^/\s]*)@)?([^/:@\s]+)(?::(\d{1,5}))?(\/\S*)?$/i.exec(text) ?? [];
  if (host === '') return refuse('endpoint-invalid');
  const scheme = schemeOf(protocol, form, given?.toLowerCase());
  if (scheme === null) return refuse('endpoint-invalid');
  const number = port === undefined ? (written.port ?? scheme.port) : Number(port);
  if (number === null) return refuse('port-missing');
  if (!Number.isInteger(number) || number < 1 || number > PORT_MAX) return refuse('endpoint-invalid');
  const tail = form.scheme === 'tcp' || path === '/' ? '' : path;
  const endpoint = `${scheme.scheme}://${host}:${number}${tail}`;
  if (endpoint.length > ENDPOINT_CHARACTERS_MAX) return refuse('endpoint-invalid');
  const colon = user?.indexOf(':') ?? -1;
  return {
    endpoint,
    ...(user ? { username: decoded(colon < 0 ? user : user.slice(0, colon)) } : {}),
    ...(user && colon >= 0 ? { password: decoded(user.slice(colon + 1)) } : {}),
  };
}

/** An address that cannot be used may still hold a password: what does not end like a host and a port is not repeated. */
function shown(address: string): string {
  const [, scheme = '', rest = address] = /^([a-z][a-z0-9.+-]*:\/\/)?(.*)$/is.exec(address) ?? [];
  return /@|:(?!\d{1,5}(?:\/|$))/.test(rest) ? `${scheme}…` : address;
}

function schemeOf(
  protocol: string,
  form: { scheme: string; port: number | null },
  given: string | undefined,
): { scheme: string; port: number | null } | null {
  if (given === undefined) return form;
  if (protocol === 'mqtt') return lookUp(MQTT_SCHEMES, given) ?? null;
  if (protocol === 'opcua') return given === 'opc.tcp' ? form : null;
  // What stands before the host is the name of the protocol in many tables.
  return given === 'tcp' || given === protocol || given === 'modbus-tcp' ? form : null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
