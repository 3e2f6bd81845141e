import { refused } from './refused.ts';
import { SETTINGS, type SettingRule } from './settings.data.ts';

/**
 * A setting of a caller's, from a SETTINGS clause or a parameter of the address, checked against the allow-list.
 * @throws AppError SQL_REFUSED `setting`, naming it
 */
export function settingOf(name: string, value: string | number, at = -1): number | string {
  const rule = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
  const checked = rule === undefined ? null : valueFor(rule, value);
  if (checked === null) throw refused('setting', at, `${name} = ${value}`);
  return checked;
}

function valueFor({ takes }: SettingRule, value: string | number): number | string | null {
  const text = String(value);
  if (takes === 'flag') {
    if (/^(?:1|true)$/i.test(text)) return 1;
    return /^(?:0|false)$/i.test(text) ? 0 : null;
  }
  if (takes === 'number') return /^[0-9]{1,15}(?:\.[0-9]{1,6})?$/.test(text) ? Number(text) : null;
  return takes.test(text) ? text : null;
}
