import { ENTERPRISE_SIZES, type EnterpriseAttribute, type TransformName } from '@ronghe/contracts';
import { FINDING_RULES } from '../standards/findings.ts';
import { transform } from '../standards/transforms.ts';

/** What makes a value of an attribute out of what a person writes: the same rules as for what sources write. */
const TRANSFORM_OF: Readonly<Record<EnterpriseAttribute, TransformName>> = {
  ...{
    name: 'name',
    code: 'code',
    shortName: 'name',
    formerName: 'name',
    division: 'division',
    park: 'text',
  },
  ...{ address: 'text', industry: 'industry', legalPerson: 'text', phone: 'phone', established: 'date' },
  ...{ registeredCapital: 'number', employees: 'number', revenue: 'number', size: 'text' },
};
type Read = { value: string } | { fault: { zh: string; en: string } };

/** The value that a person's text pins; a value that a source could only deliver with a finding is refused. */
export function pinnedValueOf(attribute: EnterpriseAttribute, raw: string): Read {
  if (attribute === 'size') {
    const known = Object.entries(ENTERPRISE_SIZES).find(
      ([key, { zh, en }]) => raw === key || raw === zh || raw.toLowerCase() === en.toLowerCase(),
    );
    return known
      ? { value: known[0] }
      : { fault: { zh: '规模应为大型、中型、小型或微型', en: 'a size is large, medium, small or micro' } };
  }
  const { value, valid, findings } = transform(TRANSFORM_OF[attribute], raw);
  if (value !== null && valid && value !== '') return { value };
  const [rule] = findings;
  return {
    fault: rule ? FINDING_RULES[rule].message : { zh: '没有可用的值', en: 'there is no value to use' },
  };
}
