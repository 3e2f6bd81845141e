import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { AppError } from '#platform/errors/errors.ts';
import { cleanName, createGathering } from '../doors/keys.ts';
import { readJsonSamples } from '../json/json-forms.ts';
import { equipmentOf, keyOf, nameOf, typeOf } from '../line-protocol/line-points.ts';
import { parseLines } from '../line-protocol/line-protocol.ts';
import type { IncomingPoint, Refused } from '../observations/batch.ts';

const inflate = promisify(gunzip);
const SHOWN_BYTES = 300;

export type PayloadContext = {
  /** where it came from, for people */
  place: string;
  /** goes before the names of JSON */
  prefix?: string;
  nowMs: number;
  bytesMax: number;
  /** what it may be; `any` tells JSON by its first character */
  form: 'json' | 'lines' | 'any';
};
export type Samples = { points: IncomingPoint[]; refused: Refused[] };

/**
 * Samples in the payload of a message: JSON in the forms of `readJsonSamples`, or InfluxDB line protocol (times in
 * nanoseconds), either of them also as gzip. What cannot be read is in `refused`; this never throws for content.
 */
export async function readPayload(payload: Buffer, context: PayloadContext): Promise<Samples> {
  const { prefix, nowMs, bytesMax, form, place } = context;
  const refuse = (reason: string): Samples => {
    const gathering = createGathering();
    const packed = isPacked(payload);
    const sample = packed
      ? `gzip, ${payload.length} bytes`
      : payload.subarray(0, SHOWN_BYTES).toString('utf8');
    gathering.refuse({ point: cleanName(place), reason, sample });
    return gathering.result();
  };
  let text: string;
  try {
    const bytes = isPacked(payload) ? await inflate(payload, { maxOutputLength: bytesMax }) : payload;
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse(`must be UTF-8 text, or gzip of it, of at most ${bytesMax} bytes`);
  }
  if (text.trim() === '') return refuse('is empty');
  if (form === 'lines' || (form === 'any' && !/^\s*[[{]/.test(text))) return readLines(text, nowMs);
  try {
    const body: unknown = JSON.parse(text);
    const own = prefix === undefined || isNeuron(body) ? {} : { prefix };
    const samples = readJsonSamples(body, { ...own, nowMs });
    return samples.points.length > 0 || samples.refused.length > 0 ? samples : refuse('holds no values');
  } catch (error) {
    if (error instanceof AppError) return refuse('holds too many values');
    return refuse('is no JSON');
  }
}

const isPacked = (payload: Buffer): boolean => payload[0] === 0x1f && payload[1] === 0x8b;

/** Neuron names node and group inside, so the topic says nothing more. */
const isNeuron = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && 'node' in body && 'group' in body;

function readLines(text: string, nowMs: number): Samples {
  const { lines, faults } = parseLines(text, 'ns');
  const gathering = createGathering();
  for (const line of lines)
    for (const [field, value] of line.fields) {
      const name = cleanName(nameOf(line, field));
      const definition = { key: keyOf(line, field), type: typeOf(value), name, equipment: equipmentOf(line) };
      gathering.add(definition, {
        timeUs: line.timeUs ?? nowMs * 1000,
        value,
        quality: 'good',
        reason: '',
      });
    }
  const refused = faults.map(
    (fault): Refused => ({
      code: 'LINE_INVALID',
      values: { line: fault.number, reason: fault.reason },
      point: null,
      part: `line ${fault.number}`,
      sample: fault.text,
      count: 1,
    }),
  );
  return { points: gathering.result().points, refused };
}
