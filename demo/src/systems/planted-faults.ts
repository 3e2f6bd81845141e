/** The two simulated systems. */
export type SystemKey = 'park-cloud' | 'operation-monitor';

/**
 * What is wrong in a record of the park cloud, and what a careful reader should make of it:
 *
 * - `spaces-in-name`, `full-width-name`, `form-variant`, `province-prefix`, `region-in-brackets`: the same enterprise
 *   under another spelling.
 * - `former-name-as-name`: listed under the name it had before; the code is right.
 * - `old-division`: a county code that is no longer valid; it has one successor.
 * - `missing-code`, `missing-phone`, `missing-legal-person`: a value is empty; the rest of the record is good.
 * - `missing-key`: the record's own id is empty, so it cannot be kept apart from others: to be rejected.
 * - `missing-name`: no name; the code still says who it is.
 * - `wrong-check-digit`: the last character of the code does not fit; the code must not be used for matching.
 * - `lower-case-code`, `full-width-code`: right after normalisation.
 * - `duplicate`: a second record with another id and fewer values for the same enterprise.
 * - `same-name-elsewhere`: another enterprise with the same name in another city; must not be merged.
 * - `branch`: a branch with a code of its own; it is not its parent.
 * - `phone-*`, `date-*`, `number-*`, `capital-with-unit`: right values in other writings.
 */
export type ParkFaultKind =
  | 'spaces-in-name'
  | 'full-width-name'
  | 'form-variant'
  | 'province-prefix'
  | 'region-in-brackets'
  | 'former-name-as-name'
  | 'old-division'
  | 'missing-code'
  | 'missing-phone'
  | 'missing-legal-person'
  | 'missing-key'
  | 'missing-name'
  | 'wrong-check-digit'
  | 'lower-case-code'
  | 'full-width-code'
  | 'duplicate'
  | 'same-name-elsewhere'
  | 'branch'
  | 'phone-spaces'
  | 'phone-brackets'
  | 'phone-country-code'
  | 'phone-full-width'
  | 'date-slashes'
  | 'date-chinese'
  | 'date-compact'
  | 'number-with-comma'
  | 'capital-with-unit';

/**
 * What is wrong in the monthly files, in every month unless said otherwise:
 *
 * - `short-name`, `scale-note-in-name`: another spelling of the name.
 * - `missing-code`: no credit code. `taxpayer-number`: the 15 characters used before 2015 stand instead of it.
 * - `old-division`: as in the park cloud.
 * - `text-in-number`: a number cell holds text that is a number (`12,345.6`). `words-in-number`: it holds none (`未报`).
 * - `missing-month`: no row in the newest month. `missing-key`: the row has no reporting number (newest month).
 * - `thousandfold`: amounts a thousand times too large (only with the scenario `dirty-month`, newest month).
 */
export type MonthFaultKind =
  | 'short-name'
  | 'scale-note-in-name'
  | 'missing-code'
  | 'taxpayer-number'
  | 'old-division'
  | 'text-in-number'
  | 'words-in-number'
  | 'missing-month'
  | 'missing-key'
  | 'thousandfold';

export type PlantedFault =
  | { system: 'park-cloud'; kind: ParkFaultKind; enterprise: number }
  | { system: 'operation-monitor'; kind: MonthFaultKind; enterprise: number; scenario?: 'dirty-month' };

const park = (kind: ParkFaultKind, ...enterprises: number[]): PlantedFault[] =>
  enterprises.map((enterprise) => ({ system: 'park-cloud', kind, enterprise }));
const month = (kind: MonthFaultKind, ...enterprises: number[]): PlantedFault[] =>
  enterprises.map((enterprise) => ({ system: 'operation-monitor', kind, enterprise }));
const dirtyMonth = (kind: MonthFaultKind, ...enterprises: number[]): PlantedFault[] =>
  enterprises.map((enterprise) => ({
    system: 'operation-monitor',
    kind,
    enterprise,
    scenario: 'dirty-month',
  }));

/**
 * Every fault the demo plants, by the number of the enterprise in `generateEnterprises()`. The systems apply this list
 * and nothing else is wrong in them; tests read it to know what the platform must find.
 */
export const PLANTED_FAULTS: readonly PlantedFault[] = [
  ...park('spaces-in-name', 8, 40),
  ...park('full-width-name', 20, 52),
  ...park('form-variant', 26, 42, 70),
  ...park('province-prefix', 12, 37),
  ...park('region-in-brackets', 32, 74),
  ...park('former-name-as-name', 13, 22),
  ...park('old-division', 14, 21, 38, 44, 50, 53),
  ...park('missing-code', 16, 64),
  ...park('missing-phone', 17, 30, 68),
  ...park('missing-legal-person', 24, 46),
  ...park('missing-key', 90),
  ...park('missing-name', 57),
  ...park('wrong-check-digit', 34),
  ...park('lower-case-code', 28),
  ...park('full-width-code', 48),
  ...park('duplicate', 6, 25, 58),
  ...park('same-name-elsewhere', 33),
  ...park('branch', 0),
  ...park('phone-spaces', 9, 54),
  ...park('phone-brackets', 1, 41),
  ...park('phone-country-code', 3, 27),
  ...park('phone-full-width', 5),
  ...park('date-slashes', 2, 45),
  ...park('date-chinese', 4, 60),
  ...park('date-compact', 11, 65),
  ...park('number-with-comma', 0, 2, 69),
  ...park('capital-with-unit', 3, 56),
  ...month('short-name', 6, 12, 28, 44),
  ...month('scale-note-in-name', 8, 32),
  ...month('missing-code', 10, 18),
  ...month('taxpayer-number', 14, 20),
  ...month('old-division', 21, 50),
  ...month('text-in-number', 26, 45),
  ...month('words-in-number', 36),
  ...month('missing-month', 60),
  ...month('missing-key', 85),
  ...dirtyMonth('thousandfold', 1, 22, 24, 48, 64),
  ...dirtyMonth('text-in-number', 2, 30, 66),
];

/** The faults of one enterprise in one system. */
export function parkFaultsOf(enterprise: number): ReadonlySet<ParkFaultKind> {
  const kinds = new Set<ParkFaultKind>();
  for (const fault of PLANTED_FAULTS)
    if (fault.system === 'park-cloud' && fault.enterprise === enterprise) kinds.add(fault.kind);
  return kinds;
}

/** The faults of one enterprise in the monthly files; those of a scenario only when it is `dirty`. */
export function monthFaultsOf(enterprise: number, dirty: boolean): ReadonlySet<MonthFaultKind> {
  const kinds = new Set<MonthFaultKind>();
  for (const fault of PLANTED_FAULTS)
    if (fault.system === 'operation-monitor' && fault.enterprise === enterprise && (dirty || !fault.scenario))
      kinds.add(fault.kind);
  return kinds;
}
