import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explainCode } from './codes.ts';
import { sharedNote, sharedPresent, sharedRows } from './shared-data.fixture.ts';
import { CODE_ALPHABET, codeCheckCharacter, codeFault, organisationCheckCharacter } from './uscc.ts';

const DIVISIONS = ['360100', '360111', '360122', '360681', '361102', '440300', '360000', '310115'];
const alphabetic = (length: number) =>
  fc
    .array(fc.constantFrom(...CODE_ALPHABET), { minLength: length, maxLength: length })
    .map((list) => list.join(''));
const validCode = fc.tuple(fc.constantFrom(...DIVISIONS), alphabetic(8)).map(([division, organisation]) => {
  const body = `91${division}${organisation}${organisationCheckCharacter(organisation)}`;
  return body + codeCheckCharacter(body);
});
const changed = (text: string, at: number, character: string) =>
  text.slice(0, at) + character + text.slice(at + 1);
const problemsOf = (text: string) => explainCode(text).problems.map(({ problem }) => problem);

describe('kinds of numbers', () => {
  test.each([
    ['91360000625912173B', 'uscc', true],
    ['９１３６００００－625912173b', 'uscc', true],
    ['统一社会信用代码：91360000625912173B', 'uscc', true],
    ['62591217-3', 'organisation', true],
    ['MA62K0260', 'organisation', true],
    ['625912174', 'organisation', false],
    ['360000625912173', 'taxpayer', true],
    ['440301103097413', 'registration', true],
    ['440301103097414', 'registration', false],
    ['36010319800101123', 'unknown', false],
    ['11010519491231002X', 'identity-card', true],
    ['11010519491231002X01', 'taxpayer-person', true],
    ['110105491231003', 'identity-card', true],
    ['100000000003965', 'registration', true],
    ['11010549123100201', 'taxpayer-person', true],
    ['12345', 'unknown', false],
    ['', 'unknown', false],
    ['贵溪冶炼厂', 'unknown', false],
    ['1'.repeat(1_000), 'unknown', false],
  ])('%s is %s, valid: %s', (text, kind, valid) => expect(explainCode(text)).toMatchObject({ kind, valid }));

  test('the parts of a code of today', () =>
    expect(explainCode('91360000625912173B').parts).toMatchObject({
      authority: { zh: '市场监管' },
      body: { zh: '企业' },
      division: { code: '360000', path: ['江西省'] },
      organisationCode: '625912173',
      taxpayerNumber: '360000625912173',
      checkCharacter: 'B',
    }));
  test('an office that was renamed keeps its code, and the way to today is told', () => {
    const body = `91360122MA35F000${''}`;
    const organisation = `${body.slice(8)}${organisationCheckCharacter(body.slice(8))}`;
    const code = `91360122${organisation}`;
    expect(explainCode(code + codeCheckCharacter(code))).toMatchObject({
      valid: true,
      problems: [{ problem: 'division-outdated' }],
      parts: {
        division: {
          today: '360112',
          way: [
            { code: '360122', name: '新建县', until: 2015 },
            { code: '360112', name: '新建区', until: null },
          ],
        },
      },
    });
  });
  test('an old taxpayer number says the organisation code, and what the code of today would be', () =>
    expect(explainCode('360000625912173').today).toEqual({
      organisationCode: '625912173',
      conjecture: '91360000625912173B',
    }));
  test('the first digit of the sequence in a registration number says the capital', () =>
    expect(explainCode('440301103097413').parts.sequence).toEqual({
      number: '10309741',
      capital: { zh: '内资企业', en: 'Domestic enterprise' },
    }));
  test('nothing of a person’s number is repeated', () =>
    expect(JSON.stringify(explainCode('11010519491231002X01'))).not.toMatch(/1101|1949/));
  test.each([
    ['91350100M000100Y44', ['check-character']],
    ['91360000625912174B', ['organisation-check', 'check-character']],
    ['98360000625912173B', ['department', 'check-character']],
    ['9136000062591217', ['length']],
  ])('%s has the problems %j', (text, problems) => expect(problemsOf(text)).toEqual(problems));
});

describe('careful repair', () => {
  test.each([
    ['9136OO00625912173B', '91360000625912173B', 'look-alike-and-checks'],
    ['9136000062S9I2I73B', '91360000625912173B', 'look-alike-and-checks'],
    ['91360000652912173B', '91360000625912173B', 'both-checks'],
    ['91306000625912173B', '91360000625912173B', 'division-and-checks'],
    ['44O30110309741З'.replace('З', '3'), '440301103097413', 'look-alike-and-checks'],
  ])('%s is %s, because of %s', (text, code, reason) =>
    expect(explainCode(text).repair).toMatchObject({ code, because: [reason] }),
  );
  test.each([
    '91360000625912174B',
    '91360000625912173C',
    '9136000062591217B',
    '91360000625912173',
    '625912174',
  ])('%s is not repaired; what it may be is listed', (text) =>
    expect(explainCode(text).repair).toBeUndefined(),
  );
  test('a fact from another field proves what the checks alone do not', () => {
    const wrong = '91360000625912193B';
    expect(explainCode(wrong).repair).toBeUndefined();
    expect(explainCode(wrong, { organisationCode: '625912173' }).repair).toMatchObject({
      code: '91360000625912173B',
      because: ['organisation-code'],
    });
    expect(explainCode(wrong, { isKnown: (code) => code === '91360000625912173B' }).repair?.because).toEqual([
      'known-code',
    ]);
    expect(explainCode('9136OO00625912173B', { organisationCode: '600037341' }).repair).toBeUndefined();
  });

  test('after one error of any kind a repair is the code that was meant, never another', () => {
    let repaired = 0;
    fc.assert(
      fc.property(
        validCode,
        fc.nat(17),
        fc.constantFrom(...CODE_ALPHABET, 'O', 'I', 'Z', 'S'),
        fc.boolean(),
        (code, at, character, swap) => {
          const wrong = swap
            ? code.slice(0, at) + (code[at + 1] ?? '') + (code[at] ?? '') + code.slice(at + 2)
            : changed(code, at, character);
          const { repair, valid } = explainCode(wrong);
          if (valid || !repair) return;
          repaired += 1;
          expect(repair.code).toBe(code);
        },
      ),
      { numRuns: 2_000, seed: 32_100 },
    );
    expect(repaired).toBeGreaterThan(100);
  });
  test('what is listed is valid, and a repair is among it', () => {
    fc.assert(
      fc.property(fc.oneof(alphabetic(17), alphabetic(18), alphabetic(19)), (text) => {
        const { candidates, repair } = explainCode(`9136${text.slice(4)}`);
        for (const { code } of candidates) expect(codeFault(code)).toBeNull();
        if (repair) expect(candidates.map(({ code }) => code)).toContain(repair.code);
      }),
      { numRuns: 300 },
    );
  });
  test('of invented codes less than one in fifty is taken for a slip of the pen', () => {
    const runs = 3_000;
    let taken = 0;
    fc.assert(
      fc.property(fc.constantFrom(...DIVISIONS), alphabetic(10), (division, tail) => {
        if (explainCode(`91${division}${tail}`).repair) taken += 1;
      }),
      { numRuns: runs, seed: 20_260_701 },
    );
    expect(taken).toBeLessThan(runs / 50);
  });
  test('never throws and stays small, whatever is asked', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(explainCode(text).text.length).toBeLessThanOrEqual(400);
      }),
      { numRuns: 1_000 },
    );
    expect(explainCode('9'.repeat(1_000_000)).kind).toBe('unknown');
  });
});

test.runIf(sharedPresent)(`every public vector is told right${sharedNote}`, () => {
  const kinds: Record<string, string> = { uscc: 'uscc', org: 'organisation', regno: 'registration' };
  for (const { kind = '', code = '', valid } of sharedRows('reference/check_digit_vectors.csv'))
    expect(explainCode(code), code).toMatchObject({ kind: kinds[kind], valid: valid === '1' });
});

test.runIf(sharedPresent)(`of damaged codes with known truth none is repaired wrongly${sharedNote}`, () => {
  const truth = new Map<string, string>();
  const rows = sharedRows('synth/jx_enterprises_synth_20k.csv');
  for (const { source, entity_id: id = '', code = '' } of rows) if (source === 'market') truth.set(id, code);
  const tally = { damaged: 0, right: 0, wrong: 0, listed: 0, known: 0, knownWrong: 0 };
  const codes = new Set(truth.values());
  for (const { entity_id: id = '', code = '' } of rows) {
    const meant = truth.get(id);
    const { valid, kind, text, repair, candidates } = explainCode(code);
    if (!meant || code === '' || valid || kind === 'registration' || text === meant) continue;
    tally.damaged += 1;
    if (repair) tally[repair.code === meant ? 'right' : 'wrong'] += 1;
    if (candidates.some((candidate) => candidate.code === meant)) tally.listed += 1;
    const known = explainCode(code, { isKnown: (one) => codes.has(one) }).repair;
    if (known) tally[known.code === meant ? 'known' : 'knownWrong'] += 1;
  }
  expect(tally).toMatchObject({ wrong: 0, knownWrong: 0 });
  expect(tally.right / tally.damaged).toBeGreaterThan(0.3);
  expect(tally.listed).toBe(tally.damaged);
  expect(tally.known / tally.damaged).toBeGreaterThan(0.9);
});
