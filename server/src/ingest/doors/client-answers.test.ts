import { ERROR_CODES } from '@ronghe/contracts';
import { describe, expect, it } from 'vitest';
import { AppError } from '#platform/errors/errors.ts';
import {
  HTTP_FAMILIES,
  httpAnswer,
  messageAnswer,
  OUTCOMES,
  type OutcomeKind,
  outcomeOfError,
} from './client-answers.ts';

const context = { locale: 'en' as const, requestId: 'r1' };
const answer = (family: (typeof HTTP_FAMILIES)[number], kind: OutcomeKind, message = 'because') =>
  httpAnswer(family, { kind, message, counts: { stored: 3, rejected: 2 } }, context);

// columns in the order of HTTP_FAMILIES: influx 1, influx 2, remote write 1, remote write 2, OTLP twice, JSON
const STATUSES: Readonly<Record<OutcomeKind, readonly number[]>> = {
  stored: [204, 204, 204, 204, 200, 200, 200],
  partly: [400, 400, 400, 400, 200, 200, 200],
  refused: [400, 400, 400, 400, 200, 200, 422],
  bad: [400, 400, 400, 400, 400, 400, 400],
  'too-large': [413, 413, 400, 400, 413, 413, 413],
  'unknown-type': [415, 415, 415, 415, 415, 415, 415],
  'not-signed-in': [401, 401, 401, 401, 401, 401, 401],
  forbidden: [403, 403, 403, 403, 403, 403, 403],
  'not-found': [404, 404, 404, 404, 404, 404, 404],
  overloaded: [500, 503, 503, 503, 503, 503, 503],
  stopping: [500, 503, 503, 503, 503, 503, 503],
  unavailable: [500, 503, 503, 503, 503, 503, 503],
  failed: [500, 500, 500, 500, 503, 503, 500],
};

describe('what each client is told', () => {
  it.each(
    OUTCOMES.flatMap((kind) =>
      HTTP_FAMILIES.map((family, index) => [kind, family, STATUSES[kind][index]] as const),
    ),
  )('%s is %s: %i', (kind, family, status) => {
    const { status: given, headers } = answer(family, kind);
    expect(given).toBe(status);
    expect(headers['retry-after']).toBe(status === 503 ? '2' : undefined);
    expect(headers['www-authenticate'] !== undefined).toBe(status === 401);
  });

  it.each(['overloaded', 'stopping', 'unavailable'] as const)(
    'InfluxDB 1 writers hear the word they wait for when %s: Telegraf and TSBS come again, and neither drops',
    (kind) => {
      expect(answer('influx-v1', kind)).toMatchObject({
        body: JSON.stringify({ error: 'timeout: because' }),
        headers: { 'x-influxdb-error': 'timeout: because' },
      });
    },
  );

  it('Telegraf never hears, with an overload, one of the words at which it drops', () => {
    const words =
      /partial write|points beyond retention policy|unable to parse|retention policy not found|hinted handoff/;
    for (const code of [
      'INGEST_OVERLOADED',
      'SHUTTING_DOWN',
      'ENGINE_UNAVAILABLE',
      'RATE_LIMITED',
    ] as const) {
      const { status, body } = httpAnswer('influx-v1', outcomeOfError(new AppError(code)), context);
      expect(status).toBe(500);
      expect(String(body)).toMatch(/timeout/);
      expect(String(body)).not.toMatch(words);
    }
  });

  it('a message that no header can carry is still told', () => {
    const { headers, body } = answer('influx-v1', 'partly', '第一行\nm,a=\u0000');
    expect(headers['x-influxdb-error']).toBe('??? m,a=?');
    expect(JSON.parse(String(body))).toEqual({ error: '第一行\nm,a=\u0000' });
    expect(answer('influx-v1', 'partly', 'x'.repeat(5_000)).headers['x-influxdb-error']).toHaveLength(1_000);
  });

  it('remote write 2 counts what was written in every answer, version 1 never', () => {
    for (const kind of OUTCOMES) {
      expect(answer('remote-write-2', kind).headers).toMatchObject({
        'x-prometheus-remote-write-samples-written': '3',
        'x-prometheus-remote-write-histograms-written': '0',
        'x-prometheus-remote-write-exemplars-written': '0',
      });
      expect(Object.keys(answer('remote-write-1', kind).headers).join()).not.toMatch(/written/);
    }
  });

  it('OTLP is answered in the form of the request', () => {
    expect(answer('otlp-json', 'stored')).toMatchObject({
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect(answer('otlp-protobuf', 'stored')).toMatchObject({
      body: Buffer.alloc(0),
      headers: { 'content-type': 'application/x-protobuf' },
    });
    expect(JSON.parse(String(answer('otlp-json', 'partly').body))).toEqual({
      partialSuccess: { rejectedDataPoints: '2', errorMessage: 'because' },
    });
    // field 1 (11 bytes) { field 1: 2, field 2: "because" }
    expect(answer('otlp-protobuf', 'partly').body).toEqual(
      Buffer.concat([Buffer.from([10, 11, 8, 2, 18, 7]), Buffer.from('because')]),
    );
    expect(JSON.parse(String(answer('otlp-json', 'overloaded').body))).toEqual({
      code: 14,
      message: 'because',
    });
    // google.rpc.Status{1 code 14, 2 "because"}
    expect(answer('otlp-protobuf', 'overloaded').body).toEqual(
      Buffer.concat([Buffer.from([8, 14, 18, 7]), Buffer.from('because')]),
    );
  });

  it('a device with JSON hears the error of the house', () => {
    const { status, body } = httpAnswer('json', outcomeOfError(new AppError('INGEST_OVERLOADED')), context);
    expect([status, JSON.parse(String(body))]).toMatchObject([
      503,
      { error: { code: 'INGEST_OVERLOADED', requestId: 'r1' } },
    ]);
    expect(JSON.parse(String(answer('json', 'partly').body))).toEqual({
      stored: 3,
      rejected: 2,
      message: 'because',
    });
  });
});

describe('messages', () => {
  const wait = { acknowledge: false, hold: true, quarantine: false, disconnect: null };
  const aside = { acknowledge: true, hold: false, quarantine: true, disconnect: null };
  const closed = (disconnect: number) => ({ acknowledge: false, hold: false, quarantine: false, disconnect });
  const done = { acknowledge: true, hold: false, quarantine: false, disconnect: null };
  it.each([
    ['stored', done, done],
    ['partly', aside, aside],
    ['refused', aside, aside],
    ['bad', aside, aside],
    ['unknown-type', aside, aside],
    ['not-found', aside, aside],
    ['too-large', closed(0x95), aside],
    ['not-signed-in', closed(0x87), aside],
    ['forbidden', closed(0x87), aside],
    ['overloaded', wait, wait],
    ['stopping', wait, wait],
    ['unavailable', wait, wait],
    ['failed', wait, wait],
  ] as const)('%s over MQTT and Kafka', (kind, mqtt, kafka) => {
    expect(messageAnswer('mqtt', kind)).toEqual(mqtt);
    expect(messageAnswer('kafka', kind)).toEqual(kafka);
  });
});

it('no error of the catalog makes a sender drop what it may send again', () => {
  for (const code of ERROR_CODES) {
    const error = new AppError(code);
    const { kind } = outcomeOfError(error);
    const mayComeAgain = error.status >= 500 || error.status === 429 || error.status === 423;
    expect([code, ['overloaded', 'stopping', 'unavailable', 'failed'].includes(kind)]).toEqual([
      code,
      mayComeAgain,
    ]);
  }
});
