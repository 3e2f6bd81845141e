import { expect, test } from 'vitest';
import { divisionOf, readDivision } from './divisions.ts';
import { industryName } from './industries.ts';
import { sharedNote as note, sharedPresent as present, sharedRows } from './shared-data.fixture.ts';
import { codeFault, isOrganisationCode, isRegistrationNumber } from './uscc.ts';

test.runIf(present)(`check digits agree with every public vector${note}`, () => {
  const checks: Record<string, (code: string) => boolean> = {
    uscc: (code) => codeFault(code) === null,
    org: isOrganisationCode,
    regno: isRegistrationNumber,
  };
  for (const { kind = '', code = '', valid } of sharedRows('reference/check_digit_vectors.csv'))
    expect(checks[kind]?.(code), `${kind} ${code}`).toBe(valid === '1');
});

test.runIf(present)(`our divisions are those of the reference list${note}`, () => {
  for (const { level = '', code = '', name } of sharedRows('reference/jiangxi_divisions.csv'))
    if (Number(level) <= 3) expect(divisionOf(code)?.name, code).toBe(name);
});

test.runIf(present)(`ended divisions lead to the successors of the reference list${note}`, () => {
  for (const { old_code: old = '', new_code: next = '' } of sharedRows(
    'reference/jiangxi_division_changes.csv',
  )) {
    const [from, to] = [old.replace('xx', '29'), next.replace('xx', '00')];
    expect(readDivision(from)?.code, from).toBe(to);
  }
});

test.runIf(present)(
  `every industry of the reference list is known, with its name as far as the list has it${note}`,
  () => {
    for (const { code = '', name = '', level } of sharedRows('reference/gbt4754_2017_BCD.csv'))
      if (level !== '1') expect(industryName(code)?.slice(0, 15), code).toBe(name.trim().slice(0, 15));
  },
);
