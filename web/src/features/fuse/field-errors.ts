import type { FormInstance } from 'antd';
import { detailsOf } from '../../lib/api-error.ts';

/** `connection.url` and `rowKey[0]` as the names of nested form fields. */
export const partsOf = (path: string): string[] =>
  path
    .replaceAll(/\[(\w+)\]/g, '.$1')
    .split('.')
    .filter((part) => part !== '');

/**
 * Puts what a refusal says of single fields beside them; answers what belongs to no field of the form, to be shown over it.
 * A detail about a part of a field (`rowKey.0`) stands at the field.
 */
export function spreadErrors(error: unknown, form: FormInstance): string[] {
  const names = form.getFieldsError().map(({ name }) => name.map(String));
  const found = new Map<string, { name: string[]; errors: string[] }>();
  const left: string[] = [];
  for (const { path, message } of detailsOf(error)) {
    const parts = partsOf(path);
    const name = names
      .filter((candidate) => candidate.every((part, at) => parts[at] === part))
      .sort((a, b) => b.length - a.length)[0];
    if (!name) left.push(path === '' ? message : `${path}: ${message}`);
    else {
      const key = name.join('.');
      const known = found.get(key) ?? { name, errors: [] };
      known.errors.push(message);
      found.set(key, known);
    }
  }
  const fields = [...found.values()];
  form.setFields(fields);
  if (fields[0]) form.scrollToField?.(fields[0].name, { block: 'center' });
  return left;
}
