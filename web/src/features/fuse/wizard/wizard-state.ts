import type {
  ConnectorTemplate,
  FieldMapping,
  Me,
  NewSource,
  Run,
  Source,
  SourceConnection,
  SourceKind,
  SourceLook,
  TableProfile,
} from '@ronghe/contracts';
import type { ConnectionValues } from '../source/connection-values.ts';
import { acceptAll, type Draft, fieldsOf, firstDraft } from '../studio/draft.ts';

export const STEPS = ['start', 'connect', 'look', 'mapping', 'name', 'result'] as const;
export type Step = (typeof STEPS)[number];

/** What a new source is called and how it runs, as the form holds it. */
export type Naming = Pick<
  NewSource,
  'name' | 'key' | 'owner' | 'organisation' | 'mode' | 'watermarkField' | 'priority' | 'schedule' | 'target'
>;
export type Wizard = {
  step: Step;
  kind: SourceKind;
  template: ConnectorTemplate | null;
  /** name of the file that was handed over */
  file: string | null;
  connection: SourceConnection | null;
  look: SourceLook | null;
  draft: Draft | null;
  naming: Naming | null;
  created: { source: Source; run: Run['id'] | null } | null;
  /** what was typed of the connection and not looked at yet */
  entered: ConnectionValues | null;
  /** what to go on with once the data has been looked at again */
  resuming: Pick<Wizard, 'step' | 'draft' | 'naming'> | null;
};
export const START: Wizard = {
  step: 'start',
  kind: 'upload',
  template: null,
  file: null,
  connection: null,
  look: null,
  draft: null,
  naming: null,
  created: null,
  entered: null,
  resuming: null,
};

/** A short name for addresses from a longer one; what is no Latin letter or digit falls away, so a time may have to do. */
export function keyOf(name: string, nowMs: number): string {
  const slug = name
    .toLowerCase()
    .replace(/\.[a-z0-9]+$/, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40);
  return /[a-z]/.test(slug)
    ? slug
    : `source-${new Date(nowMs).toISOString().slice(0, 19).replaceAll(/\D/g, '')}`;
}

/** Name, key and owner that are right for most: from the file or the template, and from who is signed in. */
export function namingOf(wizard: Wizard, me: Me | null, templateName: string | null, nowMs: number): Naming {
  const base = wizard.file?.replace(/\.[^.]+$/, '') ?? templateName ?? addressName(wizard.connection);
  const { template, look } = wizard;
  return {
    name: base,
    key: keyOf(template && wizard.file === null ? template.key : base, nowMs),
    owner: me ? [me.organisationName, me.title].filter(Boolean).join(' · ').slice(0, 200) : '',
    organisation: me?.organisation ?? '',
    mode: template?.mode ?? 'full',
    watermarkField: null,
    priority: template?.priority ?? 50,
    schedule: wizard.kind === 'upload' || wizard.kind === 'push' ? null : (template?.schedule ?? null),
    target: template?.target ?? look?.suggestion.target ?? 'enterprise',
  };
}

function addressName(connection: SourceConnection | null): string {
  switch (connection?.kind) {
    case 'database':
      return `${connection.database}.${connection.table}`;
    case 'folder':
      return connection.folder;
    case 'program':
      return connection.stream;
    case 'http-json':
    case 'object':
      return connection.url.replace(/^https?:\/\//, '').slice(0, 100);
    default:
      return '';
  }
}

/** The mapping to begin with: of the template for the columns it names, of the suggestion for the rest. */
export function beginDraft(look: SourceLook, template: ConnectorTemplate | null): Draft {
  const { suggestion, profile } = look;
  if (!template) return firstDraft(suggestion, profile.keys);
  const known = new Set(look.columns);
  const present = (from: string) => fieldsOf(from).some((field) => known.has(field));
  const mappings: FieldMapping[] = template.mappings.filter(({ from }) => present(from));
  if (mappings.length === 0) return firstDraft(suggestion, profile.keys);
  const rowKey = template.rowKey.every(present) ? template.rowKey : suggestion.rowKey;
  const period = template.periodField !== null && present(template.periodField);
  const draft = {
    rowKey: [...rowKey],
    periodField: period ? template.periodField : suggestion.periodField,
    mappings,
    tests: template.tests,
  };
  return acceptAll(draft, suggestion);
}

/** What is asked of the server at the end. */
export const sourceOf = (naming: Naming, connection: SourceConnection, draft: Draft): NewSource => ({
  ...naming,
  ...draft,
  schedule: naming.schedule || null,
  watermarkField: naming.mode === 'incremental' ? naming.watermarkField || null : null,
  connection,
});

/** A profile of a few rows at hand, for what cannot be read beforehand; the server knows kinds better once rows come. */
export function profileOfRows(rows: readonly Record<string, unknown>[]): TableProfile {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns = names.map((name): TableProfile['columns'][number] => {
    const values = rows
      .map((row) => row[name])
      .filter((value) => value !== undefined && value !== null && value !== '');
    const texts = values.map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)));
    const distinct = new Set(texts).size;
    return {
      name,
      kind:
        values.length === 0
          ? 'empty'
          : values.every((value) => typeof value === 'number')
            ? 'decimal'
            : 'text',
      kindShare: 1,
      unit: null,
      rows: rows.length,
      filled: values.length,
      distinct,
      distinctExact: true,
      unique: distinct === texts.length && texts.length > 0,
      shortest: null,
      longest: null,
      least: null,
      most: null,
      mean: null,
      deviation: null,
      quartiles: [],
      patterns: [],
      common: [],
      samples: texts.slice(0, 5),
      sensitive: false,
      problems: [],
    };
  });
  return { rows: rows.length, columns, keys: [], problems: [], problemCount: 0 };
}

/** Rows from JSON text: a list of objects, or one. Null when it is neither. */
export function rowsOfText(text: string): Record<string, unknown>[] | null {
  try {
    const value: unknown = JSON.parse(text);
    const list = Array.isArray(value) ? value : [value];
    const isRow = (item: unknown) => typeof item === 'object' && item !== null && !Array.isArray(item);
    return list.length > 0 && list.every(isRow) ? (list.slice(0, 200) as Record<string, unknown>[]) : null;
  } catch {
    return null;
  }
}
