// biome-ignore-all lint/correctness/noUndeclaredDependencies: only tests import this file
import protobuf from 'protobufjs/light.js';

const repeated = (type: string, id: number) => ({ rule: 'repeated', type, id });
const field = (type: string, id: number) => ({ type, id });
const optional = (type: string, id: number) => ({ type, id, options: { proto3_optional: true } });
const edition = 'proto2';

/** The messages of OTLP metrics as a sender encodes them, written apart from the decoder under test. */
const schema = protobuf.Root.fromJSON({
  nested: {
    Request: { edition, fields: { resourceMetrics: repeated('ResourceMetrics', 1) } },
    ResourceMetrics: {
      edition,
      fields: { resource: field('Resource', 1), scopeMetrics: repeated('ScopeMetrics', 2) },
    },
    Resource: { edition, fields: { attributes: repeated('KeyValue', 1) } },
    ScopeMetrics: { edition, fields: { scope: field('Scope', 1), metrics: repeated('Metric', 2) } },
    Scope: { edition, fields: { name: field('string', 1), version: field('string', 2) } },
    Metric: {
      edition,
      fields: {
        name: field('string', 1),
        description: field('string', 2),
        unit: field('string', 3),
        gauge: field('Data', 5),
        sum: field('Data', 7),
        histogram: field('HistogramData', 9),
        exponentialHistogram: field('ExponentialData', 10),
        summary: field('SummaryData', 11),
      },
    },
    Data: { edition, fields: { dataPoints: repeated('NumberDataPoint', 1) } },
    HistogramData: { edition, fields: { dataPoints: repeated('HistogramDataPoint', 1) } },
    ExponentialData: { edition, fields: { dataPoints: repeated('ExponentialDataPoint', 1) } },
    SummaryData: { edition, fields: { dataPoints: repeated('SummaryDataPoint', 1) } },
    NumberDataPoint: {
      edition,
      fields: {
        startTimeUnixNano: field('fixed64', 2),
        timeUnixNano: field('fixed64', 3),
        asDouble: optional('double', 4),
        asInt: optional('sfixed64', 6),
        attributes: repeated('KeyValue', 7),
        flags: field('uint32', 8),
      },
    },
    HistogramDataPoint: {
      edition,
      fields: {
        timeUnixNano: field('fixed64', 3),
        count: field('fixed64', 4),
        sum: optional('double', 5),
        bucketCounts: repeated('fixed64', 6),
        explicitBounds: repeated('double', 7),
        attributes: repeated('KeyValue', 9),
        flags: field('uint32', 10),
        min: optional('double', 11),
        max: optional('double', 12),
      },
    },
    ExponentialDataPoint: {
      edition,
      fields: {
        attributes: repeated('KeyValue', 1),
        timeUnixNano: field('fixed64', 3),
        count: field('fixed64', 4),
        sum: optional('double', 5),
        scale: field('sint32', 6),
        flags: field('uint32', 10),
        min: optional('double', 12),
        max: optional('double', 13),
      },
    },
    SummaryDataPoint: {
      edition,
      fields: {
        timeUnixNano: field('fixed64', 3),
        count: field('fixed64', 4),
        sum: field('double', 5),
        quantileValues: repeated('Quantile', 6),
        attributes: repeated('KeyValue', 7),
        flags: field('uint32', 8),
      },
    },
    Quantile: { edition, fields: { quantile: field('double', 1), value: field('double', 2) } },
    KeyValue: { edition, fields: { key: field('string', 1), value: field('AnyValue', 2) } },
    AnyValue: {
      edition,
      fields: {
        stringValue: field('string', 1),
        boolValue: field('bool', 2),
        intValue: field('int64', 3),
        doubleValue: field('double', 4),
        arrayValue: field('ArrayValue', 5),
        kvlistValue: field('KeyValueList', 6),
        bytesValue: field('bytes', 7),
      },
    },
    ArrayValue: { edition, fields: { values: repeated('AnyValue', 1) } },
    KeyValueList: { edition, fields: { values: repeated('KeyValue', 1) } },
    Response: { edition, fields: { partialSuccess: field('Partial', 1) } },
    Partial: { edition, fields: { rejectedDataPoints: field('int64', 1), errorMessage: field('string', 2) } },
    Status: { edition, fields: { code: field('int32', 1), message: field('string', 2) } },
  },
});

const encode = (message: object): Buffer => {
  const type = schema.lookupType('Request');
  return Buffer.from(type.encode(type.fromObject(message)).finish());
};

/** The same request in both forms: 64-bit numbers as texts, as protobuf's JSON writes them. */
export const forms = (message: object): { protobuf: Buffer; json: Buffer } => ({
  protobuf: encode(message),
  json: Buffer.from(JSON.stringify(message)),
});

/** An answer as a sender reads it. */
export const decodeAnswer = (type: 'Response' | 'Status', bytes: Uint8Array): object =>
  schema.lookupType(type).toObject(schema.lookupType(type).decode(bytes), { longs: String });

export const attributes = (values: Record<string, string>) =>
  Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));

/** A request of one resource with these metrics. */
export const request = (
  metrics: object[],
  resource: Record<string, string> = { 'service.name': 'press' },
) => ({
  resourceMetrics: [
    {
      resource: { attributes: attributes(resource) },
      scopeMetrics: [{ scope: { name: 'lib', version: '1' }, metrics }],
    },
  ],
});
