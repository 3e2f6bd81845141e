import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { CollectorName } from '@ronghe/contracts';
import type { Collectors } from '#collect';
import type { Scope } from '#platform/auth/scope.ts';
import type { Config } from '#platform/config/config.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Log } from '#platform/log/log.ts';
import type { MqttAccept, MqttMessage } from '#platform/mqtt/mqtt.ts';
import type { Observations } from '../observations/observations.service.ts';

const OVERLOAD_RETRY_MS = 250;
const inflate = promisify(gunzip);

type Parts = { observations: Observations; collectors: Collectors; config: Config; log: Log };

/** `ronghe/v1/<collector>/batch` → the collector's name; null for every other topic. */
export function collectorOfTopic(topic: string): string | null {
  const name = /^ronghe\/v1\/([^/]+)\/batch$/.exec(topic)?.[1];
  return name !== undefined && CollectorName.safeParse(name).success ? name : null;
}

/**
 * Batches over MQTT, as JSON or gzip of it. The acknowledgement waits until the batch is durable; a batch that can never
 * be stored is acknowledged once it is in the rejects list; when the queue is full the acknowledgement waits longer.
 * Batches of a collector are taken one after the other, as they came: of two numbers, the lower one after the higher is a
 * duplicate to the intake, and would be acknowledged without being stored.
 */
export function createBatchTopic({ observations, collectors, config, log }: Parts): MqttAccept {
  const take = async (scope: Scope, message: MqttMessage, collector: string): Promise<boolean> => {
    try {
      await collectors.deliverer(scope, collector);
    } catch (error) {
      if (error instanceof AppError && error.code === 'COLLECTOR_UNKNOWN') return false;
      throw error;
    }
    const body = await read(message.payload, config.bodyBytesMax);
    return deliver(scope, message, { observations, collector, body, log });
  };
  const lines = new Map<string, Promise<Taken>>();
  return async (scope, message) => {
    const collector = collectorOfTopic(message.topic);
    if (collector === null || !scope.permissions.has('ingest:observation:write')) return false;
    const line = `${scope.organisation} ${collector}`;
    const before = lines.get(line);
    const turn = (async () => {
      const last = await before?.catch(() => undefined);
      // What follows a batch that was not taken comes again after it, in a new connection.
      if (last && !last.taken && last.signal === message.signal) return false;
      return take(scope, message, collector);
    })();
    const taken = turn.then(
      (good) => ({ signal: message.signal, taken: good }),
      () => ({ signal: message.signal, taken: false }),
    );
    lines.set(line, taken);
    try {
      return await turn;
    } finally {
      if (lines.get(line) === taken) lines.delete(line);
    }
  };
}

type Taken = { signal: AbortSignal; taken: boolean };

/** What cannot be read is handed on as it is: the service refuses it and keeps it. */
async function read(payload: Buffer, bytesMax: number): Promise<unknown> {
  const packed = payload[0] === 0x1f && payload[1] === 0x8b;
  try {
    const text = packed ? await inflate(payload, { maxOutputLength: bytesMax }) : payload;
    return JSON.parse(text.toString('utf8')) as unknown;
  } catch {
    return packed ? `gzip, ${payload.length} bytes` : payload.subarray(0, 1_000).toString('utf8');
  }
}

async function deliver(
  scope: Scope,
  message: MqttMessage,
  parts: { observations: Observations; collector: string; body: unknown; log: Log },
): Promise<boolean> {
  const { observations, collector, body, log } = parts;
  while (!message.signal.aborted) {
    try {
      await observations.write(scope, body, { door: 'mqtt', collector });
      return true;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code === 'INGEST_OVERLOADED')
        await delay(OVERLOAD_RETRY_MS, undefined, { signal: message.signal }).catch(() => undefined);
      else if (isKept(error)) return true;
      else {
        log.warn({ collector, code: error.code }, 'a batch over MQTT was not stored');
        return false;
      }
    }
  }
  return false;
}

/** Faults of content, which the service has put into the rejects list. */
const isKept = ({ code }: AppError): boolean =>
  code === 'REQUEST_INVALID' || code === 'REQUEST_TOO_LARGE' || code === 'BATCH_SEQUENCE_CONFLICT';
