import type { Locale } from '@ronghe/contracts';
import protobuf from 'protobufjs/light.js';
import { type AppError, errorBody } from '#platform/errors/errors.ts';

/** Clients that answers differ for. The form of OTLP is that of the request; version 2 of remote write wants counters. */
export const HTTP_FAMILIES = [
  'influx-v1',
  'influx-v2',
  'remote-write-1',
  'remote-write-2',
  'otlp-protobuf',
  'otlp-json',
  'json',
] as const;
export type HttpFamily = (typeof HTTP_FAMILIES)[number];

/**
 * What can become of a request. `stored`: everything; `partly`: the good part, the rest is in the list of rejects;
 * `refused`: it could be read, but nothing of it could be stored; `bad`: it could not be read. The same request may come
 * again after `overloaded`, `stopping`, `unavailable` and `failed`.
 */
export const OUTCOMES = [
  'stored',
  'partly',
  'refused',
  'bad',
  'too-large',
  'unknown-type',
  'not-signed-in',
  'forbidden',
  'not-found',
  'overloaded',
  'stopping',
  'unavailable',
  'failed',
] as const;
export type OutcomeKind = (typeof OUTCOMES)[number];

export type Outcome = {
  kind: OutcomeKind;
  /** English, for the sender's log */
  message: string;
  /** the error behind it, where there is one */
  error?: AppError;
  /** what was stored and what was put aside; remote write 2.0 tells them by kind */
  counts?: { stored: number; rejected: number };
};
export type HttpAnswer = { status: number; headers: Record<string, string>; body: string | Buffer | null };
/** Language and id of the request, for answers in the house's own shape. */
export type AnswerContext = { locale: Locale; requestId: string };

const RETRY_AFTER_SECONDS = '2';
const HEADER_CHARACTERS_MAX = 1_000;

type Statuses = Readonly<Record<OutcomeKind, number>>;
const COMMON: Statuses = {
  stored: 204,
  partly: 400,
  refused: 400,
  bad: 400,
  'too-large': 413,
  'unknown-type': 415,
  'not-signed-in': 401,
  forbidden: 403,
  'not-found': 404,
  overloaded: 503,
  stopping: 503,
  unavailable: 503,
  failed: 500,
};
// Telegraf drops a batch at every 4xx and TSBS comes again only at 500 with the word "timeout".
const INFLUX_V1: Statuses = { ...COMMON, overloaded: 500, stopping: 500, unavailable: 500 };
// Prometheus comes again at 5xx only and never splits a request, so that 413 would say nothing to it.
const REMOTE_WRITE: Statuses = { ...COMMON, 'too-large': 400 };
// OTLP's exporters come again at 429, 502, 503 and 504 only: a 500 would lose what a fault of ours has kept out.
const OTLP: Statuses = { ...COMMON, stored: 200, partly: 200, refused: 200, failed: 503 };
const JSON_DOOR: Statuses = { ...COMMON, stored: 200, partly: 200, refused: 422 };
const STATUSES: Readonly<Record<HttpFamily, Statuses>> = {
  'influx-v1': INFLUX_V1,
  'influx-v2': COMMON,
  'remote-write-1': REMOTE_WRITE,
  'remote-write-2': REMOTE_WRITE,
  'otlp-protobuf': OTLP,
  'otlp-json': OTLP,
  json: JSON_DOOR,
};

/** InfluxDB 2's word for an outcome; clients show it and some decide by it. */
const INFLUX_CODES: Readonly<Record<OutcomeKind, string>> = {
  stored: '',
  partly: 'invalid',
  refused: 'invalid',
  bad: 'invalid',
  'too-large': 'request too large',
  'unknown-type': 'invalid',
  'not-signed-in': 'unauthorized',
  forbidden: 'forbidden',
  'not-found': 'not found',
  overloaded: 'unavailable',
  stopping: 'unavailable',
  unavailable: 'unavailable',
  failed: 'internal error',
};
/** google.rpc.Code, which OTLP puts into its errors. */
const RPC_CODES: Readonly<Record<OutcomeKind, number>> = {
  stored: 0,
  partly: 0,
  refused: 0,
  bad: 3,
  'too-large': 3,
  'unknown-type': 3,
  'not-signed-in': 16,
  forbidden: 7,
  'not-found': 5,
  overloaded: 14,
  stopping: 14,
  unavailable: 14,
  failed: 14,
};
const CHALLENGES: Readonly<Record<HttpFamily, string>> = {
  'influx-v1': 'Basic realm="InfluxDB"',
  'influx-v2': 'Token realm="ronghe"',
  'remote-write-1': 'Basic realm="ronghe"',
  'remote-write-2': 'Basic realm="ronghe"',
  'otlp-protobuf': 'Bearer realm="ronghe"',
  'otlp-json': 'Bearer realm="ronghe"',
  json: 'Bearer realm="ronghe"',
};

/**
 * The one place that decides how an outcome is told to a client family: every real client comes again when it should and
 * gives up when nothing is gained. Sources: the behaviour of Telegraf, TSBS, Prometheus and OTLP's exporters; remote
 * write 1.0 and 2.0; OTLP 1.x, "OTLP/HTTP response".
 */
export function httpAnswer(family: HttpFamily, outcome: Outcome, context: AnswerContext): HttpAnswer {
  const status = STATUSES[family][outcome.kind];
  const headers: Record<string, string> = {};
  if (status === 503) headers['retry-after'] = RETRY_AFTER_SECONDS;
  if (status === 401) headers['www-authenticate'] = CHALLENGES[family];
  const answer = { status, headers };
  if (family === 'influx-v1' || family === 'influx-v2') return influxAnswer(family, outcome, answer);
  if (family === 'remote-write-1' || family === 'remote-write-2')
    return remoteWriteAnswer(family, outcome, answer);
  if (family === 'json') return jsonAnswer(outcome, answer, context);
  return otlpAnswer(family, outcome, answer);
}

type Begun = Pick<HttpAnswer, 'status' | 'headers'>;

function influxAnswer(
  family: HttpFamily,
  { kind, message }: Outcome,
  { status, headers }: Begun,
): HttpAnswer {
  if (status === 204) return { status, headers, body: null };
  headers['content-type'] = 'application/json; charset=utf-8';
  if (family === 'influx-v2')
    return { status, headers, body: JSON.stringify({ code: INFLUX_CODES[kind], message }) };
  const comeAgain = kind === 'overloaded' || kind === 'stopping' || kind === 'unavailable';
  const error = comeAgain ? `timeout: ${message}` : message;
  headers['x-influxdb-error'] = headerText(error);
  return { status, headers, body: JSON.stringify({ error }) };
}

function remoteWriteAnswer(family: HttpFamily, outcome: Outcome, { status, headers }: Begun): HttpAnswer {
  const { kind, message, counts } = outcome;
  // A 2.0 sender that finds no counters in an answer believes that it spoke to a server of 1.0.
  if (family === 'remote-write-2') {
    headers['x-prometheus-remote-write-samples-written'] = String(counts?.stored ?? 0);
    headers['x-prometheus-remote-write-histograms-written'] = '0';
    headers['x-prometheus-remote-write-exemplars-written'] = '0';
  }
  if (kind === 'stored') return { status, headers, body: null };
  headers['content-type'] = 'text/plain; charset=utf-8';
  return { status, headers, body: message };
}

function jsonAnswer(outcome: Outcome, { status, headers }: Begun, context: AnswerContext): HttpAnswer {
  const { kind, message, error, counts } = outcome;
  headers['content-type'] = 'application/json; charset=utf-8';
  if (error) return { status, headers, body: JSON.stringify(errorBody(error, context)) };
  const told = { stored: counts?.stored ?? 0, rejected: counts?.rejected ?? 0 };
  return { status, headers, body: JSON.stringify(kind === 'stored' ? told : { ...told, message }) };
}

function otlpAnswer(family: HttpFamily, outcome: Outcome, { status, headers }: Begun): HttpAnswer {
  const json = family === 'otlp-json';
  headers['content-type'] = json ? 'application/json' : 'application/x-protobuf';
  const { kind, message, counts } = outcome;
  const rejected = counts?.rejected ?? 0;
  if (status !== 200) {
    const code = RPC_CODES[kind];
    return { status, headers, body: json ? JSON.stringify({ code, message }) : rpcStatus(code, message) };
  }
  if (kind === 'stored') return { status, headers, body: json ? '{}' : Buffer.alloc(0) };
  // 64-bit numbers are texts in protobuf's JSON.
  const partialSuccess = { rejectedDataPoints: String(rejected), errorMessage: message };
  return { status, headers, body: json ? JSON.stringify({ partialSuccess }) : partial(rejected, message) };
}

/** google.rpc.Status{1 code, 2 message} */
const rpcStatus = (code: number, message: string): Buffer =>
  Buffer.from(protobuf.Writer.create().uint32(8).int32(code).uint32(18).string(message).finish());

/** ExportMetricsServiceResponse{1 partial_success{1 rejected_data_points, 2 error_message}} */
const partial = (rejected: number, message: string): Buffer =>
  Buffer.from(
    protobuf.Writer.create()
      .uint32(10)
      .fork()
      .uint32(8)
      .int64(rejected)
      .uint32(18)
      .string(message)
      .ldelim()
      .finish(),
  );

/** Headers carry printable ASCII only. */
const headerText = (text: string): string =>
  text.slice(0, HEADER_CHARACTERS_MAX).replace(/[^\x20-\x7e]/g, (char) => (char === '\n' ? ' ' : '?'));

/** How a message (not a request) is answered. */
export type MessageAnswer = {
  /** tells the sender or the broker that the message is done: PUBACK, or the offset is committed */
  acknowledge: boolean;
  /** stops taking more until this one is through: no PUBACK, or the partition is paused */
  hold: boolean;
  /** what could not be stored is kept in the list of rejects */
  quarantine: boolean;
  /** MQTT reason code with which the connection is closed */
  disconnect: number | null;
};

const MQTT_PACKET_TOO_LARGE = 0x95;
const MQTT_NOT_AUTHORIZED = 0x87;

/**
 * The same for MQTT and Kafka. A message cannot be answered with an error: it is acknowledged when it is durable, in the
 * table or in the list of rejects, and waits otherwise. Never silence.
 */
export function messageAnswer(family: 'mqtt' | 'kafka', kind: OutcomeKind): MessageAnswer {
  const answer = { acknowledge: false, hold: false, quarantine: false, disconnect: null };
  if (kind === 'stored') return { ...answer, acknowledge: true };
  if (kind === 'overloaded' || kind === 'stopping' || kind === 'unavailable' || kind === 'failed')
    return { ...answer, hold: true };
  if (family === 'mqtt' && kind === 'too-large') return { ...answer, disconnect: MQTT_PACKET_TOO_LARGE };
  if (family === 'mqtt' && (kind === 'not-signed-in' || kind === 'forbidden'))
    return { ...answer, disconnect: MQTT_NOT_AUTHORIZED };
  return { ...answer, acknowledge: true, quarantine: true };
}

const BY_STATUS: Readonly<Record<number, OutcomeKind>> = {
  400: 'bad',
  401: 'not-signed-in',
  403: 'forbidden',
  404: 'not-found',
  409: 'bad',
  413: 'too-large',
  415: 'unknown-type',
  422: 'bad',
  423: 'overloaded',
  429: 'overloaded',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
  507: 'unavailable',
};

/** What an error of the catalog means for a sender. */
export function outcomeOfError(error: AppError): Outcome {
  const details = (error.details ?? []).map(({ path, message }) => `${path}: ${message}`);
  const message = [error.message, ...details].join('; ');
  return { kind: kindOf(error), message, error };
}

function kindOf({ code, status }: AppError): OutcomeKind {
  if (code === 'INGEST_OVERLOADED') return 'overloaded';
  if (code === 'SHUTTING_DOWN') return 'stopping';
  return BY_STATUS[status] ?? 'failed';
}
