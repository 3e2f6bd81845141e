import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { divisionOf, readDivision } from './divisions.ts';
import { industryName } from './industries.ts';
import { codeFault, isOrganisationCode, isRegistrationNumber } from './uscc.ts';

const FOLDER = join(import.meta.dirname, '../../../../../shared/data/fusion/reference');
const present = existsSync(FOLDER);
const note = present ? '' : ' (SKIPPED: shared reference data is not here)';
const rows = (file: string): Record<string, string>[] =>
  parse(readFileSync(join(FOLDER, file)), { columns: true, bom: true, trim: true, relax_column_count: true });

test.runIf(present)(`check digits agree with every public vector${note}`, () => {
  const checks: Record<string, (code: string) => boolean> = {
    uscc: (code) => codeFault(code) === null,
    org: isOrganisationCode,
    regno: isRegistrationNumber,
  };
  for (const { kind = '', code = '', valid } of rows('check_digit_vectors.csv'))
    expect(checks[kind]?.(code), `${kind} ${code}`).toBe(valid === '1');
});

test.runIf(present)(`our divisions are those of the reference list${note}`, () => {
  for (const { level = '', code = '', name } of rows('jiangxi_divisions.csv'))
    if (Number(level) <= 3) expect(divisionOf(code)?.name, code).toBe(name);
});

test.runIf(present)(`ended divisions lead to the successors of the reference list${note}`, () => {
  for (const { old_code: old = '', new_code: next = '' } of rows('jiangxi_division_changes.csv')) {
    const [from, to] = [old.replace('xx', '29'), next.replace('xx', '00')];
    expect(readDivision(from)?.code, from).toBe(to);
  }
});

test.runIf(present)(
  `every industry of the reference list is known, with its name as far as the list has it${note}`,
  () => {
    for (const { code = '', name = '', level } of rows('gbt4754_2017_BCD.csv'))
      if (level !== '1') expect(industryName(code)?.slice(0, 15), code).toBe(name.trim().slice(0, 15));
  },
);
