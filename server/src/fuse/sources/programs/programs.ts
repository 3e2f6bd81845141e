import { AppError } from '#platform/errors/errors.ts';
import type { Delivered } from '../delivery.ts';

/** A program that the operator allowed. Nothing of a source gets into its path or its fixed arguments. */
export type Program = { name: string; path: string; args: readonly string[] };

/** Beside what every delivery says: the fields that name a row, as the program told; empty when it did not. */
export type ProgramDelivered = Delivered & { keyProperties: readonly string[] };
/** What a program offers, for the portal. */
export type ProgramStream = {
  name: string;
  fields: readonly string[];
  keys: readonly string[];
  incremental: boolean;
};
export type ProgramOffer = { specification: unknown; streams: ProgramStream[] };

/** Entries of `fusePrograms`: `name=/absolute/path[ fixed arguments]`. */
export function readPrograms(entries: readonly string[]): ReadonlyMap<string, Program> {
  const programs = entries.map((entry) => {
    const [, name = '', rest = ''] = /^([^=]+)=(\/.*)$/.exec(entry) ?? [];
    const [path = '', ...args] = rest.split(' ');
    return { name, path, args };
  });
  return new Map(programs.filter(({ path }) => path !== '').map((program) => [program.name, program]));
}

/** @throws AppError SOURCE_PROGRAM_REFUSED */
export function demandProgram(programs: ReadonlyMap<string, Program>, name: string): Program {
  const program = programs.get(name);
  if (program === undefined) throw new AppError('SOURCE_PROGRAM_REFUSED', { program: name });
  return program;
}

/** Settings with the secrets in them; a dot in a secret's name leads into what is nested. */
export function fillSettings(
  settings: Readonly<Record<string, unknown>>,
  secrets: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const filled = structuredClone(settings) as Record<string, unknown>;
  for (const [name, value] of Object.entries(secrets)) put(filled, name.split('.'), value);
  return filled;
}

function put(into: Record<string, unknown>, [name = '', ...rest]: string[], value: string): void {
  if (rest.length === 0) return void Object.defineProperty(into, name, own(value));
  const nested = Object.hasOwn(into, name) ? into[name] : undefined;
  const inner = isObject(nested) ? nested : {};
  Object.defineProperty(into, name, own(inner));
  put(inner, rest, value);
}

/** Also for a name such as `__proto__`. */
const own = (value: unknown) => ({ value, enumerable: true, writable: true, configurable: true });

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Takes secrets out of text a program wrote, also as they stand in JSON and in an address. */
export function createScrubber(secrets: readonly string[]): (text: string) => string {
  const forms = secrets.flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
  ]);
  const longestFirst = [...new Set(forms)].filter(Boolean).sort((one, other) => other.length - one.length);
  return (text) => longestFirst.reduce((rest, form) => rest.replaceAll(form, '…'), text);
}
