// biome-ignore-all lint/correctness/noUndeclaredDependencies: only tests import this file
import { createRequire } from 'node:module';
import protobuf from 'protobufjs/light.js';

const { compress } = createRequire(import.meta.url)('snappyjs') as { compress(bytes: Buffer): Buffer };

/** The messages of remote write as a sender encodes them, written apart from the decoder under test. */
const repeated = (type: string, id: number) => ({ rule: 'repeated', type, id });
const schema = protobuf.Root.fromJSON({
  nested: {
    WriteRequest: { fields: { timeseries: repeated('TimeSeries', 1), metadata: repeated('Metadata', 3) } },
    Metadata: {
      fields: {
        type: { type: 'uint32', id: 1 },
        name: { type: 'string', id: 2 },
        help: { type: 'string', id: 4 },
        unit: { type: 'string', id: 5 },
      },
    },
    TimeSeries: {
      fields: {
        labels: repeated('Label', 1),
        samples: repeated('Sample', 2),
        exemplars: repeated('Exemplar', 3),
        histograms: repeated('Histogram', 4),
      },
    },
    Label: { fields: { name: { type: 'string', id: 1 }, value: { type: 'string', id: 2 } } },
    // The value as its bits, because a sender's NaN must arrive as it is.
    Sample: { fields: { value: { type: 'fixed64', id: 1 }, timestamp: { type: 'int64', id: 2 } } },
    Exemplar: { fields: { labels: repeated('Label', 1), value: { type: 'double', id: 2 } } },
    Histogram: { fields: { countInt: { type: 'uint64', id: 1 }, sum: { type: 'double', id: 3 } } },
    Request2: { fields: { symbols: repeated('string', 4), timeseries: repeated('TimeSeries2', 5) } },
    TimeSeries2: {
      fields: {
        labelsRefs: repeated('uint32', 1),
        samples: repeated('Sample', 2),
        histograms: repeated('Histogram', 3),
        exemplars: repeated('Exemplar', 4),
        metadata: { type: 'Metadata2', id: 5 },
      },
    },
    Metadata2: {
      fields: {
        type: { type: 'uint32', id: 1 },
        helpRef: { type: 'uint32', id: 3 },
        unitRef: { type: 'uint32', id: 4 },
      },
    },
  },
});

export type SentSample = [value: number | 'stale', ms: number];
export type SentSeries = {
  labels: Record<string, string> | [string, string][];
  samples?: SentSample[];
  histograms?: number;
  exemplars?: number;
  unit?: string;
};

const bitsOf = (value: number | 'stale') => {
  const bytes = Buffer.alloc(8);
  if (value === 'stale') bytes.writeBigUInt64LE(0x7ff0000000000002n);
  else bytes.writeDoubleLE(value);
  return { low: bytes.readInt32LE(0), high: bytes.readInt32LE(4), unsigned: true };
};
const listOf = (labels: SentSeries['labels']): [string, string][] =>
  Array.isArray(labels) ? labels : Object.entries(labels);
const samplesOf = ({ samples = [] }: SentSeries) =>
  samples.map(([value, timestamp]) => ({ value: bitsOf(value), timestamp }));
const others = ({ histograms = 0, exemplars = 0 }: SentSeries) => ({
  histograms: Array.from({ length: histograms }, () => ({ countInt: 3, sum: 1.5 })),
  exemplars: Array.from({ length: exemplars }, () => ({ value: 1 })),
});
const encode = (type: string, message: object): Buffer => {
  const found = schema.lookupType(type);
  return Buffer.from(found.encode(found.fromObject(message)).finish());
};

/** `prometheus.WriteRequest`, not compressed. */
export const encode1 = (series: readonly SentSeries[], metadata: object[] = []): Buffer =>
  encode('WriteRequest', {
    metadata,
    timeseries: series.map((one) => ({
      labels: listOf(one.labels).map(([name, value]) => ({ name, value })),
      samples: samplesOf(one),
      ...others(one),
    })),
  });

/** `io.prometheus.write.v2.Request`, not compressed. */
export function encode2(series: readonly SentSeries[]): Buffer {
  const symbols = [''];
  const symbol = (text: string) => {
    const known = symbols.indexOf(text);
    return known >= 0 ? known : symbols.push(text) - 1;
  };
  const timeseries = series.map((one) => ({
    labelsRefs: listOf(one.labels).flatMap(([name, value]) => [symbol(name), symbol(value)]),
    samples: samplesOf(one),
    metadata: { type: 2, unitRef: symbol(one.unit ?? '') },
    ...others(one),
  }));
  return encode('Request2', { symbols, timeseries });
}

export { compress };
