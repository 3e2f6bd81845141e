import { type PointType, Sample, TEXT_BYTES_MAX } from '@ronghe/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { soundSample } from './sample.ts';

const cases: [string, PointType, Sample, Sample][] = [
  ['a good number stays', 'number', [1, 2.5, 'good'], [1, 2.5, 'good']],
  ['zero and false stay', 'boolean', [1, false, 'good'], [1, false, 'good']],
  ['not finite becomes bad', 'number', [1, Number.NaN, 'good'], [1, null, 'bad', 'not-finite']],
  ['infinity becomes bad', 'number', [1, Number.POSITIVE_INFINITY, 'good'], [1, null, 'bad', 'not-finite']],
  ['another type becomes bad', 'number', [1, '12', 'good'], [1, null, 'bad', 'type-mismatch']],
  ['good without a value becomes bad', 'number', [1, null, 'good'], [1, null, 'bad', 'no-value']],
  [
    'a reason that is there stays',
    'number',
    [1, null, 'bad', 'BadSensorFailure'],
    [1, null, 'bad', 'BadSensorFailure'],
  ],
  ['no time becomes now', 'number', [Number.NaN, 1, 'good'], [77, 1, 'good']],
  ['the time of a server stays', 'number', [1, 2, 'good', '', 5_000], [1, 2, 'good', '', 5_000]],
  [
    'also of one without a value',
    'number',
    [1, null, 'good', '', 5_000],
    [1, null, 'bad', 'no-value', 5_000],
  ],
  ['but not one that says nothing new', 'number', [1, 2, 'good', '', 1_000], [1, 2, 'good']],
  ['text that looks like a number stays text', 'text', [1, '00123', 'good'], [1, '00123', 'good']],
];
for (const [title, type, given, expected] of cases)
  test(title, () => expect(soundSample(type, given, 77)).toEqual(expected));

test('a long text is cut at whole characters within the limit', () => {
  const [, value, quality, reason] = soundSample('text', [1, '炉'.repeat(2_000), 'good'], 77);
  expect([quality, reason]).toEqual(['uncertain', 'text-shortened']);
  expect(value).toBe('炉'.repeat(Math.floor(TEXT_BYTES_MAX / 3)));
});

test('whatever a device sends, the wire format accepts it', () => {
  const any = fc.oneof(
    fc.double(),
    fc.boolean(),
    fc.string({ unit: 'binary', maxLength: 6_000 }),
    fc.constant(null),
  );
  const type = fc.constantFrom<PointType>('number', 'boolean', 'text');
  const quality = fc.constantFrom('good' as const, 'uncertain' as const, 'bad' as const);
  fc.assert(
    fc.property(
      type,
      fc.double(),
      any,
      quality,
      fc.option(fc.string({ maxLength: 300 })),
      (of, time, value, grade, reason) => {
        const given: Sample = reason === null ? [time, value, grade] : [time, value, grade, reason];
        const sound = soundSample(of, given, 77);
        expect(Sample.safeParse(JSON.parse(JSON.stringify(sound))).success).toBe(true);
        expect(sound[1] !== null || sound[2] !== 'good').toBe(true);
        if (typeof sound[1] === 'string')
          expect(Buffer.byteLength(sound[1])).toBeLessThanOrEqual(TEXT_BYTES_MAX);
      },
    ),
  );
});
