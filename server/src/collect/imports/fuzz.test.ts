import { PointImportPreview } from '@ronghe/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '#platform/errors/errors.ts';
import { loadCases, preview } from './cases.fixture.ts';

const cases = await loadCases();
/** What a case hands over in place of passwords; no issue may repeat one. */
const SECRETS = /kept-out-of-issues|(?:mqtt|opc|url|table|output)-secret/;

const kepwareTag = (address: string): string =>
  JSON.stringify({
    project: {
      channels: [
        {
          'servermain.MULTIPLE_TYPES_DEVICE_DRIVER': 'Siemens TCP/IP Ethernet',
          devices: [
            { 'servermain.DEVICE_ID_STRING': '10.0.0.1', tags: [{ 'servermain.TAG_ADDRESS': address }] },
          ],
        },
      ],
    },
  });

/** A file may be refused with a clear error, or give a preview that fits the contract; nothing else happens. */
async function expectBounded(bytes: Buffer): Promise<void> {
  try {
    const result = await preview(bytes, {}, 'zh-CN');
    expect(PointImportPreview.safeParse(result).error).toBeUndefined();
    expect(JSON.stringify(result.issues)).not.toMatch(SECRETS);
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect(['IMPORT_UNREADABLE', 'IMPORT_TOO_LARGE']).toContain((error as AppError).code);
    expect(JSON.stringify((error as AppError).values)).not.toMatch(SECRETS);
  }
}

describe('files that are no longer what they were', () => {
  it.each(cases)('$name cut off anywhere', ({ bytes }) =>
    fc.assert(
      fc.asyncProperty(fc.nat(bytes.length), (length) => expectBounded(bytes.subarray(0, length))),
      { numRuns: 60 },
    ),
  );

  it.each(cases)('$name with garbage inside', ({ bytes }) =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), {
          minLength: 1,
          maxLength: 40,
        }),
        (changes) => {
          const copy = Buffer.from(bytes);
          for (const [at, byte] of changes) copy[at] = byte;
          return expectBounded(copy);
        },
      ),
      { numRuns: 60 },
    ),
  );

  const documents = cases.flatMap(({ name, bytes }) =>
    bytes[0] === 0x7b ? [{ name, text: bytes.toString('utf8') }] : [],
  );
  it.each(documents)('$name with values of other kinds', ({ text }) => {
    const paths: (string | number)[][] = [];
    const walk = (value: unknown, path: (string | number)[]): void => {
      if (typeof value !== 'object' || value === null) return void paths.push(path);
      paths.push(path);
      for (const [key, inner] of Object.entries(value))
        walk(inner, [...path, Array.isArray(value) ? Number(key) : key]);
    };
    walk(JSON.parse(text), []);
    const odd = fc.oneof(
      fc.constantFrom(
        null,
        true,
        -1,
        1e300,
        '',
        '{}',
        '${',
        '\u0000',
        [],
        {},
        [[]],
        'x'.repeat(5_000),
        '__proto__',
      ),
      fc.jsonValue({ maxDepth: 3 }),
    );
    return fc.assert(
      fc.asyncProperty(fc.nat(paths.length - 1), odd, (index, value) => {
        const document = JSON.parse(text) as Record<string | number, unknown>;
        const path = paths[index] ?? [];
        let at = document;
        for (const step of path.slice(0, -1)) at = at[step] as typeof at;
        const last = path.at(-1);
        if (last === undefined) return expectBounded(Buffer.from(JSON.stringify(value)));
        at[last] = value;
        return expectBounded(Buffer.from(JSON.stringify(document)));
      }),
      { numRuns: 300 },
    );
  });

  it('any bytes, and any text', () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
          fc.string({ unit: 'binary', maxLength: 2_000 }).map((text) => Buffer.from(text)),
          fc.string({ maxLength: 500 }).map((text) => Buffer.from(`[[inputs.modbus]]\n${text}`)),
          fc.string({ maxLength: 500 }).map((text) => Buffer.from(`key,name,address\n${text}`)),
        ),
        expectBounded,
      ),
      { numRuns: 500 },
    ));

  it.each([
    ['brackets without end', '['.repeat(200_000)],
    ['objects without end', '{"a":'.repeat(200_000)],
    ['deep TOML', `[[inputs.modbus]]\nx = ${'['.repeat(50_000)}`],
    ['a quote without end', `key,name,address\n"${'x'.repeat(1_000_000)}`],
    ['one line', 'a'.repeat(5_000_000)],
    ['empty lines', '\n'.repeat(5_000_000)],
    ['blanks', ' '.repeat(5_000_000)],
    ['long texts of brackets', kepwareTag('['.repeat(1_000_000))],
    ['long texts of backslashes', kepwareTag('\\'.repeat(1_000_000))],
    ['long texts of digits', kepwareTag('4'.repeat(1_000_000))],
    ['columns without end', `key,name,address${',x'.repeat(500_000)}\n1`],
    [
      'groups within groups',
      JSON.stringify({
        project: {
          channels: [
            {
              'servermain.MULTIPLE_TYPES_DEVICE_DRIVER': 'OPC UA Client',
              'opcuaclient.CHANNEL_UA_SERVER_ENDPOINT_URL': 'opc.tcp://a',
              devices: [
                Array.from({ length: 500 }).reduce<object>((inner) => ({ tag_groups: [inner] }), {
                  tags: [],
                }),
              ],
            },
          ],
        },
      }),
    ],
  ])('%s', (_, text) => expectBounded(Buffer.from(text)));
});

describe('limits', () => {
  it('stops at a hundred thousand points, tells it once, and lists at most five hundred issues', async () => {
    const rows = Array.from(
      { length: 110_000 },
      (_, index) => `p${index},40001,coil:${index % 60_000},c${index % 4}`,
    );
    const { points, issues, issuesTotal, connections } = await preview(
      Buffer.from(`key,unit2,address,connection\n${rows.join('\n')}`),
    );
    expect(points).toBe(100_000);
    expect(connections).toHaveLength(4);
    expect(issues.filter(({ message }) => message.startsWith('More than 100000 points'))).toHaveLength(1);
    expect(issuesTotal).toBeLessThan(10);
    const bad = await preview(
      Buffer.from(`key,address\n${Array.from({ length: 2_000 }, (_, index) => `p${index},?`).join('\n')}`),
      { protocol: 'modbus' },
    );
    expect(bad.issues).toHaveLength(500);
    expect(bad.issuesTotal).toBeGreaterThanOrEqual(2_000);
  });

  it('stops at two hundred connections', async () => {
    const rows = Array.from({ length: 300 }, (_, index) => `p${index},coil:1,c${index}`);
    const { connections, issues } = await preview(Buffer.from(`key,address,connection\n${rows.join('\n')}`));
    expect(connections).toHaveLength(200);
    expect(issues.some(({ message }) => message.startsWith('More than 200 connections'))).toBe(true);
  });
});
